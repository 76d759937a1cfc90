"""Files of any content: each row becomes a record or is turned down with a reason, and none is lost."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.errors import MagpieError
from magpie_core.run.folder import RunFolder
from magpie_core.steps.bring_in import bring_in
from magpie_core.testing.fuzz import JSON, fuzzed

NAMES = [
    "messages",
    "conversations",
    "instruction",
    "response",
    "prompt",
    "chosen",
    "input",
    "output",
]
NAMES += ["question", "answer", "from", "value", "role", "content", "id", "system", "index", "seed"]
TURN = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "tool", "human"]) | JSON,
        "content": st.text(max_size=20) | JSON,
        "from": st.sampled_from(["human", "gpt", "system"]) | JSON,
        "value": st.text(max_size=20) | JSON,
    },
)
ROW = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=8),
    st.text(max_size=20) | st.lists(TURN, max_size=4) | JSON,
    max_size=5,
)
GOOD = st.fixed_dictionaries({"instruction": st.text(min_size=1), "response": st.text()}).filter(
    lambda row: row["instruction"].strip()
)
LINE = (
    (ROW | GOOD | JSON).map(lambda row: json.dumps(row).encode())
    | (ROW | GOOD).map(lambda row: json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
    | st.binary(max_size=40)
    | st.just(b'{"instruction": "a", "response": "b\\ud800"}')
    | st.just(b"[" * 5000)
)


def brought_in(data: bytes, suffix: str) -> None:
    """Import it twice: everything is settled, and the second time nothing is added."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, f"data{suffix}"), Path(folder, "run")
        file.write_bytes(data)
        named = []
        try:
            first = bring_in([file], out, on_damage=lambda path, row, reason: named.append(row))
        except MagpieError:
            assert not out.exists(), "what is refused leaves nothing"
            return
        with RunFolder.open(out, write=False) as run:
            settled = run.settled()
            assert settled.damaged == settled.duplicates == 0
            ids = [one.id for one in run.records()]
        assert (len(settled.accepted), len(settled.rejected)) == (first.records, first.rejected)
        assert len(named) == len(set(named)) == first.rejected
        assert len(set(ids)) == len(ids) == first.records
        assert bring_in([file], out).new == 0
        if suffix == ".jsonl" and not data.lstrip().startswith((b"[", b"\xef\xbb\xbf")):
            rows = sum(not line.isspace() and line != b"" for line in data.split(b"\n"))
            assert first.records + first.rejected == rows, "a row is lost, or is there twice"


@given(st.lists(LINE, max_size=6), st.sampled_from([b"\n", b"\r\n", b"\n\n"]), st.booleans())
@fuzzed(200)
def test_lines_of_anything(lines, end, ended):
    data = end.join(lines) + (end if ended else b"")
    brought_in(data, ".jsonl")


@given(st.lists(ROW | GOOD | JSON, max_size=5), st.sampled_from([".json", ".jsonl"]), st.data())
@fuzzed(100)
def test_arrays_whole_and_cut(rows, suffix, data):
    text = json.dumps(rows).encode()
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    brought_in(text, suffix)


@given(st.binary(max_size=200), st.sampled_from([".json", ".jsonl", ".ndjson", ".parquet"]))
@fuzzed(100)
def test_bytes_of_anything(data, suffix):
    brought_in(data, suffix)


@given(st.lists(ROW | GOOD, min_size=1, max_size=4), st.data())
@fuzzed(100)
def test_parquet_whole_and_damaged(rows, data):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    try:
        table = pa.Table.from_pylist(rows)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError, TypeError):
        return  # no such table can be
    folder = Path(tempfile.mkdtemp())
    try:
        parquet.write_table(table, folder / "data.parquet")
        whole = bytearray((folder / "data.parquet").read_bytes())
    except (pa.ArrowException, OSError, ValueError):
        return
    finally:
        shutil.rmtree(folder)
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 4))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    brought_in(bytes(whole), ".parquet")
