"""Whole numbers by weights. Knows nothing of what is shared out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Group = TypeVar("Group", bound=Hashable)


def apportioned(total: int, weights: Mapping[Group, float]) -> dict[Group, int]:
    """How many of ``total`` each group gets: its share, but for less than one; together exactly ``total``.

    What is left after rounding down goes to the largest rests, of equals to the first in ``weights``.
    """
    whole = sum(weights.values())
    exact = {one: total * weight / whole for one, weight in weights.items()}
    take = {one: int(part + 1e-9) for one, part in exact.items()}
    by_rest = sorted(take, key=lambda one: take[one] - exact[one])
    for one in by_rest[: total - sum(take.values())]:
        take[one] += 1
    return take
