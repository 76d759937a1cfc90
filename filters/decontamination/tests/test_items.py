"""Benchmark files are read as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from magpie_core import UsageError
from magpie_filter_decontamination.items import Item, digest_of, read_items


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def test_the_usual_shapes_are_understood(tmp_path: Path) -> None:
    name = write(
        tmp_path / "b.jsonl",
        {"question": "How far?", "answer": "Far."},
        {"prompt": "def add(a, b):", "canonical_solution": "return a + b"},
        {"instruction": "Add.", "input": "1 and 2", "output": "3"},
        {
            "messages": [
                {"role": "user", "content": "One?"},
                {"role": "assistant", "content": "Yes."},
                {"role": "user", "content": "Two?"},
            ]
        },
    )
    assert list(read_items([name])) == [
        Item(f"{name}:1", "How far?"),
        Item(f"{name}:2", "def add(a, b):"),
        Item(f"{name}:3", "Add.\n\n1 and 2"),
        Item(f"{name}:4", "One?"),
        Item(f"{name}:4", "Two?"),
    ]


def test_columns_hold_strings_and_lists(tmp_path: Path) -> None:
    name = write(
        tmp_path / "b.jsonl",
        {"turns": ["One?", "Two?"], "more": {"a": "Three?", "b": 4}, "x": None},
    )
    assert [item.text for item in read_items([name], ["more", "turns", "x"])] == [
        "Three?",
        "One?",
        "Two?",
    ]


def test_text_has_an_item_a_line(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_bytes("\ufeffOne?\n\nZwölf?".encode())
    assert [
        (item.place.rpartition(":")[2], item.text.strip()) for item in read_items([str(path)])
    ] == [("1", "One?"), ("2", ""), ("3", "Zwölf?")]


def test_json_and_parquet(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"question": "One?"}, {"question": "Two?"}]
    (tmp_path / "b.json").write_text(json.dumps(rows), "utf-8")
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "b.parquet")
    for name in ("b.json", "b.parquet"):
        assert [item.text for item in read_items([str(tmp_path / name)])] == ["One?", "Two?"]


def refused(*args: object) -> UsageError:
    with pytest.raises(UsageError) as caught:
        list(read_items(*args))  # type: ignore[arg-type]
    return caught.value


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "gsm8k.jsonl", {"question": "One?"})
    error = refused([str(tmp_path / "gsm8.jsonl")])
    assert "does not exist" in error.message
    assert error.hint == "did you mean `gsm8k.jsonl`?"
    other = tmp_path / "other"
    other.mkdir()
    (other / "mmlu.py").write_text("")  # near, and no benchmark file
    assert refused([str(other / "mmlu.json")]).hint == f"ls {other}"
    with pytest.raises(UsageError):
        digest_of(str(tmp_path / "gone" / "b.jsonl"))


def test_what_is_no_benchmark_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("question\nOne?\n")
    assert ".txt, .jsonl" in refused([str(tmp_path / "b.csv")]).message
    assert "is a folder" in refused([str(tmp_path)]).message
    (tmp_path / "b.txt").write_bytes(b"caf\xe9\n")
    assert "not UTF-8" in refused([str(tmp_path / "b.txt")]).message


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text('{"question": "One?"}\n{"question": "Tw\n')
    assert "row 2" in refused([str(path)]).message


def test_a_row_without_text_is_named(tmp_path: Path) -> None:
    name = write(tmp_path / "b.jsonl", {"question": "One?"}, {"puzzle": "Two?"})
    error = refused([name])
    assert f"{name}:2" in error.message
    assert error.hint == 'say where it is: columns = ["puzzle"]'
    missing = refused([name], ["puzle"])
    assert "no column `puzle` (there are: question)" in missing.message
    other = write(tmp_path / "c.jsonl", {"puzzle": "Two?"})
    assert refused([other], ["puzle"]).hint == "did you mean `puzzle`?"


def test_a_digest_follows_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("One?\n")
    before = digest_of(str(path))
    assert digest_of(str(path)) == before
    path.write_text("Two?\n")
    assert digest_of(str(path)) != before
