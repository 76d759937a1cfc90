"""A set of 64-bit digests in 12 to 25 bytes each, where a dictionary takes a hundred and more."""

from __future__ import annotations

from array import array

_FIRST_SLOTS = 1024
_FULLEST = 0.65
"""Share of the slots that may be taken before there are twice as many."""


class DigestSet:
    """Digests in one flat table, found by linear probing. They are random already, so no hash is needed."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._size = 0

    def add(self, digest: int) -> None:
        """Put ``digest`` in."""
        digest = digest or 1  # zero marks a free slot
        at = self._find(digest)
        if self._slots[at]:
            return
        self._slots[at] = digest
        self._size += 1
        if self._size > _FULLEST * len(self._slots):
            self._grow()

    def __contains__(self, digest: int) -> bool:
        return bool(self._slots[self._find(digest or 1)])

    def __len__(self) -> int:
        return self._size

    def _find(self, digest: int) -> int:
        """The slot that holds ``digest``, or the free one where it would go."""
        slots, mask = self._slots, len(self._slots) - 1
        at = digest & mask
        while slots[at] and slots[at] != digest:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        """Move all to a table of twice as many slots; written out, since a million are moved twice."""
        slots = array("Q", bytes(16 * len(self._slots)))
        mask = len(slots) - 1
        for digest in self._slots:
            if digest:
                at = digest & mask
                while slots[at]:
                    at = (at + 1) & mask
                slots[at] = digest
        self._slots = slots
