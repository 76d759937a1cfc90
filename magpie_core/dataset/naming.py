"""Which columns of a file hold a conversation, where their names do not say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magpie_core.choices import nearest
from magpie_core.dataset.files import Row, read_rows
from magpie_core.dataset.shapes import LISTS, ShapeError
from magpie_core.errors import UsageError

Naming = Mapping[str, str]
"""Part of a conversation, one of ``PARTS``, to the file's own column."""
IDS = ("conversation_id", "id", "uuid")
"""Columns that name a row, the first that is there."""
ID = "id"
TURNS = LISTS[0]
ASKED = "instruction"
_TEXTS = (ASKED, "input", "response", "system")
_PAIR = {ASKED, "input", "response"}
PARTS = (*_TEXTS, TURNS, ID)
"""What can be named; ``input`` is what an instruction is about, as Alpaca has it."""
_MOST_LISTED = 30


def parse_naming(said: Sequence[str]) -> dict[str, str] | None:
    """``["instruction=prompt,response=answer"]`` as a naming, in the order of ``PARTS``; None for nothing.

    Raises:
        UsageError: no ``PART=COLUMN``, an unknown part, one that is named twice, or no instruction.
    """
    if not said:
        return None
    found: dict[str, str] = {}
    for one in (piece for whole in said for piece in whole.split(",")):
        part, equals, column = (text.strip() for text in one.partition("="))
        if not equals or not column:
            raise UsageError(
                f"`{one}` names no column", hint="--columns instruction=COLUMN,response=COLUMN"
            )
        if part not in PARTS:
            near = nearest(part, PARTS)
            raise UsageError(
                f"unknown part of a conversation `{part}` (known: {', '.join(PARTS)})",
                hint=f"did you mean `{near[0]}`?" if near else "PART=COLUMN, in this order",
            )
        if part in found:
            raise UsageError(f"`{part}` is named twice", hint="name it once")
        found[part] = column
    neither = ASKED not in found and TURNS not in found
    if neither or (TURNS in found and _PAIR & found.keys()):
        raise UsageError(
            f"--columns names {', '.join(found)}: it takes an instruction, or a list of turns",
            hint=f"--columns {ASKED}=COLUMN,response=COLUMN, or {TURNS}=COLUMN",
        )
    return {part: found[part] for part in PARTS if part in found}


def as_named(row: Row, naming: Naming) -> Row:
    """Only the parts that are named, under the names that are understood everywhere.

    Raises:
        ShapeError: nothing is asked there, or a part is no text.
    """
    for part, column in naming.items():
        value = row.get(column)
        if part in _TEXTS and value is not None and not isinstance(value, str):
            raise ShapeError(f"column `{column}` holds no text, but {type(value).__name__}")
    first = naming.get(ASKED) or naming[TURNS]
    if first not in row:
        raise ShapeError(f"no column `{first}` (there are: {_listed(row)})")
    if not row[first] or (isinstance(row[first], str) and not row[first].strip()):
        raise ShapeError(f"column `{first}` is empty")
    return {part: row.get(column) for part, column in naming.items()}


def check_columns(path: Path, naming: Naming) -> None:
    """See that each named column is somewhere in the file. Reads as far as it takes to find them all.

    Raises:
        UsageError: one is not, with the nearest of those that are.
    """
    seen: dict[str, Any] = {}
    for _, row in read_rows(path, lambda *_: None):
        seen.update(row)
        if seen.keys() >= set(naming.values()):
            return
    missing = next(one for one in naming.values() if one not in seen)
    near = nearest(missing, seen)
    raise UsageError(
        f"no column `{missing}` in `{path}` (there are: {_listed(seen)})",
        hint=f"did you mean `{near[0]}`?" if near else "name one of those that are there",
    )


def text_columns(path: Path) -> list[str]:
    """Columns of the file's first row that hold text, and not what names the row."""
    row = next((row for _, row in read_rows(path, lambda *_: None)), {})
    return [
        name
        for name, value in row.items()
        if isinstance(value, str) and value.strip() and name not in IDS
    ]


def _listed(names: Mapping[str, Any]) -> str:
    shown = list(names)[:_MOST_LISTED]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return (", ".join(shown) or "none") + more
