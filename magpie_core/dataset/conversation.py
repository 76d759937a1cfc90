"""Everything that was said in a record, also where it keeps more than the first exchange."""

from __future__ import annotations

from magpie_core.dataset.shapes import LISTS, ShapeError, turns_of
from magpie_core.record import REASONING, REASONINGS, Record, Turn


def conversation_of(record: Record) -> list[Turn]:
    """The whole conversation of ``record``: system prompt, user, assistant, and so on.

    Records of a file that holds longer conversations keep all turns in the column ``conversations``. A
    response that is not there yet is no turn.
    """
    column = LISTS[0]
    if record.extra.get(column):
        try:
            return turns_of({column: record.extra[column]})
        except ShapeError:
            pass  # somebody else's column of that name
    return record.turns


def reasonings_of(record: Record) -> list[str | None]:
    """What was thought before each answer of ``record``, as far as its columns say."""
    found = record.extra.get(REASONINGS)
    if not isinstance(found, list):
        found = [record.extra.get(REASONING)]
    return [one if isinstance(one, str) and one else None for one in found]
