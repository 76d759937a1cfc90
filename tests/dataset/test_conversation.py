"""What was said in a record, however many turns it keeps."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core import Record, Turn
from magpie_core.dataset.conversation import conversation_of
from magpie_core.dataset.rows import record_of

FOUR = [("user", "A"), ("assistant", "B"), ("user", "C"), ("assistant", "D")]


def record(**fields: Any) -> Record:
    return Record(**{"id": "r", "index": 0, "instruction": "A", "response": "B"} | fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, FOUR[:2]),
        ({"response": ""}, FOUR[:1]),
        ({"system": "S"}, [("system", "S"), *FOUR[:2]]),
        ({"system": "S", "response": ""}, [("system", "S"), *FOUR[:1]]),
        ({"extra": {"conversations": [{"role": r, "content": c} for r, c in FOUR]}}, FOUR),
        ({"extra": {"conversations": 7}}, FOUR[:2]),
        ({"extra": {"conversations": [{"from": "robot", "value": "?"}]}}, FOUR[:2]),
        ({"extra": {"conversations": []}}, FOUR[:2]),
    ],
)
def test_all_turns(fields: dict[str, Any], said: list[tuple[Any, str]]) -> None:
    assert conversation_of(record(**fields)) == [Turn(role, words) for role, words in said]


@pytest.mark.parametrize("turns", [FOUR, FOUR[:3], FOUR[:2], FOUR[:1], [("system", "S"), *FOUR]])
def test_a_row_keeps_its_conversation(turns: list[tuple[Any, str]]) -> None:
    row = {"messages": [{"role": role, "content": words} for role, words in turns]}
    assert conversation_of(record_of(row, 0)) == [Turn(role, words) for role, words in turns]
