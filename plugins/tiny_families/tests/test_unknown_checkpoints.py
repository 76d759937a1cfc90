"""A checkpoint nobody wrote an adapter for: its chat template alone is enough."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from magpie_core.known import ADAPTERS
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.preflight.static import static_checks
from magpie_core.run.recipe import (
    EngineSection,
    Recipe,
    ResponseSection,
    RunSection,
    SamplingSection,
)
from magpie_core.session import execute
from magpie_tiny_families.cache import checkpoint_folder
from magpie_tiny_families.catalogue import MEMBERS, Member
from magpie_tiny_families.vocabularies import ROLES

every_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.family)
SHORT = 256


@pytest.fixture
def no_adapters(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """Everything that is installed but the adapters; plain ChatML is the core's own."""
    adapters = [distribution.removeprefix("magpie-") for distribution, _ in ADAPTERS]
    monkeypatch.setenv("MAGPIE_DISABLE", ",".join(adapters))
    plugins = load_plugins()
    assert set(plugins.families()) == {"chatml"}
    return plugins


def planned(folder: Path, plugins: Plugins, n: int) -> Plan:
    recipe = Recipe(
        run=RunSection(checkpoint=str(folder), n=n, seed=5),
        instruction=SamplingSection(max_tokens=SHORT, temperature=1.0),
        response=ResponseSection(max_tokens=SHORT),
        engine=EngineSection(dtype="float32"),
    )
    return make_plan(recipe, plugins)


@every_member
def test_prompts_are_those_of_the_registered_family(member: Member, no_adapters: Plugins) -> None:
    folder = checkpoint_folder_with_adapters(member)
    side = planned(folder, no_adapters, 1).instruction
    assert side.family is None or side.family.name == "chatml"
    assert side.chat.source == "derived"
    registered = load_all().family(member.family).chat_format()
    for piece in ("pre_query", "user_to_assistant", "turn_append", "system_role", "bos"):
        assert getattr(side.chat, piece) == getattr(registered, piece)
    ends = ROLES.index("end_of_turn")
    assert ends in side.sampling.stop_token_ids or side.sampling.stop_strings


@pytest.mark.engine
@pytest.mark.parametrize("family", ["llama2", "mistral-v1", "gemma2", "phi3-mini", "deepseek-v2"])
async def test_it_runs(family: str, no_adapters: Plugins, tmp_path: Path) -> None:
    member = next(m for m in MEMBERS if m.family == family)
    plan = planned(checkpoint_folder_with_adapters(member), no_adapters, 20)
    outcome = await execute(plan, no_adapters, tmp_path / "run")
    assert outcome.tally.accepted == 20
    lines = (tmp_path / "run/records/part-00000.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        instruction = json.loads(line)["instruction"]
        assert not any(text in instruction for text in ("[INST]", "User:", "Assistant:"))


@pytest.mark.parametrize(
    ("family", "other", "absent"),
    [
        ("qwen2.5", "gemma2", "<|im_end|>"),
        ("gemma2", "llama3", "<bos>"),
        ("mistral-v3-tekken", "chatml", "[INST]"),
    ],
)
def test_facts_of_a_family_that_is_not_the_checkpoints(
    family: str, other: str, absent: str
) -> None:
    """Its tokens would be spelled out as text: the run stops before the engine opens."""
    member = next(m for m in MEMBERS if m.family == other)
    run = RunSection(family=family, checkpoint=str(checkpoint_folder(member)), format="registered")
    plan = make_plan(Recipe(run=run), load_plugins())
    found = {check.name: check for check in static_checks(plan.instruction)}["special tokens"]
    assert found.state == "fail"
    assert f"`{absent}`" in found.detail
    assert "--format derived" in str(found.hint)


def load_all() -> Plugins:
    """All plugins, whatever this test has switched off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MAGPIE_DISABLE", raising=False)
        return load_plugins()


def checkpoint_folder_with_adapters(member: Member) -> Path:
    """The folder; building it takes the facts that the test switches off afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MAGPIE_DISABLE", raising=False)
        return checkpoint_folder(member)
