"""What a worker that is gone left on disk of the indexes it had. Reads only its own parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from magpie_core.record import Failure, Record, Rejection
from magpie_core.run.folder import FOLDERS
from magpie_core.run.parts import read_writer
from magpie_ray.messages import Ended

Item = TypeVar("Item", Record, Rejection, Failure)


def left_on_disk(run: Path, worker: str, leased: frozenset[int]) -> list[tuple[Ended, str | None]]:
    """The ends of ``leased`` that are on disk, each with its instruction where it got past the filters.

    A line that was still on its way when the worker died counts for nothing: its index begins once more, with
    the same seed.
    """
    if not leased:
        return []

    def lines(kind: type[Item]) -> Iterator[Item]:
        found = read_writer(run / FOLDERS[kind], worker, kind)
        return (one for one in found if one.index in leased)

    ends: dict[int, tuple[Ended, str | None]] = {}
    for record in lines(Record):
        ends[record.index] = Ended(record.index, accepted=True), record.instruction
    for one in lines(Rejection):
        text = one.instruction if one.step == "response" else one.text
        ends.setdefault(one.index, (Ended(one.index, why=(one.step, one.reason)), text))
    return list(ends.values())
