"""How many of each group, by arithmetic. Knows no table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from magpie_core.apportion import apportioned
from magpie_core.errors import UsageError

Group = TypeVar("Group", bound=Hashable)


def even(sizes: Mapping[Group, int], n: int | None) -> dict[Group, int]:
    """As many of each group as of the others.

    With ``n``, groups that have too few give all they have and the others share what is missing; what
    cannot be shared evenly goes one by one to the largest groups, of equals to the first in ``sizes``.
    Without, each group gives as many as the smallest has.
    """
    if n is None:
        least = min(sizes.values(), default=0)
        return dict.fromkeys(sizes, least)
    take = dict.fromkeys(sizes, 0)
    left = min(n, sum(sizes.values()))
    open_groups = sorted(sizes, key=lambda one: -sizes[one])
    while left:
        open_groups = [one for one in open_groups if take[one] < sizes[one]]
        each = left // len(open_groups)
        if not each:
            for one in open_groups[:left]:
                take[one] += 1
            break
        for one in open_groups:
            given = min(each, sizes[one] - take[one])
            take[one] += given
            left -= given
    return take


def proportional(
    sizes: Mapping[Group, int], weights: Mapping[Group, float], n: int | None
) -> dict[Group, int]:
    """As many of each group as its weight says: exactly so, but for less than one row by rounding.

    Where a group has too few, the others give less too, so the result may be smaller than ``n``.

    Args:
        sizes: of every group.
        weights: of those that are wanted, above 0; the others give none.
        n: how many; None for as many as can be.
    """
    shares = {one: weight / sum(weights.values()) for one, weight in weights.items()}
    most = min(int(sizes.get(one, 0) / share) + 1 for one, share in shares.items())
    total = most if n is None else min(n, most)
    while any(count > sizes.get(one, 0) for one, count in apportioned(total, weights).items()):
        total -= 1
    return dict.fromkeys(sizes, 0) | apportioned(total, weights)


def capped(groups: Sequence[Sequence[int]], shares: Sequence[float], n: int | None) -> list[int]:
    """Which rows to take, the first ones first, so that no group has more than its share of what is taken.

    Rows are taken in order while their groups have room in a result of ``n``. When fewer than ``n`` come
    together, the result is smaller and so is the room: it is done again until it holds.

    Args:
        groups: for each quota the group of every row, from 0.
        shares: for each quota the largest share of one group.
        n: how many; None for as many as can be.

    Returns:
        Places of the rows taken, ascending.

    Raises:
        UsageError: not even one row of each group fits.
    """
    rows = len(groups[0])
    wanted = rows if n is None else min(n, rows)
    for own, share in zip(groups, shares, strict=True):
        wanted = _most(own, share, wanted)
    while True:
        rooms = [_room(share, wanted) for share in shares]
        taken = _greedy(groups, rooms, wanted)
        if len(taken) == wanted:
            break
        wanted = len(taken)
    if rows and not taken:
        raise UsageError(
            "the quotas cannot be met: too few different values for such small shares",
            hint="a share of 0.1 needs at least 10 values; give larger shares",
        )
    return taken


def _most(groups: Sequence[int], share: float, n: int) -> int:
    """How many rows one quota alone leaves: cheap, and a bound for all of them together."""
    sizes: dict[int, int] = {}
    for one in groups:
        sizes[one] = sizes.get(one, 0) + 1
    while True:
        room = _room(share, n)
        fits = min(n, sum(min(one, room) for one in sizes.values()))
        if fits == n:
            return n
        n = fits


def _room(share: float, n: int) -> int:
    return int(share * n + 1e-9)  # 0.1 * 30 is a little less than 3


def _greedy(groups: Sequence[Sequence[int]], rooms: Sequence[int], most: int) -> list[int]:
    counts: list[dict[int, int]] = [{} for _ in groups]
    taken: list[int] = []
    for at, own in enumerate(zip(*groups, strict=True)):
        if len(taken) == most:
            break
        if all(counts[k].get(one, 0) < rooms[k] for k, one in enumerate(own)):
            for k, one in enumerate(own):
                counts[k][one] = counts[k].get(one, 0) + 1
            taken.append(at)
    return taken
