"""Which index comes next: shares of what is accepted, the same ones whatever finishes first."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from magpie_core import ExhaustedError
from magpie_core.apportion import apportioned
from magpie_core.backend import EngineSettings
from magpie_core.builtin.fake import FakeBackend
from magpie_core.control.tasks import TASKS
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.steps.generate import Generation
from magpie_core.steps.indexes import ByShares

KINDS = (("a",), ("b",), ("c",))
SHARES = {"math": 50, "code": 25, "advice": 25}


def kind_of(index):
    return KINDS[(index * 7 + index // 3) % 3]


@given(st.integers(0, 500), st.lists(st.floats(0.001, 1000), min_size=1, max_size=12))
def test_apportioned_adds_up_and_nobody_misses_a_whole_one(total, weights):
    named = dict(enumerate(weights))
    take = apportioned(total, named)
    assert sum(take.values()) == total
    whole = sum(weights)
    assert all(abs(take[one] - total * weight / whole) < 1 + 1e-6 for one, weight in named.items())


def accepted(order: random.Random, bad: set[int], at_once: int, wanted) -> list[int]:
    """Which are accepted when ``at_once`` are in flight and end in any order."""
    indexes = ByShares(set(), (), kind_of, wanted, lambda index: None, lambda index: None)
    flying: list[int] = []
    found: list[int] = []
    while len(found) < sum(wanted.values()):
        while len(flying) < at_once and (index := indexes.next()) is not None:
            flying.append(index)
        index = flying.pop(order.randrange(len(flying)))
        if index not in bad:
            found.append(index)
        indexes.ended(index, accepted=index not in bad)
    assert not indexes.missing()
    return found


@given(
    st.sets(st.integers(0, 120)),
    st.integers(1, 20),
    st.integers(0, 99),
    st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any),
)
def test_the_lowest_of_each_kind_are_accepted_whatever_ends_first(bad, at_once, seed, numbers):
    wanted = dict(zip(KINDS, numbers, strict=True))
    found = accepted(random.Random(seed), bad, at_once, wanted)
    for kind, number in wanted.items():
        good = (index for index in range(10**6) if kind_of(index) == kind and index not in bad)
        lowest = [index for index, _ in zip(good, range(number), strict=False)]
        assert sorted(index for index in found if kind_of(index) == kind) == lowest


def test_what_waited_and_is_not_needed_is_let_go():
    waits, away = [], []
    wanted = {("a",): 1, ("b",): 3, ("c",): 0}
    indexes = ByShares(set(), (), kind_of, wanted, waits.append, away.append)
    started = [indexes.next() for _ in range(4)]
    assert indexes.next() is None
    first = next(index for index in started if kind_of(index) == ("a",))
    indexes.ended(first, accepted=True)
    assert away == [index for index in waits if kind_of(index) == ("a",)] != []
    assert indexes.missing() == {("b",): 3}


def test_what_is_on_disk_counts():
    wanted = dict.fromkeys(KINDS, 3)
    indexes = ByShares({0, 1, 2, 3}, [0, 1, 2], kind_of, wanted, print, print)
    there = Counter(map(kind_of, [0, 1, 2]))
    assert indexes.missing() == {kind: 3 - there[kind] for kind in KINDS if there[kind] < 3}
    assert indexes.next() == 4


class Biased(FakeBackend):
    """Mostly repeats itself where it is asked for mathematics, and answers after any delay."""

    async def complete(self, prompt, sampling, n=1):
        await asyncio.sleep(self.order.random() / 500)
        [done] = await super().complete(prompt, sampling)
        if TASKS["math"] in self.tokenizer.decode(prompt) and sampling.seed % 4:
            done = replace(done, text="Add 2 and 2, please.")
        return [done]


async def generated(checkpoint, path, n, in_flight, seed=0, more=""):
    text = f"[run]\nbackend = 'fake'\nn = {n}\nseed = 4\nin_flight = {in_flight}\n{more}"
    recipe = parse_recipe(f"{text}\n[control]\ntasks = 'math=2,code,advice'")
    recipe.run.checkpoint = checkpoint
    plugins = load_plugins()
    plan = make_plan(recipe, plugins)
    backend = await Biased.open(EngineSettings(checkpoint=checkpoint))
    backend.order = random.Random(seed)
    there = path.exists()
    with (
        RunFolder.open(path, write=True)
        if there
        else RunFolder.create(path, contents(plan, plugins, {}))
    ) as folder:
        await Generation(plan, folder, backend).run()
        return {
            record.index: (record.instruction, record.extra["control_task"])
            for record in folder.records()
        }


def shares(found):
    return Counter(task for _, task in found.values())


async def test_shares_of_records_are_those_asked_for_though_one_kind_fails_more(
    checkpoint, tmp_path
):
    assert shares(await generated(checkpoint, tmp_path / "run", 100, 12)) == SHARES


async def test_the_records_do_not_depend_on_what_finishes_first(checkpoint, tmp_path):
    alone = await generated(checkpoint, tmp_path / "alone", 60, 1)
    for number, (in_flight, seed) in enumerate([(3, 1), (40, 2), (40, 3)]):
        assert await generated(checkpoint, tmp_path / f"{number}", 60, in_flight, seed) == alone


async def test_more_records_later_keep_the_shares(checkpoint, tmp_path):
    first = await generated(checkpoint, tmp_path / "run", 40, 12)
    found = await generated(checkpoint, tmp_path / "run", 100, 12)
    assert first.items() <= found.items()
    assert shares(found) == SHARES


async def test_a_kind_that_cannot_be_filled_is_named(checkpoint, tmp_path):
    with pytest.raises(ExhaustedError, match="still wanted: math"):
        await generated(checkpoint, tmp_path / "run", 60, 12, more="max_attempts = 90")
