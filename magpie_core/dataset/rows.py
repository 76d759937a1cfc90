"""Rows of a file as records: an id that is there once, the first exchange, and every other column kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from magpie_core.dataset.files import Row
from magpie_core.dataset.ids import IdSet
from magpie_core.dataset.naming import ID, IDS, Naming, as_named
from magpie_core.dataset.shapes import ShapeError, turns_of, used_columns
from magpie_core.dataset.thoughts import thoughts_of
from magpie_core.record import (
    REASONING,
    REASONINGS,
    SPEAKERS,
    WHOLE,
    Provenance,
    Record,
    Turn,
)
from magpie_core.run.parts import OnDamage

_PROVENANCE = tuple(one.name for one in msgspec.structs.fields(Provenance))


def records_of(
    rows: Iterable[tuple[int, Row]], path: Path, on_damage: OnDamage, naming: Naming | None = None
) -> Iterator[Record]:
    """A record of each row with a conversation, which stands in the columns of ``naming`` if there is one.

    ``instruction`` and ``response`` are the first exchange; a conversation with more turns keeps all of
    them in the column ``conversations``. A row without an id is named by its number; an id that comes
    again gets the row's number too, so that no two rows share one, and stays in its column as it was.
    """
    seen = IdSet()
    for number, row in rows:
        try:
            record = record_of(row, number, naming)
        except ShapeError as error:
            on_damage(path, number + 1, str(error))
            continue
        unique = record.id
        while unique in seen:
            unique = f"{unique}-row-{number}"
        seen.add(unique)
        yield record if unique == record.id else _renamed(record, unique, row, naming)


def record_of(row: Row, number: int, naming: Naming | None = None) -> Record:
    """One row as a record.

    Raises:
        ShapeError: it holds no conversation, or none in the columns of ``naming``.
    """
    said = row if naming is None else as_named(row, naming)
    turns = turns_of(said)
    own = named_by(row, naming)
    provenance, spent = _provenance(row)
    spoken = used_columns(said, turns)
    used = spoken if naming is None else {naming[one] for one in spoken if one in naming}
    used |= spent | {"index"}
    if own is not None:  # our own files have the id twice
        used |= {own, *(name for name in IDS if row.get(name) == row[own])}
    extra = {name: value for name, value in row.items() if name not in used}
    system = turns[0].content if turns[0].role == "system" else None
    talk = turns[1:] if system is not None else turns
    if [one.role for one in talk[:2]] not in (["user"], ["user", "assistant"]) or len(talk) > 2:
        _make_room(extra)
        extra[WHOLE] = [{"from": SPEAKERS[one.role], "value": one.content} for one in turns]
        thoughts = thoughts_of(said)
        if any(thoughts) and not extra.get(REASONINGS):
            extra[REASONINGS] = thoughts
    elif not extra.get(REASONING) and (thought := next(iter(thoughts_of(said)), None)):
        extra[REASONING] = thought
    user = next(k for k, one in enumerate(talk) if one.role == "user")
    return Record(
        id=_row_id(number) if own is None else str(row[own]),
        index=number,
        instruction=talk[user].content,
        response=_answer(talk[user + 1 :]),
        system=system,
        extra=extra,
        provenance=provenance,
    )


def unnamed(record: Record) -> bool:
    """Whether ``record`` got its id here, because its row had none."""
    return record.id == _row_id(record.index)


def _row_id(number: int) -> str:
    return f"row-{number}"


def named_by(row: Row, naming: Naming | None = None) -> str | None:
    """The column that names ``row``, if it has one that is not empty."""
    for name in IDS if naming is None or ID not in naming else (naming[ID],):
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return name
    return None


def _renamed(record: Record, id: str, row: Row, naming: Naming | None) -> Record:
    """``record`` under another id; the one its row has stays in the row's own column."""
    own = named_by(row, naming)
    kept = {} if own is None else {own: row[own]}
    return replace(record, id=id, extra={**record.extra, **kept})


def _answer(after: Sequence[Turn]) -> str:
    return after[0].content if after and after[0].role == "assistant" else ""


def _provenance(row: Row) -> tuple[Provenance | None, set[str]]:
    """Where a row of our own files came from, and the columns that say so."""
    if not all(name in row for name in _PROVENANCE):
        return None, set()
    found = {name: row[name] for name in _PROVENANCE}
    if all(value is None for value in found.values()):
        return None, set(_PROVENANCE)
    try:
        return msgspec.convert(found, Provenance), set(_PROVENANCE)
    except msgspec.ValidationError:  # somebody else's columns of these names
        return None, set()


def _make_room(extra: dict[str, Any]) -> None:
    """Keep a column of the row's own that has the name the whole conversation needs."""
    if WHOLE in extra:
        extra[f"extra_{WHOLE}"] = extra.pop(WHOLE)
