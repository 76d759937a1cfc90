"""The structs of a folder of parts by the batch: less work for each line, where there are a million.

What is damage, and where it is, ``parts.py`` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from magpie_core.run.atomic import storage_errors
from magpie_core.run.parts import Entry, OnDamage, all_parts, each, still_growing

BATCH_BYTES = 64 * 1024
"""Lines that are read together. Four times as many take longer: they do not fit near the processor."""
T = TypeVar("T")


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Structs of lines that follow each other."""

    path: Path
    numbers: Sequence[int]
    """Their line numbers, from 1. Lines that cannot be read, and blank ones, are in neither."""
    structs: list[T]


def read_batches(
    folder: Path, type: type[T], on_damage: OnDamage | None = None
) -> Iterator[Batch[T]]:
    """As ``read_parts``, a batch at a time.

    Raises:
        StorageError: a part cannot be read at all.
    """
    decode = msgspec.json.Decoder(type).decode
    paths = all_parts(folder)
    growing = still_growing(paths)
    for path in paths:
        start = Entry(path, 1, 0)
        with storage_errors(path, "read"), path.open("rb") as file:
            while lines := file.readlines(BATCH_BYTES):
                yield _batch(start, lines, decode, path in growing, on_damage)
                start = Entry(path, start.number + len(lines), start.offset + sum(map(len, lines)))


def _batch(
    start: Entry,
    lines: list[bytes],
    decode: Callable[[bytes], T],
    growing: bool,
    on_damage: OnDamage | None,
) -> Batch[T]:
    if lines[-1].endswith(b"\n"):
        try:
            structs = list(map(decode, lines))
        except (ValueError, RecursionError):
            pass  # one of them: which, is found line by line
        else:
            numbers = range(start.number, start.number + len(lines))
            return Batch(start.path, numbers, structs)
    found = list(each(start, lines, decode, growing, on_damage))
    return Batch(start.path, [entry.number for entry, _ in found], [one for _, one in found])
