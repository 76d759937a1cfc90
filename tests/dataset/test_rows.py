"""Rows as records: ids that are there once, and no column lost."""

from pathlib import Path

from magpie_core.dataset.rows import record_of, records_of, unnamed
from magpie_core.record import Turn

TALK = [
    {"from": "human", "value": "Q"},
    {"from": "gpt", "value": "A"},
    {"from": "human", "value": "Q2"},
    {"from": "gpt", "value": "A2"},
]


def ids(*rows):
    return [one.id for one in records_of(enumerate(rows), Path("f"), lambda *_: None)]


def test_every_row_has_an_id_of_its_own():
    rows = [
        {"id": one, "prompt": "Q"} for one in ("a-row-2", "a", "a", "a", None, "row-4", "", 7, True)
    ]
    found = ids(*rows)
    assert len(set(found)) == len(rows)
    assert found[:2] == ["a-row-2", "a"]
    assert found[6:] == ["row-6", "7", "row-8"]


def test_an_id_that_comes_again_stays_in_its_column():
    rows = [{"uuid": "a", "prompt": "Q"}, {"uuid": "a", "prompt": "Q"}]
    first, second = records_of(enumerate(rows), Path("f"), lambda *_: None)
    assert (first.extra, second.extra) == ({}, {"uuid": "a"})
    assert second.id == "a-row-1"


def test_rows_are_named_the_same_when_more_are_appended():
    rows = [{"prompt": "Q"}, {"id": "a", "prompt": "Q"}, {"prompt": "Q"}]
    assert ids(*rows, *rows)[:3] == ids(*rows)


def test_only_rows_without_an_id_are_unnamed():
    assert unnamed(record_of({"prompt": "Q"}, 3))
    assert not unnamed(record_of({"prompt": "Q", "id": "row-4"}, 3))


def test_all_other_columns_are_kept():
    row = {
        "conversation_id": "c",
        "id": "other",
        "conversations": TALK[:2],
        "instruction": "something else",
        "response": "A",
        "input_quality": "good",
        "nested": {"a": [1]},
    }
    record = record_of(row, 0)
    assert (record.instruction, record.response) == ("Q", "A")
    assert record.extra == {
        "id": "other",
        "instruction": "something else",
        "input_quality": "good",
        "nested": {"a": [1]},
    }


def test_a_response_that_is_empty_beside_a_list_is_no_column():
    row = {"instruction": "Q", "response": "", "conversations": [TALK[0]], "output": None}
    record = record_of(row, 0)
    assert (record.response, record.extra) == ("", {})
    assert record.turns == [Turn("user", "Q")]


def test_a_long_conversation_is_kept_whole():
    record = record_of({"conversations": TALK, "system": "S"}, 0)
    assert (record.system, record.instruction, record.response) == ("S", "Q", "A")
    assert [one.content for one in record.turns] == ["S", "Q", "A", "Q2", "A2"]


def test_two_questions_in_a_row_lose_none():
    record = record_of({"messages": [TALK[0], TALK[2]]}, 0)
    assert record.turns == [Turn("user", "Q"), Turn("user", "Q2")]
    assert record.response == ""


def test_a_conversation_the_assistant_begins_is_kept_whole():
    record = record_of({"messages": [TALK[1], TALK[2], TALK[3]]}, 0)
    assert (record.instruction, record.response) == ("Q2", "A2")
    assert [one.role for one in record.turns] == ["assistant", "user", "assistant"]


def test_a_column_that_has_the_name_of_the_whole_conversation_is_kept_too():
    row = {"conversation": TALK, "conversations": "", "messages": "see the appendix"}
    assert record_of(row, 0).extra["messages"] == "see the appendix"
    record = record_of({"conversations": TALK, "messages": TALK[:2]}, 0)
    assert record.extra["messages"] == TALK[:2]
    assert len(record.turns) == 4
