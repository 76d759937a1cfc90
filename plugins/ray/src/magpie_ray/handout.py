"""Hands out the records to tag, each to one worker, and counts. An actor when it stands on Ray.

Reads the source once, as it goes; what a lost worker had and has not written is handed out again. Tags
nothing, writes nothing, and knows no Ray.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from math import ceil
from pathlib import Path

from magpie_core.backend import EngineStats
from magpie_core.dataset.columns import Added, read_added
from magpie_core.dataset.source import Source, open_source
from magpie_core.errors import MagpieError
from magpie_core.run.parts import read_writer
from magpie_core.run.workers import worker_name
from magpie_core.tagging.step import HOPELESS
from magpie_ray.stats import added
from magpie_ray.tag_messages import Far, Handed, TaggerWork, TagReport, TagView

LEFT_SHARE = 4
"""A worker gets at most this part of its share of what is left, so that all end at about the same time."""
MOST_CHARACTERS = 2**20
"""A handful of gigantic rows is enough for one call."""


@dataclass
class Desk:
    """One worker, as it is known here."""

    has: dict[str, Handed] = field(default_factory=dict)
    """Records that were handed to it and are not settled, with the columns that are still to come."""
    brought: int = 0
    report: TagReport | None = None
    gone: bool = False


class Handout:
    """One for each call of ``magpie tag``.

    Args:
        source: path of the run or the file.
        limit: only so many records, from the first.
        taggers: whose columns are wanted.
        wanted: about how many records are to be handed out.
        workers: how many ask.
    """

    def __init__(
        self, source: str, limit: int | None, taggers: list[TaggerWork], wanted: int, workers: int
    ) -> None:
        self._path = source
        self._limit = limit
        self._taggers = taggers
        self._left = wanted
        self._workers = workers
        self._source: Source | None = None
        self._records: Iterator[Handed] | None = None
        self._again: deque[Handed] = deque()
        self._all_read = False
        self._stopped = False
        self._desks: dict[int, Desk] = {}
        self._tagged: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def join(self, number: int) -> None:
        """The worker ``number`` begins."""
        self._desks[number] = Desk()

    def take(self, number: int, room: int) -> list[Handed] | MagpieError:
        """Records for the worker ``number``, at most ``room``; none when there are no more.

        Returns:
            the error, where the source cannot be read.
        """
        desk = self._desks[number]
        if desk.gone or self._stopped or self._hopeless() is not None:
            return []
        most = min(room, max(1, ceil(self._left / (LEFT_SHARE * self._workers))))
        some: list[Handed] = []
        try:
            characters = 0
            while len(some) < most and characters < MOST_CHARACTERS:
                if (one := self._next()) is None:
                    break
                some.append(one)
                characters += len(one.record.instruction) + len(one.record.response)
                desk.has[one.record.id] = one
        except MagpieError as error:
            return error
        self._left -= len(some)
        return some

    def report(self, number: int, report: TagReport) -> None:
        """What the worker ``number`` did since it was heard last."""
        desk = self._desks[number]
        if desk.gone:
            return
        desk.report = report
        for name, id, tagged in report.settled:
            self._settle(desk, name, id, tagged=tagged)

    def lost(self, number: int) -> int:
        """The worker ``number`` is gone: what it has not put on disk is handed out again.

        Failures it wrote and did not tell of are tried again. They would be by the next call anyway.

        Returns:
            how many records that are.
        """
        desk = self._desks.get(number)
        if desk is None or desk.gone:
            return 0
        desk.gone = True
        for one in self._taggers:
            for line in read_writer(Path(one.folder), worker_name(number), Added):
                self._settle(desk, one.name, line.id, tagged=True)
        given = list(desk.has.values())
        desk.has.clear()
        self._again.extend(given)
        self._left += len(given)
        return len(given)

    def stop(self) -> None:
        """Hand out nothing more, so that all workers end."""
        self._stopped = True

    def look(self) -> TagView:
        """How far the work is."""
        reports = [(desk, desk.report) for desk in self._desks.values() if desk.report]
        far = {
            one.name: Far(
                self._tagged[one.name],
                self._failed[one.name],
                sum(report.retried.get(one.name, 0) for _, report in reports),
                sum(report.cut.get(one.name, 0) for _, report in reports),
            )
            for one in self._taggers
        }
        stats = [added(EngineStats(), report.stats, here=not desk.gone) for desk, report in reports]
        return TagView(
            far,
            reduce(added, stats, EngineStats()),
            {number: desk.brought for number, desk in self._desks.items()},
            self._all_read and not self._again and not any(d.has for d in self._desks.values()),
            self._hopeless(),
        )

    def _settle(self, desk: Desk, name: str, id: str, *, tagged: bool) -> None:
        """Count, unless it was counted; what a worker wrote in an earlier call is none of it."""
        handed = desk.has.get(id)
        if handed is None or name not in handed.names:
            return
        (self._tagged if tagged else self._failed)[name] += 1
        desk.brought += tagged
        left = tuple(one for one in handed.names if one != name)
        if left:
            desk.has[id] = Handed(handed.record, left)
        else:
            del desk.has[id]

    def _hopeless(self) -> str | None:
        """The rule that ends a call in one process, over all workers."""
        for one in self._taggers:
            failed = self._failed[one.name]
            if failed >= HOPELESS and failed > self._tagged[one.name] + one.before:
                return one.name
        return None

    def _next(self) -> Handed | None:
        if self._again:
            return self._again.popleft()
        if self._records is None:
            self._records = self._read()
        one = next(self._records, None)
        self._all_read = self._all_read or one is None
        return one

    def _read(self) -> Iterator[Handed]:
        """The records with columns to come, in the source's order."""
        done = {
            one.name: {line.id for line in read_added(Path(one.folder))} for one in self._taggers
        }
        self._source = open_source(self._path)
        for record in islice(self._source.records(), self._limit):
            names = tuple(name for name, ids in done.items() if record.id not in ids)
            if names:
                yield Handed(record, names)
