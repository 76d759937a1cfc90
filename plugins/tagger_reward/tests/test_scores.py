"""The whole way on a real engine, against transformers computed directly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from magpie_core.dataset.columns import read_added, read_missed

pytestmark = pytest.mark.engine

PAIRS = [
    ("Hi", "Hello!"),
    ("What is 2 plus 3?", "5"),
    ("潮汐", "¡Sí! " * 30),
    ("Write a story.", "Once there was a boat. " * 20),
    ("Hi", "Go away."),
] * 6
TOLERANCE = 1e-4


def engine(backend: str) -> list[str]:
    options = ["--backend", backend, "--dtype", "float32"]
    return options + (["--engine-option", "threads=1"] if backend == "transformers" else [])


def columns(source: Path) -> dict[str, dict[str, Any]]:
    return {one.id: one.columns for one in read_added(Path(f"{source}.magpie") / "tags" / "reward")}


def expected(folder: Path) -> list[list[float]]:
    """As a model card has it: the template's text to tokens, one conversation at a time."""
    from transformers import AutoTokenizer

    from magpie_tiny.reward import expected_scores

    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompts = []
    for asked, answered in PAIRS[:5]:
        turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        ids = tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False)
        assert list(ids).count(tokenizer.bos_token_id) == 1
        prompts.append(ids)
    return expected_scores(folder, prompts) * 6


def test_rewards_are_those_of_transformers(
    reward: Path, scoring_backend: str, magpie: Any, talks: Any
) -> None:
    source = talks(*PAIRS)
    call = ("tag", source, "reward", "--checkpoint", reward, "--json", *engine(scoring_backend))
    code, out, err = magpie(*call)
    assert code == 0, err
    assert json.loads(out)["taggers"]["reward"]["tagged"] == len(PAIRS)
    found = columns(source)
    for k, wanted in enumerate(expected(reward)):
        assert found[f"t-{k}"]["instruct_reward"] == pytest.approx(wanted[0], abs=TOLERANCE)
        assert found[f"t-{k}"]["reward_model"] == str(reward)
    assert len({round(one["instruct_reward"], 3) for one in found.values()}) == 5
    code, out, err = magpie(*call)
    assert code == 0, err
    assert json.loads(out)["taggers"]["reward"]["before"] == len(PAIRS)


def test_a_checkpoint_with_several_outputs(
    classifier: Path, scoring_backend: str, magpie: Any, talks: Any, tmp_path: Path
) -> None:
    source = talks(*PAIRS[:3])
    call = ["tag", source, "reward", "--checkpoint", classifier, "--json", *engine(scoring_backend)]
    magpie(*call)
    missed = read_missed(Path(f"{source}.magpie") / "tags" / "reward")
    assert len(missed) == 3
    assert all("3 outputs (0 = LABEL_0, 1 = LABEL_1" in reason for reason in missed.values())
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[taggers.reward]\noutput = 1\n")
    code, _out, err = magpie(*call, "--recipe", recipe, "--as", "second")
    assert code == 0, err
    place = Path(f"{source}.magpie") / "tags" / "second"
    found = {one.id: one.columns["instruct_reward"] for one in read_added(place)}
    for k, wanted in enumerate(expected(classifier)[:3]):
        assert found[f"t-{k}"] == pytest.approx(wanted[1], abs=TOLERANCE)


def test_a_checkpoint_without_a_head_is_refused(
    scoring_backend: str, magpie: Any, talks: Any
) -> None:
    from magpie_tiny import CHECKPOINT

    source = talks(*PAIRS[:3])
    code, _out, err = magpie(
        "tag", source, "reward", "--checkpoint", CHECKPOINT, *engine(scoring_backend)
    )
    assert code in (4, 6), err
    assert "head" in err
    assert "hint: " in err
    assert "Traceback" not in err
    assert not Path(f"{source}.magpie").exists()


def test_where_everything_fails_the_head_is_what_is_wrong(
    classifier: Path, scoring_backend: str, magpie: Any, talks: Any
) -> None:
    code, _out, err = magpie(
        "tag", talks(*PAIRS), "reward", "--checkpoint", classifier, *engine(scoring_backend)
    )
    assert code == 6
    assert "choose with [taggers.reward] output = 0" in err
    assert "hint: choose a reward model, whose head has one output" in err
    assert "schema" not in err


def test_a_head_for_scores_writes_no_answers(
    reward: Path, scoring_backend: str, magpie: Any, talks: Any, tmp_path: Path
) -> None:
    """Opened as a model that writes, it would answer from weights that an engine made up."""
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[taggers.mood]\nprompt = "{instruction}?"\ncolumns = { mood = "text" }\n')
    source = talks(*PAIRS)
    code, _out, err = magpie(
        "tag",
        source,
        "mood",
        "--checkpoint",
        reward,
        "--recipe",
        recipe,
        *engine(scoring_backend),
    )
    assert code == 4
    assert "`mood` needs a checkpoint that writes answers" in err
    assert "LlamaForSequenceClassification" in err
    assert "opening" not in err
    assert not Path(f"{source}.magpie").exists()


def test_one_conversation_that_is_too_long_is_one_failure(
    reward: Path, scoring_backend: str, magpie: Any, talks: Any
) -> None:
    source = talks(("Hi", "Hello!"), ("Count.", "one two three four five six " * 400))
    _code, out, _err = magpie(
        "tag", source, "reward", "--checkpoint", reward, "--json", *engine(scoring_backend)
    )
    counted = json.loads(out)["taggers"]["reward"]
    assert (counted["tagged"], counted["failed"]) == (1, 1)
