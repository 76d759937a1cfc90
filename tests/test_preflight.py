"""Preflight: what is wrong with a checkpoint's prompts is found before a token is paid for."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import msgspec
import pytest

from magpie_core import Capabilities, EngineSettings, Filter, FirstTokenRule, PreflightError
from magpie_core.builtin.fake import FakeBackend
from magpie_core.chat.prompts import Prompts
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.preflight.capabilities import require_capabilities
from magpie_core.preflight.check import require
from magpie_core.preflight.probe import probe
from magpie_core.preflight.static import static_checks
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.judging import Judges
from magpie_core.steps.pilot import pilot


@pytest.fixture(scope="module")
def plan(checkpoint):
    recipe = parse_recipe("[run]\nbackend = 'fake'")
    recipe.run.checkpoint = checkpoint
    return make_plan(recipe, load_plugins())


def with_chat(side, **pieces):
    chat = msgspec.structs.replace(side.chat, **pieces)
    return dataclasses.replace(side, prompts=Prompts(chat, side.checkpoint.tokenizer))


def check(side, name):
    return next(one for one in static_checks(side) if one.name == name)


def test_a_good_checkpoint_passes(plan):
    checks = static_checks(plan.instruction)
    require(checks)
    assert {one.state for one in checks} <= {"ok", "note"}


def test_two_bos_fail(plan):
    bos = plan.instruction.chat.bos
    side = with_chat(plan.instruction, pre_query=bos + plan.instruction.chat.pre_query)
    found = check(side, "token boundary"), check(side, "BOS")
    assert "fail" in {one.state for one in found}
    with pytest.raises(PreflightError, match="BOS"):
        require(list(found))


def test_a_cut_inside_a_token_fails(plan):
    side = with_chat(plan.instruction, pre_query="`", pre_query_bare="`", bos=None)
    found = check(side, "token boundary")
    assert found.state == "fail"
    assert "merges with user text" in found.detail


def test_no_stop_at_all_fails(plan):
    sampling = msgspec.structs.replace(plan.instruction.sampling, stop_token_ids=())
    found = check(dataclasses.replace(plan.instruction, sampling=sampling), "stop tokens")
    assert found.state == "fail"


def test_a_stop_outside_the_vocabulary_fails(plan):
    sampling = msgspec.structs.replace(plan.instruction.sampling, stop_token_ids=(10**6,))
    found = check(dataclasses.replace(plan.instruction, sampling=sampling), "stop tokens")
    assert found.state == "fail"
    assert "1000000" in found.detail


def test_a_template_that_differs_from_the_family_is_said(plan):
    side = with_chat(plan.instruction, turn_append="<|eot_id|>\n")
    found = check(side, "chat template")
    assert found.state == "note"
    assert "other text" in found.detail
    named = check(side, "other text")
    assert named.state == "note"
    assert named.detail.startswith("family llama3 writes ")
    assert named.detail.endswith(" between an answer and the user's next words")


def test_a_pre_query_longer_than_the_context_fails(plan):
    config = {**plan.instruction.checkpoint.config, "max_position_embeddings": 8}
    shrunk = dataclasses.replace(plan.instruction.checkpoint, config=config)
    assert (
        check(dataclasses.replace(plan.instruction, checkpoint=shrunk), "context").state == "fail"
    )


class Incapable:
    capabilities = Capabilities(stop_strings=False)


def test_a_first_token_rule_says_what_it_bans_here(plan):
    rule = FirstTokenRule(name="none-of-these", ban=("#", "several tokens in any vocabulary"))
    sampling = msgspec.structs.replace(plan.instruction.sampling, first_token=rule)
    side = dataclasses.replace(plan.instruction, sampling=sampling)
    found = check(side, "first token")
    assert found.state == "note"
    assert "several tokens" in found.detail
    with pytest.raises(PreflightError, match="none-of-these"):
        require_capabilities(Incapable(), side)
    require_capabilities(Incapable(), plan.instruction)


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty"])
def test_a_penalty_the_backend_does_not_have_stops_the_run(plan, name):
    sampling = msgspec.structs.replace(plan.response.sampling, **{name: 0.5})
    side = dataclasses.replace(plan.response, sampling=sampling)
    with pytest.raises(PreflightError, match="has no presence or frequency penalty") as error:
        require_capabilities(Incapable(), side)
    assert "presence_penalty = 0" in error.value.hint
    require_capabilities(Incapable(), plan.response)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("Hello! How can I assist you today?", "assistant_greeting", "applied twice"),
        ("   ", "empty", "--respond-with"),
    ],
)
async def test_a_hopeless_pilot_is_an_error_with_a_hint(plan, checkpoint, text, reason, hint):
    settings = EngineSettings(checkpoint=checkpoint, options={"texts": [text]})
    with pytest.raises(PreflightError, match=reason) as error:
        await pilot(plan, await FakeBackend.open(settings), 8)
    assert hint in error.value.hint


async def test_a_pilot_that_never_stops_is_an_error(plan, checkpoint):
    sampling = msgspec.structs.replace(plan.instruction.sampling, max_tokens=3)
    short = dataclasses.replace(
        plan, instruction=dataclasses.replace(plan.instruction, sampling=sampling)
    )
    with pytest.raises(PreflightError, match="no_stop"):
        await pilot(short, await FakeBackend.open(EngineSettings(checkpoint=checkpoint)), 8)


async def test_a_pilot_with_a_few_bad_samples_passes(plan, checkpoint):
    texts = ["Name three rivers.", "Plan a garden.", "Hello! How can I assist you today?"]
    settings = EngineSettings(checkpoint=checkpoint, options={"texts": texts})
    assert (await pilot(plan, await FakeBackend.open(settings), 8)).state == "ok"


def test_a_probe_names_its_problems(plan):
    assert probe(plan.instruction).problems == []
    sampling = msgspec.structs.replace(plan.instruction.sampling, stop_token_ids=(10**6,))
    broken = probe(dataclasses.replace(plan.instruction, sampling=sampling))
    assert any("1000000" in problem for problem in broken.problems)


async def test_the_pilot_tries_a_failed_request_again(plan, checkpoint):
    settings = EngineSettings(checkpoint=checkpoint, options={"fail_every": 5})
    assert (await pilot(plan, await FakeBackend.open(settings), 8)).state == "ok"


async def test_a_filter_that_raises_in_the_pilot_is_told_not_thrown(plan, checkpoint):
    class Clumsy(Filter):
        name = "clumsy"

        def reject(self, draft):
            raise ZeroDivisionError("clumsy")

    clumsy = dataclasses.replace(plan, judges=Judges((), (Clumsy(),)))
    with pytest.raises(PreflightError, match="ZeroDivisionError: clumsy 8"):
        await pilot(clumsy, await FakeBackend.open(EngineSettings(checkpoint=checkpoint)), 8)


def test_an_id_the_model_has_no_row_for_fails(plan):
    config = {**plan.instruction.checkpoint.config, "vocab_size": 300}
    shrunk = dataclasses.replace(plan.instruction.checkpoint, config=config)
    found = check(dataclasses.replace(plan.instruction, checkpoint=shrunk), "vocabulary")
    assert found.state == "fail"
    assert "below 300" in found.detail


def test_a_checkpoint_that_only_scores_is_refused(checkpoint, tmp_path):
    for path in Path(checkpoint).iterdir():
        (tmp_path / path.name).symlink_to(path.resolve())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").unlink()
    config["architectures"] = ["LlamaForSequenceClassification"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    recipe = parse_recipe("[run]\nbackend = 'fake'")
    recipe.run.checkpoint = str(tmp_path)
    checks = static_checks(make_plan(recipe, load_plugins()).instruction)
    with pytest.raises(PreflightError, match="has a head for scores only"):
        require(checks)
