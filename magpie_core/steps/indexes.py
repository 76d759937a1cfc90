"""Which index is started next. Whatever finishes first, the same indexes end up accepted.

Without shares they go up one by one. With shares, as of tasks and languages, each kind of index is filled
by the lowest ones of it that are accepted: some kinds are turned down more often than others, and what was
asked for is a share of the records, not of the attempts.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import count
from typing import Protocol

from magpie_core.control.drawing import Kind


class Indexes(Protocol):
    """Hands out indexes that are not settled yet."""

    def next(self) -> int | None:
        """The next one to start; None where first one that is in flight must end."""

    def ended(self, index: int, *, accepted: bool) -> None:
        """``index`` is decided, or was given up."""

    def missing(self) -> Mapping[Kind, int]:
        """Of each kind how many are still wanted; nothing where there are no kinds."""


class InOrder:
    """All of them, from the lowest on."""

    def __init__(self, settled: Container[int]) -> None:
        self._left = _unsettled(settled)

    def next(self) -> int | None:
        """The next one; there always is one."""
        return next(self._left)

    def ended(self, index: int, *, accepted: bool) -> None:
        """Nothing follows from it."""

    def missing(self) -> Mapping[Kind, int]:
        """There are no kinds."""
        return {}


class ByShares:
    """As many accepted ones of each kind as are wanted of it, and no more.

    An index waits while all that are in flight of its kind could fill it: whether it is needed depends on
    them. Those above it must not decide whose instruction is a duplicate before it has spoken, so they are
    told that it may still come.

    Args:
        settled: need no further work.
        accepted: of those, the ones that are records.
        kind_of: of an index.
        wanted: how many of each kind.
        may_come: told of an index that waits.
        stays_away: told of one that waited and is not needed.
    """

    def __init__(
        self,
        settled: Container[int],
        accepted: Iterable[int],
        kind_of: Callable[[int], Kind],
        wanted: Mapping[Kind, int],
        may_come: Callable[[int], None],
        stays_away: Callable[[int], None],
    ) -> None:
        there = Counter(map(kind_of, accepted))
        self._kind_of = kind_of
        self._missing = {kind: number - there[kind] for kind, number in wanted.items()}
        self._room = dict(self._missing)
        """Of each kind how many more may be in flight."""
        self._waiting: dict[Kind, deque[int]] = {kind: deque() for kind in wanted}
        self._unseen = _unsettled(settled)
        self._may_come = may_come
        self._stays_away = stays_away

    def next(self) -> int | None:
        """The lowest one whose kind has room."""
        ready = [one for one, waiting in self._waiting.items() if waiting and self._room[one] > 0]
        if ready:
            index = self._waiting[min(ready, key=lambda one: self._waiting[one][0])].popleft()
        elif (found := self._seek()) is None:
            return None
        else:
            index = found
        self._room[self._kind_of(index)] -= 1
        return index

    def ended(self, index: int, *, accepted: bool) -> None:
        """Make room for another of its kind, or let those go that waited for it."""
        kind = self._kind_of(index)
        if not accepted:
            self._room[kind] += 1
            return
        self._missing[kind] -= 1
        if self._missing[kind] <= 0:
            for one in self._waiting[kind]:
                self._stays_away(one)
            self._waiting[kind].clear()

    def missing(self) -> Mapping[Kind, int]:
        """Of each kind how many are still wanted."""
        return {kind: number for kind, number in self._missing.items() if number > 0}

    def _seek(self) -> int | None:
        """The lowest one not looked at yet whose kind has room; what must wait is put aside."""
        while any(room > 0 for room in self._room.values()):
            index = next(self._unseen)
            kind = self._kind_of(index)
            if self._room[kind] > 0:
                return index
            if self._missing[kind] > 0:
                self._waiting[kind].append(index)
                self._may_come(index)
        return None


def _unsettled(settled: Container[int]) -> Iterator[int]:
    return (index for index in count() if index not in settled)
