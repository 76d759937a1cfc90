"""Some records of a source, by chance: the same ones for the same seed, in whatever order records come."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from magpie_core.record import Record


@dataclass(frozen=True)
class Sample:
    """What was read of a source."""

    records: int
    """All of them."""
    texts: list[str]
    """Instructions of the chosen ones. The first of them are the sample of a smaller size."""
    own_distances: tuple[float, int]
    """Sum and number of the records' own ``min_neighbor_distance``, as published sets have it."""


def sample_of(records: Iterable[Record], size: int, seed: int) -> Sample:
    """Read all records and choose ``size`` of them, or all there are."""
    chosen: list[tuple[int, int, str]] = []  # a heap whose top has the highest draw
    count, total, with_distance = 0, 0.0, 0
    for record in records:
        drawn = blake2b(f"{seed}:{record.id}".encode("utf-8", "surrogatepass"), digest_size=8)
        entry = (-int.from_bytes(drawn.digest()), -count, record.instruction)
        if len(chosen) < size:
            heapq.heappush(chosen, entry)
        else:
            heapq.heappushpop(chosen, entry)
        distance = record.extra.get("min_neighbor_distance")
        if isinstance(distance, int | float) and not isinstance(distance, bool):
            total += distance
            with_distance += 1
        count += 1
    texts = [text for _, _, text in sorted(chosen, reverse=True)]
    return Sample(count, texts, (total, with_distance))
