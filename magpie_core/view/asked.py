"""What a reader asks for, as SQL: words, labels, ranges, an expression, an order. Reads no row."""

from __future__ import annotations

import math
import shlex
from typing import Any, NamedTuple

import msgspec

from magpie_core.choices import nearest
from magpie_core.errors import UsageError
from magpie_core.run.encode import encode
from magpie_core.selection.catalog import Column
from magpie_core.view.index import Index
from magpie_core.view.marks import MARK

LONGEST = 4_000
"""Characters of a search or an expression."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be shown."""

    search: str = ""
    """Words that all stand in the conversation, in any case; "several in quotes" as they are; -word: not."""
    where: str = ""
    """An expression of ``magpie select --where``."""
    labels: dict[str, list[str | None]] = {}
    """By column: the values to keep, null for rows without one."""
    ranges: dict[str, tuple[float | None, float | None]] = {}
    """By column: from and to, both included, null for no end."""
    sort: str = ""
    """A column; empty for the source's order."""
    descending: bool = False

    def key(self) -> bytes:
        """Equal for those who ask the same."""
        return encode(self)


class Condition(NamedTuple):
    """Part of a WHERE."""

    sql: str
    values: list[Any]


def words(text: str) -> list[tuple[str, bool]]:
    """The words of a search in lower case, and whether each is wanted.

    Raises:
        UsageError: it is longer than any search needs to be.
    """
    _check_length(text, "the search")
    parts = shlex.shlex(text, posix=True)
    parts.whitespace_split, parts.commenters, parts.escape, parts.quotes = True, "", "", '"'
    try:
        found = list(parts)
    except ValueError:  # a quote that is not closed: as it is being typed
        found = text.replace('"', " ").split()
    return [
        (one[1:].lower(), False) if one.startswith("-") and len(one) > 1 else (one.lower(), True)
        for one in found
        if one
    ]


def search_condition(text: str) -> Condition | None:
    """What a search asks of the table ``text``; None where it asks nothing."""
    asked = words(text)
    if not asked:
        return None
    parts = [f"{'' if wanted else 'NOT '}contains(searched, ?)" for _, wanted in asked]
    return Condition(" AND ".join(parts), [word for word, _ in asked])


def column_conditions(index: Index, asked: Asked, *, but: str | None = None) -> list[Condition]:
    """What labels, ranges and the expression ask of the joined tables.

    Args:
        index: which columns there are.
        asked: in question.
        but: a column whose labels and range do not count, for the numbers beside its values.

    Raises:
        UsageError: a column that is not there, or an expression that is none.
    """
    found = [
        _labels(_named(index, name), values)
        for name, values in sorted(asked.labels.items())
        if values and name != but
    ]
    for name, (low, high) in sorted(asked.ranges.items()):
        if name != but:
            found += _range(_named(index, name), low, high)
    if asked.where.strip():
        _check_length(asked.where, "the expression")
        found.append(Condition(f"({index.condition(asked.where)})", []))
    return found


def order(index: Index, asked: Asked) -> str:
    """What stands after ORDER BY; rows without a value come last, equal ones in the source's order."""
    if not asked.sort:
        return "n DESC" if asked.descending else "n"
    column = _named(index, asked.sort)
    return f"{column.sql} {'DESC' if asked.descending else 'ASC'} NULLS LAST, n"


def _named(index: Index, name: str) -> Column:
    column = index.by_label.get(name)
    if column is None or not column.sql:
        near = nearest(name, index.by_label)
        raise UsageError(
            f"there is no column `{name}` to ask for",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )
    return column


def _labels(column: Column, values: list[str | None]) -> Condition:
    given = [one for one in values if one is not None]
    name = column.sql
    parts = []
    if given:
        slots = ", ".join("?" for _ in given)
        if column.kind == "bool":
            slots = ", ".join("true" if one == "true" else "false" for one in given)
            return _or_empty([f"{name} IN ({slots})"], name, values, [])
        text = name if column.scale is None and column.name != MARK else f"{name}::VARCHAR"
        parts.append(f"{text} IN ({slots})")
    return _or_empty(parts, name, values, given)


def _or_empty(parts: list[str], name: str, values: list[str | None], given: list[str]) -> Condition:
    if None in values:
        parts = [*parts, f"{name} IS NULL"]
    return Condition(f"({' OR '.join(parts)})", list(given))


def _range(column: Column, low: float | None, high: float | None) -> list[Condition]:
    if column.kind not in ("int", "float"):
        raise UsageError(f"`{column.name}` holds no numbers, so it has no range")
    found = []
    for sign, end in ((">=", low), ("<=", high)):
        if end is not None and math.isfinite(end):
            found.append(Condition(f"{column.sql} {sign} ?", [end]))
    return found


def _check_length(text: str, what: str) -> None:
    if len(text) > LONGEST:
        raise UsageError(f"{what} has {len(text):,} characters, {LONGEST:,} at most")
