"""Near-duplicates of lower indexes are turned down, whatever the order they arrive in."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from magpie_core import EngineDeadError, sample_seed
from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.filters import Draft
from magpie_core.neighbours import cache
from magpie_core.neighbours.embedders import Embedder
from magpie_core.neighbours.online import BEFORE_ALL, NearDuplicates
from magpie_core.neighbours.wanted import Near
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.generate import Generation
from magpie_core.steps.twins import (
    DUPLICATE,
    NEAR_DUPLICATE,
    Passed,
    Twins,
    how_many_passed,
    passed_filters,
)

THRESHOLD = 0.015
"""Numbers that follow each other are near: a squared distance of 0.01; the next but one is at 0.04."""


class Numbers:
    """The number in a text as a point on a circle; 99 has no finite vector, 98 cannot be embedded."""

    name = "numbers"
    identity = "numbers-1"

    def __init__(self):
        self.batches = []

    def embed(self, texts):
        self.batches.append(list(texts))
        numbers = [int("".join(filter(str.isdigit, one)) or 0) for one in texts]
        if 98 in numbers:
            raise ValueError("no 98")
        angles = 0.1 * np.array(numbers, np.float64)
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        vectors[np.array(numbers) == 99] = 0
        return vectors


def expected(numbers):
    """Straight from the definition; None: it did not pass the filters."""
    kept = []
    for index, one in enumerate(numbers):
        before = {other for other in numbers[:index] if other is not None}
        near = any(abs(one - other) <= 1 for other in before) if one is not None else True
        if not near or (one == 99 and one not in before):
            kept.append(index)
    return kept


async def kept(numbers, order):
    """Indexes kept when instructions arrive after random delays."""
    twins = Twins(NearDuplicates(Numbers(), THRESHOLD))
    for index in range(len(numbers)):
        twins.start(index)

    async def one(index):
        for _ in range(order.randrange(5)):
            await asyncio.sleep(0)
        if numbers[index] is None:
            twins.leave(index)
            return None
        text = f"Name {numbers[index]} rivers."
        objection = await twins.meet(index, text)
        if objection is None:
            for _ in range(order.randrange(5)):
                await asyncio.sleep(0)
            objection = await twins.decide(index, text)
        twins.finish(index, text)
        return None if objection else index

    found = await asyncio.gather(*map(one, range(len(numbers))))
    await twins.close()
    return [one for one in found if one is not None]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 12), st.just(99)), max_size=25), st.integers())
def test_an_earlier_near_one_decides_in_any_order(numbers, seed):
    assert asyncio.run(kept(numbers, random.Random(seed))) == expected(numbers)


async def test_a_near_one_that_arrives_late_is_told_before_anything_is_decided():
    twins = Twins(NearDuplicates(Numbers(), THRESHOLD))
    twins.start(0)
    twins.start(1)
    assert await twins.meet(1, "Name 5 rivers.") is None
    waiting = asyncio.create_task(twins.decide(1, "Name 5 rivers."))
    await asyncio.sleep(0)
    assert not waiting.done(), "index 1 decided before index 0 had said what it is"
    assert await twins.meet(0, "Name 6 rivers.") is None
    assert await waiting == NEAR_DUPLICATE
    await twins.close()


async def test_an_equal_one_is_a_duplicate_and_no_near_one():
    twins = Twins(NearDuplicates(Numbers(), THRESHOLD))
    for index in range(3):
        twins.start(index)
    assert await twins.meet(0, "Name 5 rivers.") is None
    assert await twins.meet(1, "Name  5 rivers.") == DUPLICATE
    assert await twins.meet(2, "Name 5 hills.") == NEAR_DUPLICATE
    await twins.close()


@pytest.mark.parametrize(("accepted", "objection"), [(True, NEAR_DUPLICATE), (False, None)])
async def test_what_is_on_disk_wins_only_where_it_was_accepted(accepted, objection):
    twins = Twins(NearDuplicates(Numbers(), THRESHOLD))
    told = []
    await twins.remember([Passed(7, "Name 5 rivers.", accepted)], told.append)
    twins.start(3)
    assert await twins.meet(3, "Name 6 rivers.") == objection
    twins.start(9)
    assert await twins.meet(9, "Name 4 rivers.") == NEAR_DUPLICATE
    assert told == [1]
    await twins.close()


async def test_a_text_that_cannot_be_embedded_costs_itself_only():
    near = NearDuplicates(Numbers(), THRESHOLD)
    asked = [near.meet(index, f"Name {number} rivers.") for index, number in enumerate((5, 98, 6))]
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, third) == (None, None)
    assert str(second) == "no 98"
    assert [near.twin(index) for index in range(3)] == [False, False, True]
    await near.close()


async def test_vectors_are_kept_by_the_part_and_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PART", 4)
    texts = [f"Name {10 * number} rivers." for number in range(1, 7)]
    near = NearDuplicates(Numbers(), THRESHOLD, tmp_path)
    for index, text in enumerate(texts):
        await near.meet(index, text)
    await near.close()
    again = Numbers()
    resumed = NearDuplicates(again, THRESHOLD, tmp_path)
    told = []
    await resumed.remember(((BEFORE_ALL, text) for text in texts), told.append)
    assert sorted(text for batch in again.batches for text in batch) == texts[4:]
    assert told[-1] == 6
    await resumed.meet(9, "Name 21 rivers.")
    assert resumed.twin(9)
    await resumed.close()


async def test_remembering_can_be_stopped_at_any_moment(tmp_path):
    class Slow(Numbers):
        def embed(self, texts):
            time.sleep(0.01)
            return super().embed(texts)

    slow = Slow()
    near = NearDuplicates(slow, THRESHOLD, tmp_path)
    texts = ((index, f"Name 5 rivers of {index:c}.") for index in range(1000, 1000 + 20 * 256))
    remembering = asyncio.create_task(near.remember(texts, lambda done: None))
    while not slow.batches:
        await asyncio.sleep(0.001)
    remembering.cancel()
    await near.close()
    near._thread.shutdown(wait=True)
    assert len(slow.batches) < 10


async def test_vectors_that_cannot_be_kept_end_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "PART", 1)
    (tmp_path / "embeddings").write_text("a file, not a folder")
    near = NearDuplicates(Numbers(), THRESHOLD, tmp_path)
    await near.meet(0, "Name 5 rivers.")
    await near.meet(1, "Name 6 rivers.")
    assert near.twin(1)
    await near.close()


# Whole runs, on the fake engine


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


def plan_for(plugins, checkpoint, n=14, **run):
    recipe = parse_recipe("")
    recipe.run = replace(recipe.run, checkpoint=checkpoint, backend="fake", n=n, **run)
    plan = make_plan(recipe, plugins)
    return dataclasses.replace(plan, near=Near(Numbers(), THRESHOLD))


class Shuffled(FakeBackend):
    """Answers in an order that has nothing to do with the order of asking."""

    responses = 0

    async def complete(self, prompt, sampling, n=1):
        self.responses += sampling.temperature == 0
        for _ in range((sampling.seed or 0) % 7):
            await asyncio.sleep(0.0005)
        return await super().complete(prompt, sampling, n)


TEXTS = [f"Name {number} things about rivers." for number in range(60)]


async def opened(checkpoint, **options):
    return await Shuffled.open(
        EngineSettings(checkpoint=checkpoint, options={"texts": TEXTS, **options})
    )


async def generate(plan, plugins, path: Path, backend):
    folder = (
        RunFolder.open(path, write=True)
        if (path / "run.toml").exists()
        else RunFolder.create(path, contents(plan, plugins, {}))
    )
    with folder:
        return await Generation(plan, folder, backend).run()


def records(path):
    with RunFolder.open(path, write=False) as folder:
        return list(folder.records_in_order())


async def by_a_plain_loop(plan, checkpoint, wanted):
    """What a loop over the indexes accepts, without any of the run's own machinery."""
    backend = await opened(checkpoint)
    accepted, passed = {}, []
    for index in range(1000):
        if len(accepted) == wanted:
            return accepted
        side = plan.instruction
        seeded = replace(side.sampling, seed=sample_seed(0, index, "instruction"))
        [sample] = await backend.complete(side.prompts.for_instruction(None), seeded)
        draft = Draft(index=index, instruction=sample.text, finish_reason=sample.finish_reason)
        if plan.judges.instruction(draft) is not None:
            continue
        number = int(draft.instruction.split()[1])
        if not any(abs(number - other) <= 1 for other in passed):
            accepted[index] = draft.instruction
        passed.append(number)
    raise AssertionError("too few")


@pytest.mark.parametrize("in_flight", [1, 4, 32])
async def test_a_run_accepts_what_a_plain_loop_does(plugins, checkpoint, tmp_path, in_flight):
    plan = plan_for(plugins, checkpoint, in_flight=in_flight, max_attempts=1000)
    backend = await opened(checkpoint)
    tally = await generate(plan, plugins, tmp_path / "r", backend)
    found = {one.index: one.instruction for one in records(tmp_path / "r")}
    assert found == await by_a_plain_loop(plan, checkpoint, 14)
    assert tally.rejected["instruction", "near_duplicate"] > 2
    assert tally.rejected["instruction", "duplicate"] > 0
    if in_flight == 1:
        assert backend.responses == 14, "a near-duplicate was answered"
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        near = [one for one in folder.rejections() if one.reason == "near_duplicate"]
    assert {(one.step, one.filter, one.text in TEXTS) for one in near} == {
        ("instruction", "near_duplicate", True)
    }


@pytest.mark.parametrize("die_after", [7, 16, 25])
async def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    plugins, checkpoint, tmp_path, die_after
):
    plan = plan_for(plugins, checkpoint, in_flight=5, max_attempts=1000)
    with pytest.raises(EngineDeadError):
        await generate(plan, plugins, tmp_path / "r", await opened(checkpoint, die_after=die_after))
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        passed = list(passed_filters(folder))
        assert how_many_passed(folder.settled()) == len(passed)
        assert {one.text for one in passed} <= set(TEXTS)
    plan = plan_for(plugins, checkpoint, in_flight=3, max_attempts=1000)
    await generate(plan, plugins, tmp_path / "r", await opened(checkpoint))
    found = {one.index: one.instruction for one in records(tmp_path / "r")}
    assert found == await by_a_plain_loop(plan, checkpoint, 14)


async def test_rejected_near_duplicates_are_remembered(plugins, checkpoint, tmp_path):
    """Of a chain A ~ B ~ C the last is turned down because of B, in a later session too."""
    plan = plan_for(plugins, checkpoint, n=1)
    with RunFolder.create(tmp_path / "r", contents(plan, plugins, {})):
        pass
    (tmp_path / "r/records").mkdir()
    (tmp_path / "r/rejects").mkdir()
    record = {"id": "a-0", "index": 0, "instruction": "Name 5 rivers.", "response": "Nile."}
    (tmp_path / "r/records/part-00000.jsonl").write_text(json.dumps(record) + "\n")
    rejection = {"index": 1, "step": "instruction", "reason": "near_duplicate"}
    rejection |= {"filter": "near_duplicate", "text": "Name 6 rivers."}
    (tmp_path / "r/rejects/part-00000.jsonl").write_text(json.dumps(rejection) + "\n")
    backend = await FakeBackend.open(
        EngineSettings(
            checkpoint=checkpoint, options={"texts": ["Name 7 hills.", "Name 30 hills."]}
        )
    )
    await generate(plan_for(plugins, checkpoint, n=2), plugins, tmp_path / "r", backend)
    assert [one.instruction for one in records(tmp_path / "r")] == [
        "Name 5 rivers.",
        "Name 30 hills.",
    ]


async def test_a_text_that_cannot_be_embedded_is_a_failure_of_its_record(
    plugins, checkpoint, tmp_path
):
    plan = plan_for(plugins, checkpoint, n=3, max_attempts=300)
    texts = [*TEXTS[:30:3], "Name 98 lakes."]
    backend = await FakeBackend.open(
        EngineSettings(checkpoint=checkpoint, options={"texts": texts})
    )
    tally = await generate(plan, plugins, tmp_path / "r", backend)
    if not tally.failed:  # it may not have been drawn among the first
        plan = plan_for(plugins, checkpoint, n=8, max_attempts=300)
        tally = await generate(plan, plugins, tmp_path / "r", backend)
    assert tally.failed > 0
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        assert {one.error for one in folder.failures()} == {"ValueError: no 98"}


async def test_gates_are_not_asked_of_near_duplicates(plugins, checkpoint, tmp_path):
    class Counting:
        ask_an_engine = False
        asked = []

        def decisive(self):
            return []

        async def judge(self, record, engine):
            self.asked.append(record.instruction)
            return {}, None

    gates = Counting()
    plan = plan_for(plugins, checkpoint, in_flight=1, max_attempts=1000)
    plan = dataclasses.replace(plan, gates=gates)
    await generate(plan, plugins, tmp_path / "r", await opened(checkpoint))
    assert gates.asked == [one.instruction for one in records(tmp_path / "r")]


async def test_the_engine_goes_on_while_texts_are_embedded(plugins, checkpoint, tmp_path):
    class Slow(Numbers):
        def embed(self, texts):
            time.sleep(0.02)
            return super().embed(texts)

    slow = Slow()
    plan = plan_for(plugins, checkpoint, in_flight=16, max_attempts=1000)
    plan = dataclasses.replace(plan, near=Near(slow, THRESHOLD))
    tally = await generate(plan, plugins, tmp_path / "r", await opened(checkpoint))
    assert len(slow.batches) < tally.instructions / 2, "texts were embedded one by one"


def test_the_embedder_is_what_the_run_needs():
    assert {"name", "identity", "embed"} <= {*vars(Embedder), *vars(Embedder("minilm"))}
