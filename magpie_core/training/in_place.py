"""Files that are already as a trainer reads them, so that nothing needs to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from magpie_core.dataset.files import read_rows
from magpie_core.dataset.source import FileSource, Source

_ROLES = ("system", "user", "assistant")


def in_place(source: Source, form: str) -> bool:
    """Whether every row of ``source`` is one of ``form``. One that is not would end a training."""
    if not isinstance(source, FileSource) or source.path.suffix.lower() != ".jsonl":
        return False
    return form in _SHAPES and _all_fit(source.path, _SHAPES[form])


def _all_fit(path: Path, fits: Callable[[Mapping[str, Any]], bool]) -> bool:
    damaged = False

    def note(*_: object) -> None:
        nonlocal damaged
        damaged = True

    rows = 0
    for _, row in read_rows(path, note):
        if damaged or not fits(row):
            return False
        rows += 1
    return rows > 0 and not damaged


def _conversation(row: Mapping[str, Any]) -> bool:
    """A list of messages alone: another column of that kind could be taken for it."""
    turns = row.get("messages")
    taken = {"prompt", "completion", "chosen", "rejected", "conversations", "text"} & row.keys()
    if taken or turns is None or not _messages(turns):
        return False
    return any(one["role"] == "assistant" for one in turns)


def _trl_pair(row: Mapping[str, Any]) -> bool:
    return all(_messages(row.get(name)) for name in ("prompt", "chosen", "rejected"))


def _one_message_pair(row: Mapping[str, Any]) -> bool:
    both = (_message(row.get("chosen")), _message(row.get("rejected")))
    return all(both) and _messages(row.get("messages"))


def _messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_message, value))


def _message(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.get("role") in _ROLES
        and isinstance(value.get("content"), str)
    )


_SHAPES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "messages": _conversation,
    "trl-preference": _trl_pair,
    "axolotl-preference": _one_message_pair,
}
"""By form. The handbook reads folders, so its files are always written."""
