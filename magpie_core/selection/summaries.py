"""Numbers over all records inside an expression over one: a quantile, a mean. Knows no table.

``rip_reward_gap <= quantile_cont(rip_reward_gap, 0.25)`` compares each record with one number, which is
computed first and written in its place.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from magpie_core.selection.expression import Node, cast, nothing, walk

SUMMARIES = frozenset(
    {"avg", "max", "mean", "median", "min", "quantile", "quantile_cont", "quantile_disc"}
    | {"stddev", "stddev_pop", "stddev_samp"}
)
"""DuckDB's aggregates that give one number; all others are refused by DuckDB itself."""


def with_summaries(node: Node, compute: Callable[[Node], float | None]) -> Node:
    """``node`` with every call of a summary replaced by its number.

    Args:
        node: the expression.
        compute: the number a call gives; None where no record has a value.
    """
    node = copy.deepcopy(node)
    for one in walk(node):
        if one.get("class") == "FUNCTION" and one.get("function_name") in SUMMARIES:
            number = compute(copy.deepcopy(one))
            one.clear()
            one |= nothing() if number is None else cast(repr(number), "DOUBLE")
    return node
