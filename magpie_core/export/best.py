"""The best of several responses in place of a record's own: what ``magpie prefer`` rated, for plain SFT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from magpie_core.dataset.conversation import reasonings_of
from magpie_core.export.exporter import Exporter
from magpie_core.export.pairs import asked
from magpie_core.export.place import Files
from magpie_core.record import (
    CUT,
    REASONING,
    REASONINGS,
    SAMPLED_REASONINGS,
    SPEAKERS,
    WHOLE,
    Record,
    Turn,
)

COUNTED = ("exchanges", "ended")
"""Columns that speak of a whole conversation, and not of one that ends earlier."""


class BestOf(Exporter):
    """An exporter whose last answers are the responses with the highest rewards of one set."""

    def __init__(self, exporter: Exporter, name: str) -> None:
        self.name = exporter.name  # type: ignore[misc]
        self.suffix = exporter.suffix  # type: ignore[misc]
        self.needs = f"a rated response in `{name}`"  # type: ignore[misc]
        self.otherwise = "without --best they are written with their own response"  # type: ignore[misc]
        self._exporter = exporter
        self._set = name

    def takes(self, record: Record) -> bool:
        """Whether any response to it has a reward, and the format takes the record with the best."""
        if best_place(record, self._set) is None:
            return False
        return self._exporter.takes(with_best(record, self._set))

    def write(self, records: Iterable[Record], path: Path) -> int:
        """As the exporter does, each record with its best response."""
        return self._exporter.write((with_best(one, self._set) for one in records), path)

    def write_several(self, records: Iterable[Record], files: Files, size: int) -> int:
        """As the exporter does, the records as in ``write``."""
        return self._exporter.write_several(
            (with_best(one, self._set) for one in records), files, size
        )


def best_place(record: Record, name: str) -> int | None:
    """Where the response with the highest reward stands, the first of equals; None without rewards."""
    rewards = _column(record, name, "rewards")
    rated = [
        (reward, -place)
        for place, reward in enumerate(rewards if isinstance(rewards, list) else ())
        if isinstance(reward, int | float)
    ]
    return -max(rated)[1] if rated else None


def with_best(record: Record, name: str) -> Record:
    """``record`` with its best response as the last answer, and what was thought before that.

    The conversation ends there: turns that ``magpie extend`` added after the question are about another
    answer, so they are left out, with the columns that count them.
    """
    place = best_place(record, name)
    responses = _column(record, name, "responses")
    if place is None or not isinstance(responses, list):
        return record
    thoughts = _column(record, name, SAMPLED_REASONINGS)
    thought = thoughts[place] if isinstance(thoughts, list) and place < len(thoughts) else None
    question = asked(record, _column(record, name, "prompt"))
    earlier = sum(one.role == "assistant" for one in question)
    known = [*reasonings_of(record), *[None] * earlier][:earlier]
    extra = {name: value for name, value in record.extra.items() if name != CUT}
    if len(question) + 1 < len(record.turns):
        extra = {
            name: value for name, value in extra.items() if name.rpartition(".")[2] not in COUNTED
        }
    if isinstance(extra.get(WHOLE), list):
        turns = [*question, Turn("assistant", responses[place])]
        whole = [{"from": SPEAKERS[one.role], "value": one.content} for one in turns]
        extra |= {WHOLE: whole, REASONINGS: [*known, thought]}
    if earlier:
        return replace(record, extra=extra)
    return replace(record, response=responses[place], extra=extra | {REASONING: thought})


def _column(record: Record, name: str, column: str) -> Sequence[Any] | Any:
    """A column of the set, which stands under its own name where no other set has one of that name."""
    return record.extra.get(f"{name}.{column}", record.extra.get(column))
