"""Tagging by several workers, without Ray: each record goes to one, and what a lost one had goes to others."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import msgspec
import pytest
import tomli_w

from magpie_core.dataset.columns import Added, read_added
from magpie_core.dataset.source import open_source
from magpie_core.errors import RunFolderError
from magpie_core.plugins import load_plugins
from magpie_core.run.parts import read_parts
from magpie_core.run.recipe import parse_recipe
from magpie_core.run.workers import PLACE, await_end
from magpie_core.tagging.choosing import choose_taggers
from magpie_core.tagging.session import count_work, execute_tagging, make_tag_plan
from magpie_ray.handout import Handout
from magpie_ray.tag_messages import Settled, TaggerWork, TagReport, TagWork
from magpie_ray.tag_worker import TagWorker

PLUGINS = load_plugins()
ROWS = 90
RECIPE = """
[run]
backend = "fake"
in_flight = 4
[engine.options]
texts = ['{"clarity": "high"}', '{"clarity": "low"}', 'no answer']
[taggers.clarity]
prompt = "How clear is this? {instruction}"
columns = { clarity = ["low", "high"] }
[taggers.kind]
prompt = "Which kind? {instruction}"
columns = { clarity = ["low", "high"] }
"""
NAMES = ("clarity", "kind")


class Office:
    """A source, its columns' settings on disk, and who hands out."""

    def __init__(self, path: Path, checkpoint: str, workers: int) -> None:
        path.mkdir(exist_ok=True)
        self.file = path / "data.jsonl"
        rows = ({"instruction": f"Say {k}.", "output": "So."} for k in range(ROWS))
        self.file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        recipe = parse_recipe(RECIPE)
        recipe.run.checkpoint = checkpoint
        with open_source(self.file) as source:
            taggers = choose_taggers(NAMES, recipe.taggers, PLUGINS)
            plan = make_tag_plan(source, taggers, recipe, PLUGINS)
            works = [TaggerWork(one.tagger.name, str(one.folder), 0) for one in plan.assigned]
            for one in plan.assigned:
                self._bind(one.folder, one.settings, source.identity)
            assert count_work(plan).wanted == 2 * ROWS
        self.folders = [Path(one.folder) for one in works]
        self.work = TagWork(msgspec.json.encode(recipe), works, str(path))
        self.handout = Handout(str(self.file), None, works, ROWS, workers)
        self.one_at_a_time = threading.Lock()  # as calls of an actor are

    def _bind(self, folder: Path, settings: dict[str, object], identity: str) -> None:
        folder.mkdir(parents=True)
        said = {"format": 1, "source": identity, "settings": settings}
        (folder / "columns.toml").write_text(tomli_w.dumps(said))

    def employ(self, number: int, *, dies_after: int | None = None) -> object:
        """A worker from its beginning to its end; dying is ending with nothing said any more."""
        worker = TagWorker(self.work, f"w{number:03d}")
        assert not isinstance(worker.open(), Exception)
        self.handout.join(number)
        taken = 0

        def take():
            nonlocal taken
            if dies_after is not None and taken >= dies_after:
                raise RuntimeError("killed")
            with self.one_at_a_time:
                some = self.handout.take(number, 8)
            taken += len(some)
            return some

        async def tell(report: TagReport) -> None:
            if dies_after is None:
                with self.one_at_a_time:
                    self.handout.report(number, report)

        return worker.tag(take, tell)

    def columns(self) -> list[dict[str, object]]:
        """Of each tagger; no record twice."""
        found = []
        for folder in self.folders:
            lines = list(read_parts(folder, Added))
            assert len({one.id for one in lines}) == len(lines)
            found.append({one.id: one.columns for one in lines})
        return found


@pytest.fixture
def alone(checkpoint, tmp_path):
    """What one process makes."""
    path = tmp_path / "alone"
    path.mkdir()
    office = Office(path, checkpoint, 1)
    for folder in office.folders:
        (folder / "columns.toml").unlink()
    recipe = parse_recipe(RECIPE)
    recipe.run.checkpoint = checkpoint

    async def alone():
        with open_source(office.file) as source:
            taggers = choose_taggers(NAMES, recipe.taggers, PLUGINS)
            await execute_tagging(make_tag_plan(source, taggers, recipe, PLUGINS), PLUGINS)
        return office.columns()

    return alone


async def test_the_columns_are_those_of_one_process(checkpoint, tmp_path, alone):
    office = Office(tmp_path / "run", checkpoint, 2)
    await asyncio.gather(*(asyncio.to_thread(office.employ, number) for number in range(2)))
    assert office.columns() == await alone()
    view = office.handout.look()
    assert view.over
    for name, columns in zip(NAMES, office.columns(), strict=True):
        assert view.taggers[name].tagged == len(columns) > ROWS / 2
        assert view.taggers[name].tagged + view.taggers[name].failed == ROWS
    assert sum(view.brought.values()) == sum(map(len, office.columns()))


async def test_what_a_lost_worker_had_is_done_by_others(checkpoint, tmp_path, alone):
    office = Office(tmp_path / "run", checkpoint, 2)
    with pytest.raises(RuntimeError, match="killed"):
        await asyncio.to_thread(office.employ, 0, dies_after=24)
    written = sum(map(len, office.columns()))
    assert written, "it died before it wrote anything"
    given = office.handout.lost(0)
    assert 0 < given <= 24
    assert sum(one.tagged for one in office.handout.look().taggers.values()) == written
    await asyncio.to_thread(office.employ, 1)
    assert office.handout.look().over
    assert office.columns() == await alone()


def test_nothing_is_handed_out_twice_and_late_reports_count_for_nothing(checkpoint, tmp_path):
    office = Office(tmp_path / "run", checkpoint, 2)
    handout = office.handout
    for number in range(3):
        handout.join(number)
    first = [one.record.id for one in handout.take(0, 8)]
    second = [one.record.id for one in handout.take(1, 8)]
    assert not set(first) & set(second)
    assert handout.lost(0) == len(first)
    late = [Settled(name, id, tagged=True) for id in first for name in NAMES]
    handout.report(0, TagReport(late, {}, {}, msgspec.convert({}, type(handout.look().stats))))
    assert handout.look().taggers["clarity"].tagged == 0
    assert handout.take(0, 8) == []
    assert [one.record.id for one in handout.take(2, 8)] == first
    rest = set()
    while some := handout.take(2, 8):
        rest |= {one.record.id for one in some}
    assert len(rest) == ROWS - len(first) - len(second)
    assert not handout.look().over, "what was handed out is not settled"


def test_a_machine_with_other_settings_is_refused(checkpoint, tmp_path):
    office = Office(tmp_path / "run", checkpoint, 1)
    said = office.folders[0] / "columns.toml"
    said.write_text(said.read_text().replace("weights = ", "weights = 'other'\nbefore = "))
    worker = TagWorker(office.work, "w000")
    answer = worker.open()
    assert isinstance(answer, RunFolderError)
    assert "would tag with" in answer.message
    said.unlink()
    assert "does not see" in worker.open().message
    worker.close()


def test_workers_leave_no_lock(checkpoint, tmp_path):
    office = Office(tmp_path / "run", checkpoint, 1)
    office.employ(0)
    for folder in office.folders:
        assert (folder / PLACE).exists()
        await_end(folder, patience=0)
        assert not (folder / PLACE).exists()
        assert {one.id for one in read_added(folder)}
