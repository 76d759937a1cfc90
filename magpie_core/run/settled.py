"""Which indexes of a run need no further work, in a few bits each. What ``resume`` starts from."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from magpie_core.record import Failure, Record, Rejection

_BITS = 16
_FEW = 400
"""Indexes of one piece that are sooner put in one by one than all at once."""
_MANY = 1 << _BITS
"""Indexes that are put in together."""


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

    def update(self, indexes: Iterable[int]) -> int:
        """Put them in; how many were in already, or came twice."""
        ascending = sorted(indexes)
        before, begin = self._size, 0
        while begin < len(ascending):
            key = ascending[begin] >> _BITS
            end = bisect_left(ascending, (key + 1) << _BITS, begin)
            if end - begin < _FEW:
                for index in ascending[begin:end]:
                    self.add(index)
            else:
                self._put(key, ascending[begin:end])
            begin = end
        return len(ascending) - (self._size - before)

    def _put(self, key: int, indexes: list[int]) -> None:
        """Put in many of one piece: as a number that is written with a digit for each, and read in base 2."""
        last = ((key + 1) << _BITS) - 1
        digits = bytearray(b"0") * (1 << _BITS)
        for index in indexes:
            digits[last - index] = 49  # "1"
        old = int.from_bytes(self._pieces.get(key, b""), "little")
        new = old | int(digits, 2)
        self._pieces[key] = bytearray(new.to_bytes(1 << (_BITS - 3), "little"))
        self._size += new.bit_count() - old.bit_count()

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
    records: Iterable[Sequence[Record]],
    rejections: Iterable[Sequence[Rejection]],
    failures: Iterable[Sequence[Failure]],
) -> Settled:
    """Read each once, keeping only indexes. A record wins over a rejection, both over a failure."""
    settled = Settled()
    accepted, rejected, reasons = settled.accepted, settled.rejected, settled.reasons
    for indexes in _together(records):
        settled.largest = max(settled.largest, max(indexes))
        settled.duplicates += accepted.update(indexes)
    for turned_down in filter(None, rejections):
        settled.largest = max(settled.largest, *(one.index for one in turned_down))
        new = [one for one in turned_down if one.index not in accepted and rejected.add(one.index)]
        settled.duplicates += len(turned_down) - len(new)
        reasons.update((one.step, one.filter, one.reason) for one in new)
    for given_up in filter(None, failures):
        settled.largest = max(settled.largest, *(one.index for one in given_up))
        settled.failed.update(one.index for one in given_up if one.index not in settled)
    return settled


def _together(batches: Iterable[Sequence[Record]]) -> Iterator[list[int]]:
    """The indexes of several batches, so many that they are put in all at once; never none."""
    waiting: list[int] = []
    for batch in batches:
        waiting += [one.index for one in batch]
        if len(waiting) >= _MANY:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
