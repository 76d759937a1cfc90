"""What a column of JSON values holds, and the SQL type that keeps its comparisons right. Knows no column."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from magpie_core.run.encode import encode

SQL = {
    "null": "VARCHAR",
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "text": "VARCHAR",
    "json": "VARCHAR",
    "mixed": "VARCHAR",
}
"""SQL types by kind. Lists of one scalar kind (``list int``) are that type with ``[]``.

``json`` is an object, or a list of different things, as JSON text. ``mixed`` is a column that holds
different kinds of values: all of them are compared as text.
"""
_INT64 = range(-(2**63), 2**63)
_SCALARS = {type(None): "null", bool: "bool", int: "int", float: "float", str: "text", dict: "json"}


def kind_of(values: Sequence[Any], so_far: str = "null") -> str:
    """The narrowest kind that holds ``values`` and what was ``so_far``."""
    types = set(map(type, values))
    kinds = [_SCALARS.get(one, "json") for one in types if one not in (list, int)]
    if int in types:
        kinds += {"int" if one in _INT64 else "mixed" for one in values if type(one) is int}
    if list in types:
        kinds += {_list_kind(one) for one in values if type(one) is list}
    return reduce(wider, kinds, so_far)


def wider(one: str, other: str) -> str:
    """The narrowest kind that holds both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    if {one, other} == {"int", "float"}:
        return "float"
    if one.startswith("list ") and other.startswith("list "):
        inner = wider(one.removeprefix("list "), other.removeprefix("list "))
        return "json" if inner in ("json", "mixed") else f"list {inner}"
    if {one, other} <= {"json", "list null", "list text", "list int", "list float", "list bool"}:
        return "json"
    return "mixed"


def sql_type(kind: str) -> str:
    """The SQL type of a column of ``kind``."""
    inner = kind.removeprefix("list ")
    return SQL[inner] if inner == kind else f"{SQL[inner]}[]"


def sql_widening(column: str, old: str) -> str:
    """How a value of ``column`` becomes its wider kind, as SQL; lists become JSON text, not DuckDB's own."""
    return f"to_json({column})::VARCHAR" if old.startswith("list ") else column


def fitted(values: Sequence[Any], kind: str) -> list[Any]:
    """``values`` as the SQL type of ``kind`` takes them."""
    if kind == "mixed":
        return [one if one is None or isinstance(one, str) else _json(one) for one in values]
    if kind == "json":
        return [one if one is None else _json(one) for one in values]
    if kind == "float":
        return [one if one is None else float(one) for one in values]
    if kind == "list float":
        return [
            one and [inner if inner is None else float(inner) for inner in one] for one in values
        ]
    return list(values)


def _list_kind(values: list[Any]) -> str:
    inner = kind_of(values)
    return "json" if inner in ("json", "mixed") or inner.startswith("list") else f"list {inner}"


def _json(value: Any) -> str:
    return encode(value).decode()
