"""Reasoning on the way out: in front of its answer, or nowhere. Any format, by wrapping its exporter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from magpie_core.chat.reasoning import put_together, take_apart
from magpie_core.dataset.conversation import reasonings_of
from magpie_core.export.exporter import Exporter
from magpie_core.export.pairs import PairRows, pair_reasonings
from magpie_core.export.place import Files
from magpie_core.record import CUT, REASONING, REASONINGS, SAMPLED_REASONINGS, WHOLE, Record

Way = Literal["keep", "drop"]
PAIR = ("chosen", "rejected")


class Reasoned(Exporter):
    """An exporter whose answers are written with their reasoning, or without any.

    ``keep`` puts it between ``<think>`` and ``</think>`` in front of the answer, as models write it, in
    place of its columns. ``drop`` leaves out those columns, and what stands so in answers that came from
    elsewhere. None changes nothing: it is in its columns where the format has them, and is counted else.
    """

    def __init__(self, exporter: Exporter, way: Way | None) -> None:
        self.name = exporter.name  # type: ignore[misc]
        self.suffix = exporter.suffix  # type: ignore[misc]
        self.needs = exporter.needs  # type: ignore[misc]
        self.takes = exporter.takes  # type: ignore[method-assign]
        self.left_behind = 0
        """Records written without the reasoning they have, though nobody said so."""
        self._exporter = exporter
        changes = {"keep": with_reasoning, "drop": without_reasoning}
        self._change = self._as_it_is if way is None else changes[way]

    def write(self, records: Iterable[Record], path: Path) -> int:
        """As the exporter does, each record changed before."""
        return self._exporter.write(map(self._change, records), path)

    def write_several(self, records: Iterable[Record], files: Files, size: int) -> int:
        """As the exporter does, the records as in ``write``."""
        return self._exporter.write_several(map(self._change, records), files, size)

    def _as_it_is(self, record: Record) -> Record:
        self.left_behind += not self._exporter.all_columns and any(self._thoughts(record))
        return record

    def _thoughts(self, record: Record) -> Sequence[str | None]:
        """What was thought before the answers that are written."""
        if isinstance(self._exporter, PairRows):
            return pair_reasonings(record, self._exporter.preferences)
        return reasonings_of(record)


def with_reasoning(record: Record) -> Record:
    """``record`` with each reasoning in front of its answer, and not in a column."""
    thoughts = reasonings_of(record)
    extra = _without_columns(record.extra)
    if isinstance(whole := extra.get(WHOLE), list):
        extra[WHOLE] = _spoken(whole, thoughts)
    for name, text in record.extra.items():
        if _bare(name) in PAIR and isinstance(text, str):
            extra[name] = put_together(record.extra.get(f"{name}_{REASONING}"), text)
        elif _bare(name) == SAMPLED_REASONINGS and isinstance(text, list):
            sampled = name.removesuffix(SAMPLED_REASONINGS) + "responses"
            extra[sampled] = list(map(put_together, text, record.extra.get(sampled, ())))
    first = thoughts[0] if thoughts else None
    return replace(record, response=put_together(first, record.response), extra=extra)


def without_reasoning(record: Record) -> Record:
    """``record`` with answers only."""
    extra = _without_columns(record.extra)
    if isinstance(whole := extra.get(WHOLE), list):
        extra[WHOLE] = [_plain(one) for one in whole]
    for name, text in record.extra.items():
        if _bare(name) in PAIR and isinstance(text, str):
            extra[name] = _answer(text)
    return replace(record, response=_answer(record.response), extra=extra)


def _bare(name: str) -> str:
    """A column's name without the set it comes from."""
    return name.rpartition(".")[2]


def _without_columns(extra: Mapping[str, Any]) -> dict[str, Any]:
    columns = (
        REASONING,
        REASONINGS,
        SAMPLED_REASONINGS,
        CUT,
        *(f"{one}_{REASONING}" for one in PAIR),
    )
    return {name: value for name, value in extra.items() if _bare(name) not in columns}


def _spoken(whole: Sequence[Any], thoughts: Sequence[str | None]) -> list[Any]:
    """The turns of a conversation, each answer with what was thought before it."""
    left = iter(thoughts)
    return [
        {**one, "value": put_together(next(left, None), one["value"])} if _answers(one) else one
        for one in whole
    ]


def _plain(turn: Any) -> Any:
    return {**turn, "value": _answer(turn["value"])} if _answers(turn) else turn


def _answers(turn: Any) -> bool:
    return (
        isinstance(turn, Mapping)
        and turn.get("from") == "gpt"
        and isinstance(turn.get("value"), str)
    )


def _answer(text: str) -> str:
    """``text`` without a reasoning in front of it; one that never ends is all there is, and stays."""
    said = take_apart(text)
    return text if said.unclosed or said.reasoning is None else said.answer
