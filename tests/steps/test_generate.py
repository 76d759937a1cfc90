"""The generation step: how many, which, in what state the folder is left. Fake engine, real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from magpie_core import Completion, EngineDeadError, ExhaustedError, Filter, Sampling, sample_seed
from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import Recipe, parse_recipe
from magpie_core.steps.generate import Generation


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


def plan_for(plugins, checkpoint: str, text: str = "", **run: object) -> Plan:
    recipe = parse_recipe(text)
    for name, value in {"checkpoint": checkpoint, "backend": "fake", "n": 20, **run}.items():
        setattr(recipe.run, name, value)
    return make_plan(recipe, plugins)


async def generate(plan: Plan, plugins, path: Path, backend=None, **options: object):
    folder = (
        RunFolder.open(path, write=True)
        if (path / "run.toml").exists()
        else RunFolder.create(path, contents(plan, plugins, {}))
    )
    settings = EngineSettings(checkpoint=plan.instruction.checkpoint.path, options=options)
    with folder:
        return await Generation(plan, folder, backend or await FakeBackend.open(settings)).run()


def records(path: Path):
    with RunFolder.open(path, write=False) as folder:
        return list(folder.records_in_order())


async def test_exactly_n_records_are_accepted(plugins, checkpoint, tmp_path):
    tally = await generate(plan_for(plugins, checkpoint), plugins, tmp_path / "r")
    assert tally.accepted == len(records(tmp_path / "r")) == 20


class Shuffled(FakeBackend):
    """Answers in an order that has nothing to do with the order of asking."""

    async def complete(self, prompt, sampling, n=1):
        for _ in range((sampling.seed or 0) % 7):
            await asyncio.sleep(0)
        return await super().complete(prompt, sampling, n)


@pytest.mark.parametrize("in_flight", [1, 3, 50])
async def test_what_is_accepted_does_not_depend_on_timing(plugins, checkpoint, tmp_path, in_flight):
    texts = [f"Name {i} things about rivers." for i in range(25)]  # few texts, so many duplicates
    plan = plan_for(plugins, checkpoint, in_flight=in_flight, max_attempts=1000)
    settings = EngineSettings(checkpoint=checkpoint, options={"texts": texts})
    await generate(plan, plugins, tmp_path / "r", await Shuffled.open(settings))
    got = [(r.id, r.instruction) for r in records(tmp_path / "r")]

    straight = plan_for(plugins, checkpoint, in_flight=1, max_attempts=1000)
    await generate(straight, plugins, tmp_path / "s", texts=texts)
    assert got == [(r.id, r.instruction) for r in records(tmp_path / "s")]
    assert len({text for _, text in got}) == 20, "a duplicate instruction was accepted"


async def test_a_dead_engine_ends_the_run_and_resume_completes_it(plugins, checkpoint, tmp_path):
    plan = plan_for(plugins, checkpoint, n=30, in_flight=4)
    with pytest.raises(EngineDeadError):
        await generate(plan, plugins, tmp_path / "r", die_after=25)
    before = {r.id: r for r in records(tmp_path / "r")}
    assert 0 < len(before) < 30
    await generate(plan, plugins, tmp_path / "r")
    after = {r.id: r for r in records(tmp_path / "r")}
    await generate(plan, plugins, tmp_path / "undisturbed")
    assert after == {r.id: r for r in records(tmp_path / "undisturbed")}
    assert before.items() <= after.items()


async def test_one_refused_request_is_recorded_and_the_run_goes_on(plugins, checkpoint, tmp_path):
    class RefusesIndexThree(FakeBackend):
        async def complete(self, prompt, sampling, n=1):
            from magpie_core import RequestError, sample_seed

            if sampling.seed == sample_seed(0, 3, "response"):
                raise RequestError("the prompt is too long")
            return await super().complete(prompt, sampling, n)

    plan = plan_for(plugins, checkpoint)
    backend = await RefusesIndexThree.open(EngineSettings(checkpoint=checkpoint))
    tally = await generate(plan, plugins, tmp_path / "r", backend)
    assert tally.accepted == 20
    assert tally.failed == 1
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        (failure,) = folder.failures()
    assert (failure.index, failure.step, failure.error) == (3, "response", "the prompt is too long")


async def test_a_filter_that_raises_costs_its_row_only(plugins, checkpoint, tmp_path):
    class Clumsy(Filter):
        name = "clumsy"

        def reject(self, draft):
            return str(1 // (draft.index - 2)) and None

    plan = plan_for(plugins, checkpoint)
    plan.judges.filters += (Clumsy(),)
    tally = await generate(plan, plugins, tmp_path / "r")
    assert (tally.accepted, tally.failed) == (20, 1)


async def test_when_everything_fails_the_run_ends_and_says_so(plugins, checkpoint, tmp_path):
    plan = plan_for(plugins, checkpoint)
    with pytest.raises(EngineDeadError, match="records failed"):
        await generate(plan, plugins, tmp_path / "r", fail_every=1)


async def test_attempts_are_bounded_and_the_reasons_named(plugins, checkpoint, tmp_path):
    plan = plan_for(plugins, checkpoint, max_attempts=60)
    with pytest.raises(ExhaustedError, match=r"60 attempts gave 1 of 20 records.*duplicate 59"):
        await generate(plan, plugins, tmp_path / "r", texts=["Name three rivers."])
    assert len(records(tmp_path / "r")) == 1


async def test_rejections_are_on_disk_with_step_reason_and_text(plugins, checkpoint, tmp_path):
    plan = plan_for(plugins, checkpoint, n=3)
    texts = ["Name three rivers.", "Answer this:", "Plan a garden.", "Draw a boat.", "Bake bread."]
    tally = await generate(plan, plugins, tmp_path / "r", texts=texts)
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        found = list(folder.rejections())
    assert {(r.step, r.reason) for r in found} == set(tally.rejected)
    colon = [r for r in found if r.reason == "ends_with_colon"]
    assert colon
    assert all(r.text == "Answer this:" and r.filter == "colon" for r in colon)
    indexes = sorted([r.index for r in found] + [r.index for r in records(tmp_path / "r")])
    assert indexes == list(range(len(indexes))), "every index once, none missing"


async def test_more_records_can_be_asked_for_later(plugins, checkpoint, tmp_path):
    await generate(plan_for(plugins, checkpoint, n=5), plugins, tmp_path / "r")
    await generate(plan_for(plugins, checkpoint, n=15), plugins, tmp_path / "r")
    await generate(plan_for(plugins, checkpoint, n=15), plugins, tmp_path / "s")
    assert records(tmp_path / "r") == records(tmp_path / "s")


async def test_never_more_in_flight_than_asked_for(plugins, checkpoint, tmp_path):
    class Counting(FakeBackend):
        now = most = 0

        async def complete(
            self, prompt: list[int], sampling: Sampling, n: int = 1
        ) -> list[Completion]:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1
            return await super().complete(prompt, sampling, n)

    backend = await Counting.open(EngineSettings(checkpoint=checkpoint))
    await generate(plan_for(plugins, checkpoint, in_flight=7), plugins, tmp_path / "r", backend)
    assert 2 <= backend.most <= 7


async def test_seeds_follow_from_run_seed_index_and_step(plugins, checkpoint, tmp_path):
    await generate(plan_for(plugins, checkpoint, seed=1), plugins, tmp_path / "a")
    await generate(plan_for(plugins, checkpoint, seed=2), plugins, tmp_path / "b")
    first = {r.instruction for r in records(tmp_path / "a")}
    second = {r.instruction for r in records(tmp_path / "b")}
    assert not first & second


async def test_a_full_disk_ends_the_run_and_what_was_written_is_whole(
    plugins, checkpoint, tmp_path, monkeypatch
):
    from magpie_core import StorageError

    plan = plan_for(plugins, checkpoint, in_flight=2)
    append, written = RunFolder.append, []

    def full(self, item):
        if len(written) == 6:
            raise StorageError("the disk is full")
        written.append(item)
        append(self, item)

    monkeypatch.setattr(RunFolder, "append", full)
    with pytest.raises(StorageError):
        await generate(plan, plugins, tmp_path / "r")
    monkeypatch.undo()
    await generate(plan, plugins, tmp_path / "r")
    await generate(plan, plugins, tmp_path / "s")
    assert records(tmp_path / "r") == records(tmp_path / "s")


def test_a_recipe_without_a_run_section_is_a_recipe():
    assert parse_recipe("") == Recipe()


@pytest.mark.parametrize("error", [TimeoutError, ConnectionResetError, FileNotFoundError, KeyError])
async def test_any_error_of_one_row_costs_that_row_only(plugins, checkpoint, tmp_path, error):
    class Clumsy(FakeBackend):
        async def complete(self, prompt, sampling, n=1):
            if sampling.seed == sample_seed(0, 4, "instruction"):
                raise error("clumsy")
            return await super().complete(prompt, sampling, n)

    backend = await Clumsy.open(EngineSettings(checkpoint=checkpoint))
    tally = await generate(plan_for(plugins, checkpoint), plugins, tmp_path / "r", backend)
    assert (tally.accepted, tally.failed) == (20, 1)


@pytest.mark.parametrize("reason", [True, "", 7])
async def test_a_reason_that_is_no_word_never_reaches_the_disk(
    plugins, checkpoint, tmp_path, reason
):
    class Careless(Filter):
        name = "careless"

        def reject(self, draft):
            return reason if draft.index == 2 else None

    plan = plan_for(plugins, checkpoint)
    plan.judges.filters += (Careless(),)
    tally = await generate(plan, plugins, tmp_path / "r")
    assert (tally.accepted, tally.failed) == (20, 1)
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        (failure,) = folder.failures()
        assert "careless" in failure.error
        assert folder.settled().damaged == 0


async def test_a_failed_index_made_later_never_doubles_an_accepted_one(
    plugins, checkpoint, tmp_path
):
    class FirstFails(FakeBackend):
        async def complete(self, prompt, sampling, n=1):
            if sampling.seed == sample_seed(0, 0, "instruction"):
                raise ValueError("not now")
            return await super().complete(prompt, sampling, n)

    texts = ["Name three rivers.", "Plan a garden."]
    settings = EngineSettings(checkpoint=checkpoint, options={"texts": texts})
    plan = plan_for(plugins, checkpoint, n=1)
    await generate(plan, plugins, tmp_path / "r", await FirstFails.open(settings))
    plan = plan_for(plugins, checkpoint, n=2)
    await generate(plan, plugins, tmp_path / "r", texts=texts)
    assert sorted(r.instruction for r in records(tmp_path / "r")) == texts


async def test_hopeless_is_judged_by_this_session_alone(plugins, checkpoint, tmp_path):
    await generate(plan_for(plugins, checkpoint, n=60), plugins, tmp_path / "r")
    plan = plan_for(plugins, checkpoint, n=200, in_flight=4)
    with pytest.raises(EngineDeadError, match="records failed and 0 did not"):
        await generate(plan, plugins, tmp_path / "r", fail_every=1)
    with RunFolder.open(tmp_path / "r", write=False) as folder:
        assert len(list(folder.failures())) < 60
