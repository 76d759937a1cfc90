"""The live tab's steps, on the embedded model and on the fake engine."""

import asyncio
import dataclasses
import json
from itertools import pairwise

import pytest

from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import Recipe, RunSection
from magpie_core.view.engine import LiveEngine, suggestions
from magpie_core.view.live import Wish, watch


def events_of(served, **wish):
    answer = served.client().post("/api/live", json=wish)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(one.removeprefix("data: ")) for one in answer.text.split("\n\n") if one]


def kinds(events):
    return list(dict.fromkeys((one["kind"], one.get("step")) for one in events))


STEPS = [
    ("opening", None), ("notices", None), ("prompt", "instruction"), ("piece", "instruction"), ("sampled", "instruction"),
    ("judged", "instruction"), ("prompt", "response"), ("piece", "response"), ("sampled", "response"), ("judged", "response"), ("end", None),
]  # fmt: skip


@pytest.mark.engine
def test_the_embedded_model_step_by_step(run, serve):
    served = serve(run)
    events = events_of(served, seed=1)
    assert kinds(events) == STEPS
    prompt = next(one for one in events if one["kind"] == "prompt")
    assert [text for _, text, _ in prompt["tokens"]] == [
        "<|begin_of_text|>",
        "<|start_header_id|>",
        "user",
        "<|end_header_id|>",
        "\n\n",
    ]
    assert [special for _, _, special in prompt["tokens"]] == [True, True, False, True, False]
    pieces = [one for one in events if one["kind"] == "piece" and one["step"] == "instruction"]
    assert len(pieces) > 1
    assert all(len(one["tokens"]) <= 8 for one in pieces)
    assert all(later["text"].startswith(earlier["text"]) for earlier, later in pairwise(pieces))
    again = events_of(served, seed=1)
    assert kinds(again) == STEPS[1:]  # the engine is open already
    assert [one for one in again if one["kind"] == "judged"] == [
        one for one in events if one["kind"] == "judged"
    ]
    assert events_of(served, seed=2)[-4:] != events[-4:]


@pytest.mark.engine
def test_greedy_pieces_are_the_whole_sample(checkpoint):
    """What is sampled in pieces is what one request would give."""
    from msgspec.structs import replace

    plan = make_plan(Recipe(run=RunSection(checkpoint=checkpoint)), load_plugins())
    side = replace(plan.instruction.sampling, temperature=0.0)

    async def both():
        from magpie_core.engines import open_engines

        greedy = _with_sampling(plan, side)
        [backend] = await open_engines(plan, load_plugins(), lambda what: None)
        try:
            prompt = greedy.instruction.prompts.for_instruction()
            [whole] = await backend.complete(prompt, side)
            events = [one async for one in watch(greedy, backend, Wish(go_on=True))]
        finally:
            await backend.close()
        return whole, events

    whole, events = asyncio.run(both())
    pieces = [one for one in events if one["kind"] == "piece" and one["step"] == "instruction"]
    assert pieces[-1]["text"] == whole.text
    assert [id for one in pieces for id, _, _ in one["tokens"]] == list(whole.token_ids)


def _with_sampling(plan, sampling):
    return dataclasses.replace(
        plan, instruction=dataclasses.replace(plan.instruction, sampling=sampling)
    )


def test_what_a_filter_turns_down_ends_there_unless_told_otherwise(checkpoint):
    plan = make_plan(Recipe(run=RunSection(checkpoint=checkpoint, backend="fake")), load_plugins())

    class Short:
        name = "short"
        stages = ("instruction",)

        def reject(self, draft):
            return "too_short"

    from magpie_core.builtin.fake import FakeBackend
    from magpie_core.steps.judging import Judges

    plan = dataclasses.replace(plan, judges=Judges([], [Short()]))

    async def told(go_on):
        from magpie_core.engines import open_engines

        [backend] = await open_engines(plan, load_plugins(), lambda what: None)
        assert isinstance(backend, FakeBackend)
        found = [one async for one in watch(plan, backend, Wish(go_on=go_on))]
        await backend.close()
        return found

    stopped, answered = asyncio.run(told(False)), asyncio.run(told(True))
    judged = next(one for one in stopped if one["kind"] == "judged")
    assert (judged["reason"], judged["by"]) == ("too_short", "short")
    assert ("prompt", "response") not in kinds(stopped)
    assert ("judged", "response") in kinds(answered)


@pytest.mark.parametrize(
    ("wish", "message"),
    [({"checkpoint": "no/such/folder"}, "no/such/folder"), ({"backend": "vlm"}, "unknown backend `vlm`"), ({"family": "gema"}, "unknown family `gema`")],
)  # fmt: skip
def test_what_cannot_be_opened_is_said(run, serve, wish, message):
    served = serve(run)
    last = events_of(served, **wish)[-1]
    assert last["kind"] == "error"
    assert message in last["message"]


def test_another_form_of_wish_is_refused(shared):
    answer = shared.client().post("/api/live", json={"trust_remote_code": True})
    assert answer.status_code == 400


def test_checkpoints_that_are_offered(run):
    from magpie_core.dataset.source import open_source

    offered = suggestions(open_source(run), load_plugins())
    assert [one["checkpoint"] for one in offered] == ["tiny", "tiny"]
    assert {one["backend"] for one in offered} == {"transformers"}


def test_an_engine_that_was_never_asked_is_closed_all_the_same():
    engine = LiveEngine(load_plugins())
    engine.close()
    engine.close()
