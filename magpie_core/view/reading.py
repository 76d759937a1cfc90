"""One record as a reader sees it: turns with what was thought, pairs, every column by who added it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any

import msgspec

from magpie_core.dataset.added import with_columns
from magpie_core.dataset.conversation import conversation_of, reasonings_of
from magpie_core.dataset.responses import response_text
from magpie_core.export.columns import CORE, column_name
from magpie_core.record import REASONING, Provenance, Record
from magpie_core.run.encode import encode
from magpie_core.view.facets import PAIRED, SAID
from magpie_core.view.index import Index
from magpie_core.view.markdown import tree_of
from magpie_core.view.pages import check_place

LONGEST = 1_000_000
"""Characters of one text that a page is given."""


def document_of(index: Index, n: int) -> dict[str, Any]:
    """The record ``n``, its texts as they are and as trees (``markdown.py``).

    Raises:
        UsageError: there is none.
    """
    record, sets = record_of(index, n)
    held = [{*CORE, *map(column_name, record.extra)}, *(set(columns) for _, columns in sets)]
    shared = {name for name, count in Counter(chain.from_iterable(held)).items() if count > 1}
    named = [(owner.rpartition("/")[2], columns) for owner, columns in sets]
    whole = with_columns(record, named, shared)
    return {
        "n": n,
        "id": record.id,
        "index": record.index,
        "turns": _turns(whole),
        "pairs": _pairs(record, sets),
        "columns": _columns(record, sets),
    }


def record_of(index: Index, n: int) -> tuple[Record, list[tuple[str, dict[str, Any]]]]:
    """The record ``n`` as its source has it, and the columns of each set that has any for it.

    Raises:
        UsageError: there is none.
    """
    check_place(index, n)
    sets: dict[str, str] = index.about["sets"]
    raws = "".join(f", {one}" for one in sets.values())
    [(id, place, *added)] = index.query(f"SELECT id, own_0{raws} FROM row WHERE n = ?", [n])
    [(instruction, response, raw)] = index.query(
        "SELECT instruction, response, raw FROM text WHERE n = ?", [n]
    )
    rest = msgspec.json.decode(raw)
    record = Record(
        id=id,
        index=place,
        instruction=instruction,
        response=response,
        system=rest["system"],
        extra=rest["extra"],
        provenance=msgspec.convert(rest["provenance"], Provenance | None),
    )
    found = [
        (owner, msgspec.json.decode(one))
        for owner, one in zip(sets, added, strict=True)
        if one is not None
    ]
    return record, found


def _turns(record: Record) -> list[dict[str, Any]]:
    thoughts = iter(reasonings_of(record))
    shown = []
    for turn in conversation_of(record):
        said = {"role": turn.role, **text_of(turn.content)}
        if turn.role == "assistant" and (thought := next(thoughts, None)):
            said["reasoning"] = text_of(thought)
        shown.append(said)
    return shown


def text_of(text: str) -> dict[str, Any]:
    """A text as it is and, where it is not too long, as a tree."""
    return {"text": text[:LONGEST], "tree": tree_of(text), "length": len(text)}


def _pairs(record: Record, sets: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Several responses to one prompt, from whatever has them: a set of preferences, or the file itself."""
    return [
        found
        for owner, columns in (("", record.extra), *sets)
        if (found := _pair(owner, columns)) is not None
    ]


def _pair(owner: str, columns: Mapping[str, Any]) -> dict[str, Any] | None:
    sides = {name: response_text(columns.get(name)) for name in ("chosen", "rejected")}
    responses = columns.get("responses")
    if None in sides.values() and not isinstance(responses, list):
        return None
    shown: dict[str, Any] = {"owner": owner, "why_none": columns.get("no_pair")}
    for name, text in sides.items():
        if text is not None:
            reward, thought = columns.get(f"{name}_reward"), columns.get(f"{name}_{REASONING}")
            shown[name] = text_of(text) | {"reward": reward}
            if isinstance(thought, str) and thought:
                shown[name]["reasoning"] = text_of(thought)
    if isinstance(responses, list):
        rewards, objections = columns.get("rewards"), columns.get("objections")
        shown["responses"] = [
            {**text_of(str(one)), "reward": _at(rewards, at), "objection": _at(objections, at)}
            for at, one in enumerate(responses)
        ]
    return shown


def _at(values: Any, place: int) -> Any:
    return values[place] if isinstance(values, list) and place < len(values) else None


def _columns(record: Record, sets: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Every column that is no part of the conversation, as text, by who has it."""
    own = {name: one for name, one in record.extra.items() if name not in SAID}
    if record.provenance is not None:
        own |= msgspec.structs.asdict(record.provenance)
    return [
        {"owner": owner, "name": name, "value": _shown(value)}
        for owner, columns in (("row", own), *sets)
        for name, value in columns.items()
        if name not in SAID
        and not (name in (*PAIRED, "no_pair") and _pair(owner, columns) is not None)
    ]


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value[:LONGEST]
    if isinstance(value, float):
        return f"{value:.6g}"
    return encode(value).decode()[:LONGEST]
