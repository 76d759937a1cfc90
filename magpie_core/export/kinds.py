"""Arrow types for rows whose columns nobody declared. Knows JSON values; no record and no format.

A column of one kind of scalar keeps it, one of messages becomes a list of structs; what is mixed or
nested otherwise becomes JSON text.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import msgspec

from magpie_core.run.encode import encode

MESSAGES, MESSAGE, TURNS = "messages", "message", "turns"
_KEYS = {MESSAGES: ("role", "content"), TURNS: ("from", "value")}
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**63, 2**64)


def kind_of(value: Any) -> str:
    """The kind of one JSON value."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return _kind_of_list(value)
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if value in _INT64 else "uint" if value in _UINT64 else "json"
    if isinstance(value, dict) and _has(value, _KEYS[MESSAGES]):
        return MESSAGE
    return {float: "float", str: "str"}.get(type(value), "json")


def wider(one: str, other: str) -> str:
    """The narrowest kind that holds both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    for empty, full in ((one, other), (other, one)):
        if empty == "list null" and (full.startswith("list ") or full in _KEYS):
            return full
    if {one, other} == {"int", "float"}:
        return "float"
    if one.startswith("list ") and other.startswith("list "):
        inner = wider(one.removeprefix("list "), other.removeprefix("list "))
        return "json" if inner == "json" else f"list {inner}"
    return "json"


def note_kinds(kinds: dict[str, str], row: dict[str, Any]) -> None:
    """Widen ``kinds`` so that ``row`` fits."""
    for column, value in row.items():
        kind = kind_of(value)
        if kinds.get(column) != kind:
            kinds[column] = wider(kinds.get(column, "null"), kind)


def fitted(row: dict[str, Any], kinds: dict[str, str]) -> dict[str, Any]:
    """``row`` as Arrow takes it for ``kinds``."""
    done: dict[str, Any] = {}
    for column, kind in kinds.items():
        value = row.get(column)
        if value is not None and kind == "json":
            value = encode(value).decode()
        elif value is not None and kind == "float":
            value = float(value)
        elif value is not None and kind == "list float":
            value = [one if one is None else float(one) for one in value]
        done[column] = value
    return done


def arrow_type(pa: Any, kind: str) -> Any:
    """The Arrow type of ``kind``, text where no value says more; ``pa`` is pyarrow."""
    if kind.startswith("list "):
        return pa.list_(arrow_type(pa, kind.removeprefix("list ")))
    if kind in (*_KEYS, MESSAGE):
        keys = _KEYS.get(kind, _KEYS[MESSAGES])
        struct = pa.struct([(key, pa.string()) for key in keys])
        return struct if kind == MESSAGE else pa.list_(struct)
    scalars = {"bool": pa.bool_(), "int": pa.int64(), "uint": pa.uint64(), "float": pa.float64()}
    return scalars.get(kind, pa.string())


def as_json(value: Any) -> Any:
    """``value`` as it reads when it was written: numpy's scalars are plain numbers then."""
    return msgspec.json.decode(encode(value))


def _kind_of_list(value: list[Any]) -> str:
    for kind, keys in _KEYS.items():
        if value and all(isinstance(one, dict) and _has(one, keys) for one in value):
            return kind
    inner = reduce(wider, map(kind_of, value), "null")
    scalar = inner in ("null", "bool", "int", "uint", "float", "str")
    return f"list {inner}" if scalar else "json"


def _has(value: dict[str, Any], keys: tuple[str, str]) -> bool:
    return value.keys() == set(keys) and all(isinstance(one, str) for one in value.values())
