"""Gates: what they turn down costs no response, what they find stays with the record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from magpie_core import Tagger, hookimpl
from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.errors import UnknownNameError, UsageError
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.generate import Generation
from magpie_core.tagging.schemas import columns_schema

CLARITY = """
[taggers.clarity]
prompt = "How clear is this? {instruction}"
columns = { clarity = ["low", "middling", "high"], n = "integer" }
"""
N = 20


class Words(Tagger):
    """Counts words."""

    name = "words"
    schema = columns_schema({"words": "integer"})

    async def tag(self, records, engine):
        assert engine is None
        return [{"words": len(one.instruction.split())} for one in records]


class Late(Words):
    """Looks at the response."""

    name = "late"
    schema = columns_schema({"late": "integer"})
    looks_at = "response"


@pytest.fixture(scope="module")
def plugins():
    offered = hookimpl(lambda: [Words, Late], specname="magpie_register_taggers")
    return load_plugins({"mine": SimpleNamespace(magpie_register_taggers=offered)})


class Judging(FakeBackend):
    """Answers a question with a schema by the length of the prompt, and counts what it was asked."""

    capabilities = replace(FakeBackend.capabilities, json_schema=True)
    fails = ""

    async def complete(self, prompt, sampling, n=1):
        if sampling.json_schema is None:
            self.responses = getattr(self, "responses", 0) + (sampling.temperature == 0)
            return await super().complete(prompt, sampling, n)
        await asyncio.sleep(0)
        said = self.tokenizer.decode(prompt)
        self.judged = [*getattr(self, "judged", []), said]
        label = ("low", "middling", "high")[len(prompt) % 3]
        answer = (
            "{}"
            if self.fails and self.fails in said
            else json.dumps({"clarity": label, "n": len(prompt)})
        )
        [done] = await super().complete(prompt, replace(sampling, json_schema=None))
        return [replace(done, text=answer, finish_reason="stop")]


def plan_for(plugins, checkpoint, gate, text=CLARITY, **run):
    recipe = parse_recipe(text)
    recipe.gates.before_response = gate
    for name, value in {"checkpoint": checkpoint, "backend": "fake", "n": N, **run}.items():
        setattr(recipe.run, name, value)
    return make_plan(recipe, plugins)


def generate(plan, plugins, path: Path, **options):
    async def go():
        settings = EngineSettings(checkpoint=plan.instruction.checkpoint.path, options=options)
        backend = await Judging.open(settings)
        folder = (
            RunFolder.open(path, write=True)
            if (path / "run.toml").exists()
            else RunFolder.create(path, contents(plan, plugins, {}))
        )
        with folder:
            return await Generation(plan, folder, backend).run(), backend

    return asyncio.run(go())


def read(path: Path):
    with RunFolder.open(path, write=False) as folder:
        return list(folder.records_in_order()), list(folder.rejections())


def test_what_does_not_pass_costs_no_response(plugins, checkpoint, tmp_path):
    tally, backend = generate(plan_for(plugins, checkpoint, "words >= 11"), plugins, tmp_path / "r")
    records, rejections = read(tmp_path / "r")
    gated = [one for one in rejections if one.filter == "gate"]
    assert tally.accepted == len(records) == N
    assert all(len(one.instruction.split()) >= 11 for one in records)
    assert [one.extra for one in records] == [
        {"words": len(one.instruction.split())} for one in records
    ]
    assert gated
    assert {(one.step, one.reason) for one in gated} == {("instruction", "words_out_of_range")}
    assert all(len(one.text.split()) < 11 for one in gated)
    assert backend.responses == N + sum(one.step == "response" for one in rejections)


def test_a_checkpoint_judges_with_the_schema_and_the_labels_order(plugins, checkpoint, tmp_path):
    plan = plan_for(plugins, checkpoint, "clarity >= middling and words > 8")
    _, backend = generate(plan, plugins, tmp_path / "r")
    records, rejections = read(tmp_path / "r")
    assert {one.extra["clarity"] for one in records} == {"middling", "high"}
    assert all(set(one.extra) == {"clarity", "n", "words"} for one in records)
    reasons = {one.reason for one in rejections if one.filter == "gate"}
    assert reasons == {"clarity_low", "words_out_of_range"}
    assert all("How clear is this?" in said for said in backend.judged)


@pytest.mark.parametrize("in_flight", [1, 7, 40])
def test_what_is_accepted_does_not_depend_on_timing(plugins, checkpoint, tmp_path, in_flight):
    plan = plan_for(plugins, checkpoint, "clarity > low", in_flight=in_flight)
    straight = plan_for(plugins, checkpoint, "clarity > low", in_flight=1)
    assert plan.key == straight.key
    generate(plan, plugins, tmp_path / "r")
    generate(straight, plugins, tmp_path / "s")
    assert read(tmp_path / "r")[0] == read(tmp_path / "s")[0]


def test_gates_are_part_of_the_key_and_none_changes_none(plugins, checkpoint):
    keys = [
        plan_for(plugins, checkpoint, gate).key
        for gate in (None, "words >= 3", "words >= 4", "n > 3")
    ]
    assert len(set(keys)) == 4
    assert plan_for(plugins, checkpoint, None, text="").key == keys[0]
    other = CLARITY.replace("How clear", "How very clear")
    assert plan_for(plugins, checkpoint, "n > 3", text=other).key != keys[3]


def test_an_instruction_without_a_usable_answer_is_a_failure(
    plugins, checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr(Judging, "fails", "desert")
    tally, backend = generate(plan_for(plugins, checkpoint, "n > 0"), plugins, tmp_path / "r")
    records, _ = read(tmp_path / "r")
    assert tally.accepted == N
    assert tally.failed > 0
    assert not [one for one in records if "desert" in one.instruction.lower()]
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        failures = list(folder.failures())
    assert {(one.step, one.attempts) for one in failures} == {("instruction", 3)}
    assert "against the schema" in failures[0].error
    asked = sum("desert" in said for said in backend.judged)
    assert asked == 3 * len(failures)


@pytest.mark.parametrize(
    ("gate", "said", "error"),
    [
        ("wrods > 3", "did you mean `words`?", UnknownNameError),
        ("clarity >= splendid", "low, middling, high", UsageError),
        ("late > 3", "cannot stand before the response", UsageError),
        ("words", "cannot read", UsageError),
    ],
)
def test_what_cannot_be_a_gate_is_said_before_an_engine_is_opened(
    plugins, checkpoint, gate, said, error
):
    with pytest.raises(error) as caught:
        plan_for(plugins, checkpoint, gate)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_from_the_command_line_and_resumed(magpie, checkpoint, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(CLARITY)
    run = tmp_path / "r"
    texts = json.dumps(
        [json.dumps({"clarity": "high", "n": k}) + f" is number {k}?" for k in range(30)]
    )
    options = [
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "-o",
        run,
        "--engine-option",
        f"texts={texts}",
    ]
    said = magpie("run", recipe, *options, "--gate", "clarity >= high", "-n", 3)
    assert said.code == 0, said.err
    assert "cannot hold a gate's answer to a schema" in said.err
    assert 'before_response = "clarity >= high"' in (run / "run.toml").read_text()
    said = magpie("resume", run, "-n", 5)
    assert said.code == 0, said.err
    records, _ = read(run)
    assert len(records) == 5
    assert {one.extra["clarity"] for one in records} == {"high"}
    said = magpie("run", recipe, *options, "--gate", "clarity >= low", "-n", 3)
    assert said.code == 5
    assert "gates" in said.err


def test_a_dry_run_names_the_gates(magpie, checkpoint, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(CLARITY)
    options = [
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "--dry-run",
        "--gate",
        "clarity > low",
    ]
    said = magpie("run", recipe, *options)
    assert said.code == 0, said.err
    assert 'gates: clarity > "low"' in said.out
    assert json.loads(magpie("run", recipe, *options, "--json").out)["gates"] == ['clarity > "low"']


def test_a_gate_whose_tagger_is_not_installed_says_what_to_install(checkpoint, uninstall):
    uninstall("magpie-tagger-llm")
    with pytest.raises(UnknownNameError) as caught:
        plan_for(load_plugins(), checkpoint, "quality >= good")
    assert caught.value.hint == "pip install magpie-tagger-llm"
