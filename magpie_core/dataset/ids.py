"""A set of records' ids, in about a bit for each where they are numbered, as those of a run are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from magpie_core.run.settled import IndexSet

_MOST_DIGITS = 8
"""Longer numbers may be far apart, and far apart they take more room than text."""
_MOST_SERIES = 16
"""Ways of beginning that are kept as numbers; of more each has few ids."""


class IdSet(Set[str]):
    """A set of texts that can be added to. ``KEY-00000012`` is kept as the number 12 of the series ``KEY-``.

    A million ids of a run take 150 KB, where a set of texts takes 130 MB.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._series: dict[tuple[str, int], IndexSet] = {}
        self._texts: set[str] = set()
        for one in ids:
            self.add(one)

    def add(self, id: str) -> bool:
        """Put ``id`` in; False when it was in already."""
        if (found := _numbered(id)) is not None:
            series, number = found
            numbers = self._series.get(series)
            if numbers is None and len(self._series) < _MOST_SERIES:
                numbers = self._series[series] = IndexSet()
            if numbers is not None:
                return numbers.add(number)
        before = len(self._texts)
        self._texts.add(id)
        return len(self._texts) > before

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, str):
            return False
        if (found := _numbered(id)) is not None and found[0] in self._series:
            return found[1] in self._series[found[0]]
        return id in self._texts

    def __iter__(self) -> Iterator[str]:
        """Each series ascending, then the others in any order."""
        for (begin, digits), numbers in self._series.items():
            for number in numbers:
                yield f"{begin}{number:0{digits}d}"
        yield from self._texts

    def __len__(self) -> int:
        return len(self._texts) + sum(map(len, self._series.values()))


def _numbered(id: str) -> tuple[tuple[str, int], int] | None:
    """What ``id`` begins with and the width it is filled to with zeros, and its number; None without one.

    From these the same text can be made again, so no two ids have the same.
    """
    begin, dash, digits = id.rpartition("-")
    if not dash or not digits or len(digits) > _MOST_DIGITS:
        return None
    if not (digits.isascii() and digits.isdigit()):
        return None
    return (begin + dash, len(digits) if digits[0] == "0" else 0), int(digits)
