"""Conversations in the shapes people store them in, as turns. Knows no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from magpie_core.record import Role, Turn

ROLES: dict[str, Role] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
}
"""What ShareGPT, OpenAI's messages and Open Assistant call the three roles."""
LISTS = ("conversations", "conversation", "messages")
"""Columns that hold a list of turns."""
ASKED = ("instruction", "prompt", "question", "query")
ANSWERED = ("response", "output", "completion", "answer")
"""Columns of a pair, the first that is there; Alpaca's ``input`` belongs to ``instruction``."""


CHOSEN = "chosen"
"""Column of preference sets that have no other: the whole conversation with the better answer."""


class ShapeError(ValueError):
    """A row that holds no conversation we can read; the message says why."""


def turns_of(row: Mapping[str, Any]) -> list[Turn]:
    """The conversation of one row: system prompt, user, assistant, and so on.

    Understands a list of turns (ShareGPT's ``from``/``value`` or ``role``/``content``), and a pair of
    columns (Alpaca, prompt and completion, the published Magpie files), which may be lists of turns too.
    A list of all turns wins over a pair; a ``system`` column stands before both, unless the list begins
    with a system turn of its own. Of a preference row without anything else the conversation is the
    chosen one.

    Raises:
        ShapeError: no conversation, an unknown role, or a turn without text.
    """
    names = list_columns(row)
    if names:
        turns = [_turn(one, each) for each in names for one in _items(row[each], each)]
        own = turns[0].role == "system"
        return _checked(turns if own else [*_system(row), *turns])
    asked = next((name for name in ASKED if _text(row.get(name))), None)
    if asked is None:
        raise ShapeError(
            f"no conversation: none of the columns {', '.join((*LISTS, *ASKED))} has text "
            f"(there are: {', '.join(map(str, row)) or 'none'})"
        )
    question = row[asked]
    if asked == "instruction" and _text(row.get("input")):
        question = f"{question}\n\n{row['input']}"
    answered = next((name for name in ANSWERED if _text(row.get(name))), None)
    turns = [*_system(row), Turn("user", question)]
    if answered is not None:
        turns.append(Turn("assistant", row[answered]))
    return turns


def used_columns(row: Mapping[str, Any], turns: Sequence[Turn]) -> set[str]:
    """Names of the columns that ``turns``, made by ``turns_of``, holds; all others are the row's own.

    Beside a list of turns that is the list, and what only says its first exchange again.
    """
    empty = {
        name for name in (*LISTS, *ANSWERED[:2], "system", "input") if name in row and not row[name]
    }
    name = _list_column(row)
    if name is not None:
        said = {one.content for one in turns}
        again = (ASKED[0], ANSWERED[0], "system")
        heard = {name, *_rest(row, name)} - {CHOSEN}  # its place beside `rejected` is what it says
        return {
            *heard,
            *empty,
            *(k for k in again if isinstance(row.get(k), str) and row[k] in said),
        }
    asked = next((name for name in ASKED if _text(row.get(name))), "")
    answered = next((name for name in ANSWERED if _text(row.get(name))), "")
    system = {"system"} if _text(row.get("system")) else set()
    return {asked, answered, *empty, *system, "input" if asked == "instruction" else ""}


def list_columns(row: Mapping[str, Any]) -> list[str]:
    """Names of the columns whose lists are the conversation, in order; none where it is a pair of texts."""
    name = _list_column(row)
    return [] if name is None else [name, *_rest(row, name)]


def _list_column(row: Mapping[str, Any]) -> str | None:
    found = next((name for name in LISTS if row.get(name)), None)
    if found is not None or any(_text(row.get(name)) for name in ASKED):
        return found
    return next((name for name in (*ASKED, CHOSEN) if _is_list(row.get(name))), None)


def _rest(row: Mapping[str, Any], name: str) -> list[str]:
    """The column that goes on where ``name`` is a list with the question's turns alone."""
    if name not in ASKED:
        return []
    return [name for name in ANSWERED if _is_list(row.get(name))][:1]


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _system(row: Mapping[str, Any]) -> list[Turn]:
    return [Turn("system", row["system"])] if _text(row.get("system")) else []


def _items(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise ShapeError(f"`{name}` is no list of turns, but {type(value).__name__}")
    return value


def _turn(item: Any, name: str) -> Turn:
    if not isinstance(item, Mapping):
        raise ShapeError(f"a turn in `{name}` is no object, but {type(item).__name__}")
    # A Parquet column of both spellings has nulls in the one a row does not use.
    role = item.get("role") if item.get("from") is None else item["from"]
    text = item.get("content") if item.get("value") is None else item["value"]
    if not isinstance(role, str) or role.lower() not in ROLES:
        raise ShapeError(f"a turn in `{name}` has the role `{role}` (known: {', '.join(ROLES)})")
    if not isinstance(text, str):
        raise ShapeError(f"a turn of the {ROLES[role.lower()]} in `{name}` has no text")
    return Turn(ROLES[role.lower()], text)


def _checked(turns: list[Turn]) -> list[Turn]:
    if not any(one.role == "user" for one in turns):
        raise ShapeError("the conversation has no user turn")
    return turns


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""
