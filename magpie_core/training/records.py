"""The records a recipe trains on: of a run or a file, all or a selection, with what steps added to them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Self

import msgspec

from magpie_core.choices import nearest
from magpie_core.dataset.added import AddedColumns
from magpie_core.dataset.columns import current_folders
from magpie_core.dataset.conversation import reasonings_of
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import UsageError
from magpie_core.export.best import best_place, with_best
from magpie_core.export.exporter import Exporter
from magpie_core.export.pairs import PairRows, pair_of
from magpie_core.export.reasoning import Way, with_reasoning, without_reasoning
from magpie_core.record import Record, Turn
from magpie_core.run.kind import wanted
from magpie_core.run.manifest import read_manifest

Progress = Callable[[str, int, int | None], None]
_TOLD_EVERY = 1000
SAMPLES = 20
"""Conversations the chat template is tried on."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of the records in one reading."""

    rows: int
    left_out: int
    """Records without what the format needs."""
    systems: int
    """Rows with a system prompt."""
    longer: int
    """Rows with more than one question."""
    reasoned: int
    """Rows whose answers were thought about, which is not in them."""
    samples: list[list[Turn]]
    """The first conversations, as they are trained on."""


class Records:
    """The records of ``source``, as often as they are asked for; a context manager that frees what it holds.

    Args:
        source: a run, of which as many count as it was asked for, or a file.
        selection: name of a selection that was made of it.
        best: a set of preferences, whose highest-rated response takes the place of a record's own.
        reasoning: in front of the answers, or nowhere; None leaves it in its column, which is not trained on.
        progress: told what is being done, how many records so far, and of how many (None: unknown).

    Raises:
        UsageError: no selection or set of that name, or the columns belong to a file that was changed.
    """

    def __init__(
        self,
        source: Source,
        selection: str | None = None,
        *,
        best: str | None = None,
        reasoning: Way | None = None,
        progress: Progress | None = None,
    ) -> None:
        if best is not None:
            require_set(source, best)
        self.source = source
        self.unrated = 0
        """Records without a rated response, at the last reading."""
        self._best = best
        self._progress = progress
        self._readings = 0
        self._changes = {"keep": with_reasoning, "drop": without_reasoning}.get(reasoning or "")
        self._stack = ExitStack()
        self._read: Callable[[], Iterator[Record]] = self._all
        try:
            current_folders(source)
            if selection is not None:
                from magpie_core.selection.select import selected

                self._read = self._stack.enter_context(selected(source, selection)).records
            else:
                added = AddedColumns(source.place, self._quietly, source.on_damage)
                self._added = self._stack.enter_context(added)
        except BaseException:
            self._stack.close()
            raise

    def __iter__(self) -> Iterator[Record]:
        self.unrated = 0
        self._readings += 1
        what = "looking at the records" if self._readings == 1 else "reading the records again"
        for count, record in enumerate(self._read()):
            if self._progress is not None and count % _TOLD_EVERY == 0:
                self._progress(what, count, None)
            if self._best is not None:
                if best_place(record, self._best) is None:
                    self.unrated += 1
                    continue
                record = with_best(record, self._best)
            yield record if self._changes is None else self._changes(record)
        self.source.on_damage = None  # each row was named once

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _quietly(self) -> Iterator[Record]:
        """All records for the names of their columns: damage is named when they are looked at."""
        told, self.source.on_damage = self.source.on_damage, None
        try:
            yield from self.source.records()
        finally:
            self.source.on_damage = told

    def _all(self) -> Iterator[Record]:
        most = None
        if isinstance(self.source, RunSource):
            most = wanted(read_manifest(self.source.path), str(self.source.path))
        return islice(map(self._added.with_them, self.source.records()), most)


def exporter_for(kind: type[Exporter], source: Source, preferences: str | None) -> Exporter:
    """The exporter, told which pairs are meant.

    Raises:
        UsageError: there is no such set of pairs, or several and none is named.
    """
    made = kind()
    if not isinstance(made, PairRows):
        return made
    if preferences is not None:
        require_set(source, preferences)
    there = _sets(source)
    if preferences is None and len(there) > 1:
        raise UsageError(
            f"there are several sets of preferences: {', '.join(there)}",
            hint=f"--preferences {there[0]}",
        )
    made.preferences = preferences
    return made


def require_set(source: Source, name: str) -> None:
    """See that there are preferences of that name.

    Raises:
        UsageError: there are none.
    """
    there = _sets(source)
    if name in there:
        return
    near, path = nearest(name, there), shlex.quote(str(source.path))
    raise UsageError(
        f"no preferences `{name}` in `{source.path}` (there are: {', '.join(there) or 'none'})",
        hint=f"did you mean `{near[0]}`?"
        if near
        else f"magpie prefer {path} --as {shlex.quote(name)} --reward C",
    )


def _sets(source: Source) -> list[str]:
    return sorted(one.parent.name for one in source.place.glob("preferences/*/columns.toml"))


def look_at(records: Records, exporter: Exporter) -> Survey:
    """Read all of ``records``, and say what a trainer will meet.

    Raises:
        UsageError: none of them is anything that ``exporter`` takes.
    """
    rows = left_out = systems = longer = reasoned = 0
    samples: list[list[Turn]] = []
    for record in records:
        if not exporter.takes(record):
            left_out += 1
            continue
        rows += 1
        turns = _learned(record, exporter)
        systems += turns[0].role == "system"
        longer += sum(one.role == "user" for one in turns) > 1
        reasoned += any(reasonings_of(record))
        if len(samples) < SAMPLES:
            samples.append(turns)
    left_out += records.unrated
    if not rows:
        raise _nothing(records, exporter, left_out)
    return Survey(
        rows=rows,
        left_out=left_out,
        systems=systems,
        longer=longer,
        reasoned=reasoned,
        samples=samples,
    )


def _nothing(records: Records, exporter: Exporter, left_out: int) -> UsageError:
    source = records.source
    path = shlex.quote(str(source.path))
    needs = "a rated response" if records.unrated == left_out else exporter.needs
    what = f"none of {left_out:,} records has {needs}" if left_out else "there are no records"
    if left_out and (records.unrated or isinstance(exporter, PairRows)):
        hint = f"magpie prefer {path} --reward C"
    elif isinstance(source, RunSource):
        hint = f"see what is there: magpie status {path}"
    else:
        hint = f"say where answers are: magpie import {path} --columns instruction=A,response=B -o runs/in"
    return UsageError(what, hint=hint)


def _learned(record: Record, exporter: Exporter) -> list[Turn]:
    """The conversation that is trained on: of a pair the prompt with the chosen answer."""
    if not isinstance(exporter, PairRows):
        return record.turns
    pair = pair_of(record, exporter.preferences)
    assert pair is not None  # `takes` says so
    return [msgspec.convert(one, Turn) for one in (*pair.prompt, pair.chosen)]
