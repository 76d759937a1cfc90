"""The pair a record holds, and the base of the formats for preference training. Knows no trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from magpie_core.dataset.responses import response_text
from magpie_core.dataset.shapes import ShapeError, turns_of
from magpie_core.errors import UsageError
from magpie_core.export.rows import JsonRows
from magpie_core.record import REASONING, Record, Turn

CHOSEN = "chosen"
Message = dict[str, str]


class Pair(NamedTuple):
    """What was asked, and the two answers."""

    prompt: list[Message]
    """Ends with a user turn; the system prompt first when there is one."""
    chosen: Message
    rejected: Message


def pair_of(record: Record, name: str | None = None) -> Pair | None:
    """The pair of ``record``: one ``magpie prefer`` made, or one its source came with; None without one.

    Of both, the one that was made here is meant.

    Args:
        record: with the columns that were added to it.
        name: of the set of preferences; needed only where there are several.

    Raises:
        UsageError: several sets are there, and none is named.
    """
    column = _columns_of(record, name)
    if column is None:
        return None
    chosen, rejected = (response_text(column(name)) for name in (CHOSEN, "rejected"))
    if chosen is None or rejected is None:
        return None
    return Pair(
        [_message(one) for one in asked(record, column("prompt"))],
        _message(Turn("assistant", chosen)),
        _message(Turn("assistant", rejected)),
    )


def pair_reasonings(record: Record, name: str | None = None) -> list[str]:
    """What was thought before the two of the pair, as far as columns say; see ``pair_of``."""
    column = _columns_of(record, name)
    found = [column(f"{one}_{REASONING}") for one in (CHOSEN, "rejected")] if column else []
    return [one for one in found if isinstance(one, str) and one]


def _columns_of(record: Record, name: str | None) -> Callable[[str], Any] | None:
    """Gives the columns of the set that is meant; None where ``record`` has none of that name.

    Raises:
        UsageError: several sets are there, and none is named.
    """
    sets = [one.removesuffix(f".{CHOSEN}") for one in record.extra if one.endswith(f".{CHOSEN}")]
    if name is None and len(sets) > 1:
        raise UsageError(
            f"there are several sets of preferences: {', '.join(sets)}",
            hint=f"magpie export RUN --preferences {sets[0]}",
        )
    if name is not None and sets and name not in sets:
        return None
    owner = f"{name or sets[0]}." if sets else ""

    def column(name: str) -> Any:
        return record.extra.get(f"{owner}{name}", record.extra.get(name))

    return column


def asked(record: Record, prompt: Any) -> Sequence[Turn]:
    """What responses to ``record`` answer: as it was sampled from, else all turns but its last answer.

    Args:
        record: in question.
        prompt: its column of that name, whoever made it.
    """
    if isinstance(prompt, Sequence) and not isinstance(prompt, str | bytes) and prompt:
        try:
            return turns_of({"messages": prompt})
        except ShapeError:
            pass  # somebody else's column of that name
    turns = record.turns
    return turns[:-1] if turns[-1].role == "assistant" else turns


def _message(turn: Turn) -> Message:
    return {"role": turn.role, "content": turn.content}


class PairRows(JsonRows):
    """One object for each pair; every row has the same keys, of the same types."""

    needs: ClassVar[str] = "a pair"

    def __init__(self, preferences: str | None = None) -> None:
        """Take the pairs of the set called ``preferences``, where there are several."""
        self.preferences = preferences

    def takes(self, record: Record) -> bool:
        """Whether ``record`` holds a pair.

        Raises:
            UsageError: see ``pair_of``.
        """
        return pair_of(record, self.preferences) is not None

    def row(self, record: Record) -> dict[str, Any]:
        """The object for ``record``, which holds a pair.

        Raises:
            UsageError: it holds none.
        """
        pair = pair_of(record, self.preferences)
        if pair is None:
            raise UsageError(
                f"record `{record.id}` holds no pair, which `{self.name}` needs",
                hint="magpie prefer RUN --reward C",
            )
        return {"id": record.id, **self.columns(pair)}

    def columns(self, pair: Pair) -> Mapping[str, Any]:
        """What the trainer reads."""
        raise NotImplementedError
