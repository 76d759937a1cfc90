"""Which indexes of a run need no further work, in a few bits each. What ``resume`` starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from magpie_core.record import Failure, Record, Rejection

_BITS = 16


class IndexSet:
    """A set of integers as a bitmap in pieces: about one bit for each index up to the largest.

    In pieces, so that one absurd index in an edited file costs 8 KiB and not the memory.
    """

    def __init__(self, indexes: Iterable[int] = ()) -> None:
        self._pieces: dict[int, bytearray] = {}
        self._size = 0
        for index in indexes:
            self.add(index)

    def add(self, index: int) -> bool:
        """Put ``index`` in; False when it was in already."""
        key, at = index >> _BITS, index & ((1 << _BITS) - 1)
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = bytearray(1 << (_BITS - 3))
        bit = 1 << (at & 7)
        if piece[at >> 3] & bit:
            return False
        piece[at >> 3] |= bit
        self._size += 1
        return True

    def __contains__(self, index: object) -> bool:
        if not isinstance(index, int):
            return False
        piece = self._pieces.get(index >> _BITS)
        at = index & ((1 << _BITS) - 1)
        return piece is not None and bool(piece[at >> 3] & (1 << (at & 7)))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        """Ascending."""
        for key in sorted(self._pieces):
            base = key << _BITS
            for byte, bits in enumerate(self._pieces[key]):
                for bit in range(8) if bits else ():
                    if bits & (1 << bit):
                        yield base + byte * 8 + bit


@dataclass
class Settled:
    """The state of a run's indexes. ``index in settled``: it was accepted or turned down."""

    accepted: IndexSet = field(default_factory=IndexSet)
    rejected: IndexSet = field(default_factory=IndexSet)
    """Turned down, and not accepted as well."""
    failed: IndexSet = field(default_factory=IndexSet)
    """Given up on, and neither accepted nor turned down since: ``resume`` tries them again."""
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often, by (step, filter, reason); each index of ``rejected`` counts once."""
    duplicates: int = 0
    """Lines about an index that an earlier line had settled already; the first one counts."""
    largest: int = -1
    """The largest index seen anywhere; -1 in an empty run."""
    damaged: int = 0
    """Lines that could not be read."""

    def __contains__(self, index: object) -> bool:
        return index in self.accepted or index in self.rejected


def settle(
    records: Iterable[Record], rejections: Iterable[Rejection], failures: Iterable[Failure]
) -> Settled:
    """Read each once, keeping only indexes. A record wins over a rejection, both over a failure."""
    settled = Settled()
    for record in records:
        settled.largest = max(settled.largest, record.index)
        if not settled.accepted.add(record.index):
            settled.duplicates += 1
    for rejection in rejections:
        index = rejection.index
        settled.largest = max(settled.largest, index)
        if index in settled.accepted or not settled.rejected.add(index):
            settled.duplicates += 1
        else:
            settled.reasons[rejection.step, rejection.filter, rejection.reason] += 1
    for failure in failures:
        settled.largest = max(settled.largest, failure.index)
        if failure.index not in settled:
            settled.failed.add(failure.index)
    return settled
