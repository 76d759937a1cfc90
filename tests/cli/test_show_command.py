"""``magpie show``: whole conversations, the columns beside them, and only as much as was asked for."""

from __future__ import annotations

import json

import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source

TALK = [
    {"role": "user", "content": "Hello?"},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "And then?"},
    {"role": "assistant", "content": "Then goodbye."},
]


@pytest.fixture
def data(tmp_path):
    """A file of three rows, the second without a response."""
    rows = [
        {"instruction": f"Question {number}", "response": f"Answer {number}", "votes": number}
        for number in range(3)
    ]
    del rows[1]["response"]
    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def add(path, name, columns):
    """Columns for the records in their order, as a step adds them; None for none."""
    with open_source(path) as source:
        ids = [record.id for record in source.records()]
        with Columns(source, name, {}) as added:
            for id, one in zip(ids, columns, strict=False):
                if one is not None:
                    added.add(id, one)


def test_a_file_is_read_as_a_run_is(magpie, data):
    said = magpie("show", data, "--skip", 1)
    assert said.code == 0
    assert "Question 0" not in said.out
    assert "votes 1\ninstruction\n  Question 1\n\n" in said.out
    assert "instruction\n  Question 2\nresponse\n  Answer 2\n" in said.out


def test_columns_stand_beside_their_record(magpie, data):
    add(data, "tags/quality", [None, {"quality": "good", "why": "x" * 61, "list": [1]}])
    add(data, "tags/reward", [None, {"reward": 1.23456789, "votes": 9}])
    said = magpie("show", data).out
    assert "\nvotes 0\ninstruction\n  Question 0" in said
    assert "\nvotes 1 · quality good · reward 1.235 · reward.votes 9\ninstruction\n" in said


def test_columns_stay_on_a_line_whatever_they_are_called(magpie, data):
    add(data, "tags/odd", [{"two\nlines": "a", "nothing": "", "x" * 61: "b", "last": 2}] * 3)
    said = magpie("show", data, "-n", "1").out
    assert "two lines a · last 2" in said
    assert "nothing" not in said
    assert "xxx" not in said


def test_the_longest_conversation_is_shown(magpie, data):
    add(data, "turns/more", [{"conversations": TALK, "exchanges": 2}])
    said = magpie("show", data, "-n", 1).out
    assert (
        "exchanges 2\ninstruction\n  Hello?\nresponse\n  Hello.\ninstruction\n  And then?" in said
    )


def test_only_what_was_selected(magpie, data):
    assert magpie("select", data, "--where", "votes > 1", "--as", "best", "-q").code == 0
    said = magpie("show", data, "--selection", "best").out
    assert ("Question 2" in said, "Question 0" in said) == (True, False)
    said = magpie("show", data, "--selection", "bets")
    assert (said.code, "did you mean `best`?" in said.err) == (2, True)


def test_a_selection_holds_nothing_rejected(magpie, data):
    said = magpie("show", data, "--selection", "best", "--rejected")
    assert (said.code, "--rejected shows the others" in said.err) == (2, True)


def test_long_lines_are_indented_and_end_without_spaces(magpie, data, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    data.write_text(json.dumps({"instruction": "word " * 30, "response": "a  \n  b"}) + "\n")
    lines = magpie("show", data).out.splitlines()
    assert all(len(line) <= 40 and line == line.rstrip() for line in lines)
    assert len([line for line in lines if line.startswith("  word")]) > 3
    assert lines[-3:] == ["  a", "    b", ""]


def test_columns_of_a_file_that_changed_are_not_shown_as_if_they_were_its_own(magpie, data):
    add(data, "tags/quality", [{"quality": "good"}])
    data.write_text(data.read_text() + data.read_text().splitlines()[0] + "\n")
    said = magpie("show", data)
    assert (said.code, "it was changed since" in said.err) == (2, True)
