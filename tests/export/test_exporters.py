"""The built-in formats keep the exporter's contract and have the columns trainers look for."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from magpie_core.export.alpaca import AlpacaExporter
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.messages import MessagesExporter
from magpie_core.export.parquet import ParquetExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.plugins import load_plugins
from magpie_core.record import Provenance, Record
from magpie_core.testing.contracts.exporter import ExporterContract


def lines(path: Path) -> list[dict]:
    """As JSON Lines readers do: split at newlines only."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


class TestMessages(ExporterContract):
    exporter = MessagesExporter

    def read(self, path):
        return [tuple(m["content"] for m in row["messages"][-2:]) for row in lines(path)]


class TestShareGpt(ExporterContract):
    exporter = ShareGptExporter

    def read(self, path):
        return [tuple(t["value"] for t in row["conversations"][-2:]) for row in lines(path)]


class TestAlpaca(ExporterContract):
    exporter = AlpacaExporter

    def read(self, path):
        return [(row["instruction"], row["output"]) for row in lines(path)]


class TestJsonl(ExporterContract):
    exporter = JsonlExporter

    def read(self, path):
        return [(row["instruction"], row["response"]) for row in lines(path)]


class TestParquet(ExporterContract):
    exporter = ParquetExporter

    def read(self, path):
        rows = pq.read_table(path).to_pylist()
        return [(row["instruction"], row["response"]) for row in rows]


PROVENANCE = Provenance(
    run="abc", seed=2**64 - 1, instruction_tokens=5, response_tokens=7, response_finish="stop"
)
RECORD = Record(
    id="m-1",
    index=1,
    instruction="Why?",
    response="Because.",
    system="Be brief.",
    extra={"difficulty": "easy", "index": "taken"},
    provenance=PROVENANCE,
)


@pytest.fixture
def written(tmp_path):
    def write(exporter, *records, name="out.jsonl"):
        exporter.write(records, tmp_path / name)
        return tmp_path / name

    return write


def test_all_formats_are_registered():
    assert list(load_plugins().exporters()) == [
        "alpaca",
        "axolotl-preference",
        "handbook-preference",
        "jsonl",
        "messages",
        "parquet",
        "sharegpt",
        "trl-preference",
    ]


def test_messages_have_the_system_prompt_first(written):
    assert lines(written(MessagesExporter(), RECORD)) == [
        {
            "id": "m-1",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "Because."},
            ],
        }
    ]


def test_sharegpt_names_the_speakers(written):
    row = lines(written(ShareGptExporter(), RECORD))[0]
    assert [turn["from"] for turn in row["conversations"]] == ["system", "human", "gpt"]


def test_alpaca_has_a_system_only_where_one_was_set(written):
    bare = Record(id="b", index=0, instruction="i", response="r")
    assert lines(written(AlpacaExporter(), RECORD, bare)) == [
        {"instruction": "Why?", "input": "", "output": "Because.", "system": "Be brief."},
        {"instruction": "i", "input": "", "output": "r"},
    ]


def test_jsonl_has_every_column_and_no_plugin_hides_the_cores(written):
    assert lines(written(JsonlExporter(), RECORD)) == [
        {
            "id": "m-1",
            "conversation_id": "m-1",
            "index": 1,
            "system": "Be brief.",
            "instruction": "Why?",
            "response": "Because.",
            "conversations": [
                {"from": "system", "value": "Be brief."},
                {"from": "human", "value": "Why?"},
                {"from": "gpt", "value": "Because."},
            ],
            "run": "abc",
            "seed": 2**64 - 1,
            "instruction_tokens": 5,
            "response_tokens": 7,
            "response_finish": "stop",
            "difficulty": "easy",
            "extra_index": "taken",
        }
    ]


@pytest.mark.parametrize("exporter", [MessagesExporter, ShareGptExporter, AlpacaExporter])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_json_name_gets_an_array(written, exporter, count):
    out = written(exporter(), *[RECORD] * count, name="out.JSON")
    assert json.loads(out.read_bytes()) == [exporter().row(RECORD)] * count


def test_text_stays_readable(written):
    record = Record(id="a", index=0, instruction="数学", response="é")
    assert "数学" in written(AlpacaExporter(), record).read_text(encoding="utf-8")


def test_parquet_has_the_rows_of_jsonl(written):
    expected = lines(written(JsonlExporter(), RECORD))
    assert (
        pq.read_table(written(ParquetExporter(), RECORD, name="o.parquet")).to_pylist() == expected
    )


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2], "int64", [1, 2]),
        ([1, 0.5, None], "double", [1.0, 0.5, None]),
        ([True, None], "bool", [True, None]),
        (["a", "b"], "string", ["a", "b"]),
        ([1, "a"], "string", ["1", '"a"']),
        ([2**70], "string", [str(2**70)]),
        ([[], ["a"]], "list<element: string>", [[], ["a"]]),
        ([["a", None], None], "list<element: string>", [["a", None], None]),
        ([[2**62 + 1], [0.5, None]], "list<element: double>", [[2.0**62], [0.5, None]]),
        ([2**62 + 1, 0.5], "double", [2.0**62, 0.5]),
        ([["a"], [1]], "string", ['["a"]', "[1]"]),
        ([["a"], "b"], "string", ['["a"]', '"b"']),
        ([{"a": [1]}], "string", ['{"a":[1]}']),
        ([None, None], "string", [None, None]),
        (
            [[{"role": "user", "content": "a"}]],
            "list<element: struct<role: string, content: string>>",
            [[{"role": "user", "content": "a"}]],
        ),
    ],
)
def test_a_plugins_column_gets_the_type_of_its_values(written, values, kind, expected):
    records = [
        Record(id=str(i), index=i, instruction="i", response="r", extra={"column": value})
        for i, value in enumerate(values)
    ]
    table = pq.read_table(written(ParquetExporter(), *records, name="o.parquet"))
    assert str(table.schema.field("column").type) == kind
    assert table.column("column").to_pylist() == expected


def test_a_column_that_shows_late_is_null_before(written, monkeypatch):
    monkeypatch.setattr("magpie_core.export.parquet.GROUP_ROWS", 2)
    records = [Record(id=str(i), index=i, instruction="i", response="r") for i in range(5)]
    late = Record(id="5", index=5, instruction="i", response="r", extra={"late": 1})
    out = written(ParquetExporter(), *records, late, name="o.parquet")
    assert pq.ParquetFile(out).num_row_groups == 3
    assert pq.read_table(out).column("late").to_pylist() == [None] * 5 + [1]


def test_parquet_without_pyarrow_says_what_to_install(
    magpie, fake_run, tmp_path, monkeypatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    out = tmp_path / "data.parquet"
    said = magpie("export", fake_run, "--to", "parquet", "--out", out)
    assert said.code == 3
    assert "pip install 'magpie-core[parquet]'" in said.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("exporter", "taken"),
    [(AlpacaExporter, "b"), (MessagesExporter, "bc"), (JsonlExporter, "abcd")],
)
def test_what_has_an_answer(exporter, taken):
    """A later answer of a longer conversation is one, but no Alpaca pair."""
    talk = [{"from": "human", "value": "i"}, {"from": "human", "value": "i"}]
    records = [
        Record(id="a", index=0, instruction="i", response=""),
        Record(id="b", index=1, instruction="i", response="r"),
        Record(
            id="c",
            index=2,
            instruction="i",
            response="",
            extra={"conversations": [*talk, {"from": "gpt", "value": "r"}]},
        ),
        Record(id="d", index=3, instruction="i", response=" ", extra={"conversations": talk}),
    ]
    assert "".join(one.id for one in records if exporter().takes(one)) == taken
