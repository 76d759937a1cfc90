"""Which record of a group of near-duplicates stays: the first, or the best by a column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from magpie_core.dataset.columns import check_current, column_folders, read_added
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.neighbours.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OWN = ("neighbours/",)
"""Columns of earlier searches choose nothing."""

TOKENS = ("instruction_tokens", "response_tokens")
"""Numbers that a run's records have beside their own columns."""


def keep(group: NDArray[np.int64], values: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """One row of each group: of the highest value, of equal ones the first; NaN comes last.

    Args:
        group: lowest row of each row's group.
        values: of the column that chooses; None for the first row.
    """
    import numpy as np

    rows = np.arange(len(group))
    if values is None:
        return np.asarray(group == rows)
    order = np.lexsort((rows, np.where(np.isnan(values), np.inf, -values), group))
    leads = np.ones(len(group), np.bool_)
    leads[1:] = group[order][1:] != group[order][:-1]
    stays = np.zeros(len(group), np.bool_)
    stays[order[leads]] = True
    return stays


def read_values(rows: Rows, column: str) -> NDArray[np.float64]:
    """The numbers in ``column``, of the records or of the columns beside them; NaN where there is none.

    Raises:
        UsageError: no record has the column (the near names are said), or none has a number in it.
    """
    import numpy as np

    values = np.full(len(rows), np.nan)
    known: set[str] = set()
    there = False
    for number, source in enumerate(rows.sources):
        begin, end = rows.begins[number : number + 2]
        places = {one: begin + at for at, one in enumerate(rows.ids[begin:end])}
        for id, columns in _columns(source):
            known.update(columns)
            if column in columns and id in places:
                there = True
                values[places[id]] = _number(columns[column])
    if not there:
        raise _no_column(column, known)
    if np.isnan(values).all():
        raise UsageError(
            f"no record has a number in `{column}`, so none is the best",
            hint="choose a column of numbers: --best instruct_reward",
        )
    return values


def _columns(source: Source) -> Iterator[tuple[str, dict[str, object]]]:
    for record in source.records():
        whence = record.provenance
        counts = {} if whence is None else {name: getattr(whence, name) for name in TOKENS}
        yield record.id, {**counts, **record.extra}
    for name, folder in column_folders(source.place).items():
        if not name.startswith(OWN):
            check_current(source, folder)
            for added in read_added(folder):
                yield added.id, added.columns


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value)


def _no_column(column: str, known: set[str]) -> UsageError:
    from magpie_core.choices import nearest

    near: Sequence[str] = nearest(column, known)
    there = ", ".join(sorted(known)) or "none"
    return UsageError(
        f"no record has the column `{column}` (there are: {there})",
        hint=f"did you mean `{near[0]}`?" if near else "add it first, see: magpie tag --help",
    )
