"""Two engines that never stand in memory together make the same data set as two that do."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from magpie_core import engines
from magpie_core.builtin.fake import FakeBackend
from magpie_core.errors import BackendError, EngineDeadError
from magpie_core.hookspecs import hookimpl
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import EngineSection, Recipe, ResponseEngineSection, RunSection
from magpie_core.session import execute


class Watched(FakeBackend):
    """Counts how many of its kind are open."""

    name = "watched"
    room = 2
    live = 0
    most = 0
    opened = 0
    fails_at = 0

    @classmethod
    async def open(cls, settings):
        cls.opened += 1
        if cls.opened == cls.fails_at or cls.live >= cls.room:
            raise BackendError("no memory left")
        engine = await super().open(settings)
        cls.live += 1
        cls.most = max(cls.most, cls.live)
        return engine

    async def close(self):
        type(self).live -= 1
        await super().close()


@pytest.fixture
def watched():
    """A fresh kind of engine for each test, and the plugins that offer it."""
    kind = type("Watched", (Watched,), {})
    plugin = SimpleNamespace(magpie_register_backends=hookimpl(lambda: [kind]))
    return kind, load_plugins({"watched": plugin})


async def generate(folder, checkpoint, plugins, *, turns, n=60) -> list[dict[str, Any]]:
    """The records of a run, without what names it."""
    recipe = Recipe(
        run=RunSection(checkpoint=checkpoint, backend="watched", n=n, seed=2, pilot=0),
        response_engine=ResponseEngineSection(checkpoint=checkpoint, turns=turns),
    )
    outcome = await execute(make_plan(recipe, plugins), plugins, folder)
    assert outcome.tally.accepted == n
    rows = [
        json.loads(line)
        for part in sorted(folder.glob("records/*.jsonl"))
        for line in part.read_text().splitlines()
    ]
    return sorted(rows, key=lambda row: row["index"])


async def test_the_same_records_as_together(tmp_path, checkpoint, watched):
    kind, plugins = watched
    together = await generate(tmp_path / "a", checkpoint, plugins, turns=False)
    assert (kind.most, kind.live) == (2, 0)
    kind.most = 0
    in_turns = await generate(tmp_path / "b", checkpoint, plugins, turns=True)
    assert (kind.most, kind.live) == (1, 0)
    assert in_turns == together


async def test_they_change_places_seldom(tmp_path, checkpoint, watched):
    kind, plugins = watched
    await generate(tmp_path / "a", checkpoint, plugins, turns=True, n=300)
    # One to see that the second opens, one for instructions, one for responses; rejects cost two each.
    assert kind.opened <= 9


async def test_the_second_finds_no_room(tmp_path, checkpoint, watched):
    kind, plugins = watched
    kind.room = 1
    await generate(tmp_path / "a", checkpoint, plugins, turns=None)
    assert (kind.most, kind.live) == (1, 0)


async def test_told_to_stand_together_it_says_that_there_is_no_room(tmp_path, checkpoint, watched):
    kind, plugins = watched
    kind.room = 1
    with pytest.raises(BackendError, match="no memory left"):
        await generate(tmp_path / "a", checkpoint, plugins, turns=False)
    assert kind.live == 0
    assert not (tmp_path / "a").exists()


async def test_weights_larger_than_free_memory(tmp_path, checkpoint, watched, monkeypatch):
    kind, plugins = watched
    monkeypatch.setattr(engines, "_free_bytes", lambda: 1_000_000)
    recipe = Recipe(
        run=RunSection(checkpoint=checkpoint, backend="watched", n=10, pilot=0),
        engine=EngineSection(device="cpu"),
        response_engine=ResponseEngineSection(checkpoint=checkpoint),
    )
    await execute(make_plan(recipe, plugins), plugins, tmp_path / "a")
    assert kind.most == 1


async def test_an_engine_that_does_not_come_back(tmp_path, checkpoint, watched):
    """The run ends with the reason, keeps what it has, and goes on later."""
    kind, plugins = watched
    kind.fails_at = 3
    with pytest.raises(EngineDeadError, match="no memory left"):
        await generate(tmp_path / "a", checkpoint, plugins, turns=True)
    assert kind.live == 0
    kind.fails_at = 0
    await generate(tmp_path / "a", checkpoint, plugins, turns=True)
