"""The reward less that of another model's response to the same instruction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from magpie_core.backend import Backend
from magpie_core.builtin.fake import FakeBackend
from magpie_core.dataset.columns import read_added, read_missed
from magpie_core.testing.command import Said, write_talks
from magpie_core.testing.contracts.tagger import TaggerContract, a_record
from magpie_core.testing.scripted import ScriptedEngine
from magpie_tagger_reward import RewardTagger

GOOD = [("Ask.", "A good answer."), ("Count.", "One, two, three."), ("Sing.", "La la la.")]
BASE = [("Count.", "One"), ("Ask.", "No"), ("Count.", "Two and more"), ("Dance.", "No")]


@pytest.fixture
def tag(
    magpie: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Said]:
    """Tags with an engine whose score is the number of tokens."""

    async def score(self: Backend, prompt: Any) -> list[float]:
        return [float(len(prompt))]

    able = FakeBackend.capabilities.__class__(seeds=True, scores=True)
    monkeypatch.setattr(FakeBackend, "capabilities", able)
    monkeypatch.setattr(FakeBackend, "score", score, raising=False)
    from magpie_tiny import CHECKPOINT

    def tag(source: Path, *more: object, **options: Any) -> Said:
        recipe = tmp_path / "recipe.toml"
        lines = (f"{name} = {json.dumps(value)}" for name, value in options.items())
        recipe.write_text("\n".join(["[taggers.reward]", *lines]) + "\n")
        engine = ("--checkpoint", CHECKPOINT, "--backend", "fake", "--recipe", recipe)
        return magpie("tag", source, "reward", *engine, *more)

    return tag


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_talks(tmp_path / "good.jsonl", *GOOD)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_talks(tmp_path / "base.jsonl", *BASE)


def columns(source: Path, name: str = "reward") -> dict[str, dict[str, Any]]:
    return {one.id: one.columns for one in read_added(Path(f"{source}.magpie") / "tags" / name)}


def test_the_difference_is_to_the_first_response_to_the_same_instruction(
    tag: Any, good: Path, base: Path
) -> None:
    for source in (good, base):
        assert tag(source).code == 0
    said = tag(good, "--as", "difference", "--json", minus=str(base))
    assert said.code == 0, said.err
    counted = json.loads(said.out)["taggers"]["difference"]
    assert (counted["tagged"], counted["failed"]) == (2, 1)
    plain, theirs, found = columns(good), columns(base), columns(good, "difference")
    for ours, other in (("t-0", "t-1"), ("t-1", "t-0")):
        reward = plain[ours]["instruct_reward"]
        assert found[ours]["instruct_reward"] == reward
        wanted = reward - theirs[other]["instruct_reward"]
        assert found[ours]["reward_difference"] == wanted > 0
    missed = read_missed(Path(f"{good}.magpie") / "tags/difference")
    assert missed == {"t-2": f"`{base}` has no reward for a response to this instruction"}
    assert "reward_difference" not in plain["t-0"]


def test_the_difference_can_be_selected_by(tag: Any, good: Path, base: Path, magpie: Any) -> None:
    pytest.importorskip("duckdb")
    assert tag(base).code == 0
    assert tag(good, minus=str(base)).code == 0
    out = good.with_name("chosen.jsonl")
    where = ("--where", "reward_difference > 0", "--out", out, "--to", "jsonl")
    assert magpie("select", good, *where).code == 0
    assert len(out.read_text().splitlines()) == 2


def test_beside_rewards_that_were_there_one_says_which_to_take(
    tag: Any, good: Path, base: Path, magpie: Any
) -> None:
    pytest.importorskip("duckdb")
    for source in (base, good):
        assert tag(source).code == 0
    assert tag(good, "--as", "reward-difference", minus=str(base)).code == 0
    both = ("--where", "reward_difference > 0 AND instruct_reward > 0", "--dry-run")
    assert magpie("select", good, *both).code == 2
    said = magpie("select", good, *both, "--prefer", "reward-difference", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["selected"] == 2


def test_what_was_missing_is_found_when_it_was_scored_since(
    tag: Any, good: Path, base: Path
) -> None:
    assert tag(base, "-n", 1).code == 0
    minus = {"minus": str(base)}
    assert json.loads(tag(good, "--json", **minus).out)["taggers"]["reward"]["tagged"] == 1
    assert tag(base).code == 0
    counted = json.loads(tag(good, "--json", **minus).out)["taggers"]["reward"]
    assert (counted["before"], counted["tagged"], counted["failed"]) == (1, 1, 1)


def test_without_rewards_to_subtract_nothing_begins(tag: Any, good: Path, base: Path) -> None:
    said = tag(good, minus=str(base))
    assert said.code == 2
    assert f"`{base}` has no rewards to subtract" in said.err
    assert f"magpie tag {base} reward" in said.err
    assert not Path(f"{good}.magpie").exists()
    assert tag(good, minus=str(base.with_name("none.jsonl"))).code == 5


def test_rewards_of_other_options_are_refused(tag: Any, good: Path, base: Path) -> None:
    assert tag(base, system=False).code == 0
    said = tag(good, minus=str(base))
    assert (said.code, "made with system = False, not True" in said.err) == (2, True)
    assert tag(good, minus=str(base), system=False).code == 0


def test_rewards_of_another_checkpoint_are_a_failure_that_costs_no_score(
    tag: Any, good: Path, base: Path
) -> None:
    assert tag(base).code == 0
    part = next(Path(f"{base}.magpie/tags/reward").glob("part-*.jsonl"))
    rows = [json.loads(line) for line in part.read_text().splitlines()]
    for row in rows:
        row["columns"]["reward_model"] = "another/model"
    part.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert tag(good, minus=str(base)).code == 0
    missed = read_missed(Path(f"{good}.magpie") / "tags/reward")
    assert "was scored by `another/model`" in missed["t-0"]
    assert columns(good) == {}


class TestWithoutMinus(TaggerContract):
    tagger = RewardTagger
    options = {"output": 0, "system": False}
    scores = {(1.25,): {"instruct_reward": 1.25}}

    def test_the_column_is_not_there(self) -> None:
        [found] = self.tag([a_record("Say it.")], ScriptedEngine(scores=[1.0]))
        assert set(found) == {"instruct_reward", "reward_model"}  # type: ignore[arg-type]
