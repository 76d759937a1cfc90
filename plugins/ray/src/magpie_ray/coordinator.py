"""Leads all workers of a run: hands out indexes, settles twins, counts. An actor when it stands on Ray.

It has the core's ``OwnLead`` inside, so what it decides is what one process alone would decide. Samples
nothing and writes no record. Knows no Ray.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from functools import reduce
from math import ceil
from pathlib import Path
from typing import Any

from magpie_core.errors import ExhaustedError, MagpieError
from magpie_core.plan import Plan
from magpie_core.plugins import load_plugins
from magpie_core.run.folder import RunFolder
from magpie_core.run.workers import worker_name
from magpie_core.steps.judging import Objection
from magpie_core.steps.lead import OwnLead
from magpie_core.steps.tally import Tally, tally_of
from magpie_ray.again import plan_again
from magpie_ray.left import left_on_disk
from magpie_ray.messages import (
    Answer,
    Begin,
    Counts,
    Decide,
    End,
    Ended,
    Event,
    Leave,
    Meet,
    Report,
    View,
    Word,
)
from magpie_ray.stats import added


@dataclass
class Desk:
    """One worker, as the coordinator knows it."""

    asked: int = 0
    given: int = 0
    accepted: int = 0
    leased: set[int] = field(default_factory=set)
    """Indexes it has that have not ended."""
    words: list[Word] = field(default_factory=list)
    """To be said to it with the next answer."""
    counts: Counts = field(default_factory=Counts)
    gone: bool = False
    waiting: asyncio.Future[None] | None = None
    """Of its call that waits until there is something to say."""

    def say(self, *words: Word) -> None:
        """Say ``words`` as soon as it listens."""
        if not self.gone:
            self.words += words
            self.answer()

    def answer(self) -> None:
        """Let its waiting call return."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)
        self.waiting = None

    def take_words(self) -> list[Word]:
        """What there is to say, once."""
        words, self.words = self.words, []
        return words


class Coordinator:
    """One for each session of a run.

    Args:
        run: the run folder, whose lock the driver holds.
        recipe: of this session, as JSON.
    """

    def __init__(self, run: str, recipe: bytes) -> None:
        self._run = Path(run)
        self._recipe = recipe
        self._desks: dict[int, Desk] = {}
        self._texts: dict[int, str] = {}
        """Instructions that got past their filters, of indexes that have not ended."""
        self._tally = Tally(0)
        self._lead: OwnLead | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._remembered = (0, 0)
        self._over = False
        self._error: Exception | None = None

    async def remember(self) -> MagpieError | None:
        """Take in what is on disk; why not, where that fails."""
        try:
            plan = plan_again(self._run, self._recipe, load_plugins())
            self.begin(plan, RunFolder.open(self._run, write=False))
            await self._leader().remember(self._note_remembered)
        except MagpieError as error:
            return error
        return None

    def begin(self, plan: Plan, folder: RunFolder) -> None:
        """Lead ``plan`` into ``folder``."""
        self._tally = tally_of(folder.settled(), plan.recipe.run.n)
        self._lead = OwnLead(plan, folder, self._tally)

    async def join(self, number: int) -> None:
        """The worker ``number`` begins."""
        self._desks[number] = Desk()

    async def exchange(self, number: int, report: Report) -> list[Word]:
        """Hear a worker out, and answer as soon as there is something to say, or it calls again."""
        desk = self._desks[number]
        if desk.gone:
            return [End()]
        desk.asked, desk.counts = report.asked, report.counts
        for event in report.events:
            self._hear(desk, number, event)
        self._go_on()
        desk.answer()  # the call before this one
        if not desk.words and not self._over:
            desk.waiting = asyncio.get_running_loop().create_future()
            await desk.waiting
        return [*desk.take_words(), *([End()] if self._over else [])]

    async def lost(self, number: int) -> int:
        """The worker ``number`` is gone: what it has not put on disk is given to others.

        Returns:
            how many indexes that are.
        """
        desk = self._desks.get(number)
        if desk is None or desk.gone:
            return 0
        desk.answer()
        desk.gone = True
        found = await asyncio.to_thread(
            left_on_disk, self._run, worker_name(number), frozenset(desk.leased)
        )
        for ended, text in found:
            self._texts.setdefault(ended.index, text or "")
            self._leader().leave(ended.index)
            self._end(desk, ended)
        given = sorted(desk.leased)
        desk.leased.clear()
        for index in given:
            self._leader().give_back(index)
        self._go_on()
        return len(given)

    async def look(self) -> View:
        """How far the run is."""
        tally = self._tally
        return View(
            tally.accepted,
            dict(tally.rejected),
            tally.failed,
            _sum(self._desks.values()),
            {number: desk.accepted for number, desk in self._desks.items()},
            self._remembered,
            self._over,
            self._error,
        )

    async def stop(self) -> None:
        """Let all workers end."""
        self._over = True
        for desk in self._desks.values():
            desk.answer()
        for task in self._tasks:
            task.cancel()
        if self._lead is not None:
            await self._lead.close()

    def _hear(self, desk: Desk, number: int, event: Event) -> None:
        match event:
            case Meet(index, text):
                self._texts[index] = text
                self._later(self._meet(desk, index, text))
            case Leave(index):
                self._leader().leave(index)
            case Decide(index):
                self._later(self._decide(desk, index))
            case Ended():
                self._end(desk, event)

    def _end(self, desk: Desk, ended: Ended) -> None:
        tally, index = self._tally, ended.index
        if ended.accepted:
            tally.accepted += 1
            desk.accepted += 1
        elif ended.why is not None:
            tally.rejected[ended.why] += 1
        else:
            tally.failed += 1
        given_up = not ended.accepted and ended.why is None
        desk.leased.discard(index)
        text = self._texts.pop(index, None)
        self._leader().ended(index, None if given_up else text, accepted=ended.accepted)

    def _go_on(self) -> None:
        """Hand out what can begin now; end where nothing is left to do."""
        try:
            if self._leader().is_over():
                self._over = True
        except ExhaustedError as error:
            self._over, self._error = True, error
        desks = [one for one in self._desks.values() if not one.gone]
        if self._over:
            for desk in desks:
                desk.answer()
            return
        # Towards the end what is left is shared, so that no engine has it all while others stand idle.
        most = max(1, ceil((self._tally.wanted - self._tally.accepted) / max(1, len(desks))))
        for desk in sorted(desks, key=lambda one: len(one.leased)):
            begin: list[int] = []
            while desk.given < desk.asked and len(desk.leased) < most:
                if (index := self._leader().next()) is None:
                    break
                desk.given += 1
                desk.leased.add(index)
                begin.append(index)
            if begin:
                desk.say(Begin(begin))

    async def _meet(self, desk: Desk, index: int, text: str) -> None:
        try:
            found = await self._leader().meet(index, text)
        except Exception as error:  # it costs this index, as it would where one process does it all
            desk.say(Answer("meet", index, None, _reason(error)))
        else:
            desk.say(Answer("meet", index, _plain(found)))

    async def _decide(self, desk: Desk, index: int) -> None:
        found = await self._leader().decide(index, self._texts.get(index, ""))
        desk.say(Answer("decide", index, _plain(found)))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note_remembered(self, done: int, total: int) -> None:
        self._remembered = (done, total)

    def _leader(self) -> OwnLead:
        assert self._lead is not None, "nothing was remembered yet"
        return self._lead


def _plain(objection: Objection | None) -> tuple[str, str] | None:
    return None if objection is None else (objection.reason, objection.by)


def _reason(error: Exception) -> str:
    reason = str(error).strip() or type(error).__name__
    return reason if isinstance(error, MagpieError) else f"{type(error).__name__}: {reason}"


def _sum(desks: Iterable[Desk]) -> Counts:
    """Of all desks; what runs now only of those that are not gone."""
    return reduce(_add, desks, Counts())


def _add(sum: Counts, desk: Desk) -> Counts:
    one, here = desk.counts, not desk.gone
    return Counts(
        sum.instructions + one.instructions,
        sum.tokens + one.tokens,
        sum.response_tokens + one.response_tokens,
        sum.in_flight + one.in_flight * here,
        added(sum.stats, one.stats, here=here),
    )
