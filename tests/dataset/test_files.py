"""Files as people store them, and as disks leave them: what cannot be read is named, the rest is used."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from magpie_core.dataset.size import about
from magpie_core.dataset.source import open_source
from magpie_core.errors import MagpieError, StorageError, UsageError

GOOD = b'{"prompt":"Q%d","completion":"A"}'


def read(path):
    damage = []
    with open_source(path) as source:
        source.on_damage = lambda file, row, reason: damage.append((file.name, row, reason))
        records = list(source.records())
        assert source.damaged == len(damage)
    return records, damage


def write(folder, data, name="data.jsonl"):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "bad", [b"{", b"[1]", b'"text"', b"\x00\x00", b'{"prompt":"\xff"}', b"[" * 5000, b"null"]
)
def test_a_corrupt_line_in_the_middle_costs_one_row(tmp_path, bad):
    path = write(tmp_path, b"\n".join([GOOD % 0, bad, GOOD % 2, b"", GOOD % 4]) + b"\n")
    records, damage = read(path)
    assert [one.index for one in records] == [0, 2, 4]
    assert [(file, row) for file, row, _ in damage] == [("data.jsonl", 2)]


def test_a_first_line_that_is_no_object_costs_one_row(tmp_path):
    records, damage = read(write(tmp_path, b"[1, 2]\n" + GOOD % 1 + b"\n"))
    assert ([one.index for one in records], [row for _, row, _ in damage]) == ([1], [1])


def test_a_torn_last_line_is_named_and_a_whole_one_needs_no_newline(tmp_path):
    records, damage = read(write(tmp_path, GOOD % 0 + b"\n" + (GOOD % 1)[:-5]))
    assert ([one.index for one in records], [row for _, row, _ in damage]) == ([0], [2])
    records, damage = read(write(tmp_path, GOOD % 0 + b"\n" + GOOD % 1))
    assert (len(records), damage) == (2, [])


@pytest.mark.parametrize("name", ["data.jsonl", "data.json"])
def test_numbers_that_only_python_writes_are_unknown_ones(tmp_path, name):
    row = {
        "prompt": "NaN, or \ud83d?",
        "completion": "A",
        "loss": float("nan"),
        "all": [1, -float("inf")],
    }
    text = json.dumps([row] * 2 if name.endswith(".json") else row)
    [record, *_], damage = read(write(tmp_path, text.encode(), name))
    assert damage == []
    assert (record.instruction, record.extra["loss"]) == ("NaN, or \ufffd?", None)
    assert record.extra["all"] == [1, None]


def test_what_says_nan_and_is_broken_costs_one_row(tmp_path):
    records, damage = read(write(tmp_path, b'{"prompt": NaN\n{"prompt": NaN, "x": }\n' + GOOD % 1))
    assert (len(records), [row for _, row, _ in damage]) == (1, [1, 2])


def test_a_byte_order_mark_and_windows_line_ends_are_no_damage(tmp_path):
    records, damage = read(
        write(tmp_path, b"\xef\xbb\xbf" + GOOD % 0 + b"\r\n" + GOOD % 1 + b"\r\n")
    )
    assert (len(records), damage) == (2, [])
    array = b"\xef\xbb\xbf [" + GOOD % 0 + b"]"
    assert len(read(write(tmp_path, array, "data.json"))[0]) == 1


@pytest.mark.parametrize("name", ["data.jsonl", "data.ndjson", "data.json", "DATA.JSONL"])
def test_an_empty_file_has_no_records(tmp_path, name):
    assert read(write(tmp_path, b"", name)) == ([], [])


@pytest.mark.parametrize("name", ["data.json", "data.jsonl"])
def test_an_array_is_read_whatever_the_name(tmp_path, name):
    rows = [{"prompt": "Q", "n": 1}, 5, {"prompt": "R"}]
    records, damage = read(write(tmp_path, json.dumps(rows, indent=1).encode(), name))
    assert [one.instruction for one in records] == ["Q", "R"]
    assert [row for _, row, _ in damage] == [2]


def test_a_broken_array_is_said_with_a_way_out(tmp_path):
    with pytest.raises(UsageError, match="no JSON") as caught:
        read(write(tmp_path, b'[{"prompt": "Q"},', "data.json"))
    assert ".jsonl" in caught.value.hint


def test_text_stays_as_it_is(tmp_path):
    texts = [
        "数学 ✓ 👩\u200d🔬",
        "e\u0301 vs é",
        "\u2028 is no line end",
        " kept  ",
        "\ufeffx",
        "a\x00b",
    ]
    rows = [{"prompt": text, "completion": text[::-1]} for text in texts]
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    records, _ = read(write(tmp_path, data))
    assert [(one.instruction, one.response) for one in records] == [(t, t[::-1]) for t in texts]


def test_parquet_with_lists_of_structs(tmp_path):
    turn = pa.struct(
        [("from", pa.string()), ("value", pa.large_string()), ("weight", pa.float64())]
    )
    table = pa.table(
        {
            "conversations": pa.array(
                [
                    [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}],
                    None,
                    [{"from": "human", "value": None}],
                    [{"from": "system", "value": "S"}, {"from": "human", "value": "Q"}],
                ],
                pa.list_(turn),
            ),
            "label": pa.array(["x", "y", "x", None]).dictionary_encode(),
            "score": [0.5, None, 1.0, 2.0],
        }
    )
    pq.write_table(table, tmp_path / "data.parquet")
    records, damage = read(tmp_path / "data.parquet")
    assert [(one.system, one.instruction, one.response) for one in records] == [
        (None, "Q", "A"),
        ("S", "Q", ""),
    ]
    assert records[0].extra == {"label": "x", "score": 0.5}
    assert [row for _, row, _ in damage] == [2, 3]


def test_a_value_python_cannot_hold_costs_one_row(tmp_path):
    far = pa.array([0, 10**15, 1], pa.int64()).cast(pa.timestamp("s"))
    table = pa.table({"prompt": ["Q0", "Q1", "Q2"], "when": far})
    pq.write_table(table, tmp_path / "data.parquet")
    records, damage = read(tmp_path / "data.parquet")
    assert [one.index for one in records] == [0, 2]
    assert [row for _, row, _ in damage] == [2]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1", GOOD % 0])
def test_what_is_no_parquet_is_said(tmp_path, data):
    with pytest.raises(UsageError, match="no Parquet"):
        read(write(tmp_path, data, "data.parquet"))


def test_a_parquet_file_with_a_damaged_page_is_said(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"prompt": [f"question {k}" for k in range(5000)]}), path)
    data = bytearray(path.read_bytes())
    data[50:2000] = b"\xff" * 1950
    path.write_bytes(data)
    with pytest.raises(UsageError, match="no Parquet"):
        read(path)


def test_files_of_other_kinds_and_missing_ones_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"known: a run folder, \.jsonl"):
        open_source(write(tmp_path, b"x", "data.csv"))
    with pytest.raises(MagpieError, match="missing"):
        open_source(tmp_path / "missing.jsonl")


def test_a_folder_that_may_not_be_read_is_a_storage_error(tmp_path, monkeypatch):
    path = write(tmp_path, GOOD % 0)
    source = open_source(path)
    path.unlink()
    with pytest.raises(StorageError, match="cannot read"):
        list(source.records())


def test_size_is_about_the_rows(tmp_path):
    pq.write_table(pa.table({"prompt": ["Q", "R"]}), tmp_path / "data.parquet")
    assert about(open_source(tmp_path / "data.parquet")) == 2
    assert about(open_source(write(tmp_path, (GOOD % 0 + b"\n") * 3))) == 3
    assert about(open_source(write(tmp_path, b"[]", "data.json"))) is None
