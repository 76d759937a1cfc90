"""``magpie select`` from the terminal: what it prints, writes, refuses."""

import json

import pytest

pytest.importorskip("duckdb")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.jsonl"
    rows = [
        {
            "id": f"r{at}",
            "instruction": f"Question {at}" + (":" if at % 5 == 0 else "?"),
            "response": "word " * (at + 1),
            "input_quality": ["poor", "average", "good", "excellent"][at % 4],
            "instruct_reward": at / 10,
        }
        for at in range(20)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path


WHERE = "input_quality >= 'good' AND NOT instruction LIKE '%:'"
KEPT = ["r2", "r3", "r6", "r7", "r11", "r14", "r18", "r19"]


def test_the_funnel_is_printed_and_written_with_the_ids(magpie, data):
    said = magpie("select", data, "--where", WHERE, "--as", "good")
    assert said.code == 0, said.err
    assert "input_quality >= 'good'" in said.out
    assert "NOT instruction LIKE '%:'" in said.out
    folder = data.with_name("data.jsonl.magpie") / "selections" / "good"
    ids = [json.loads(one)["id"] for one in (folder / "selection.jsonl").read_text().splitlines()]
    assert ids == KEPT
    funnel = json.loads((folder / "funnel.json").read_text())
    assert [one["removed"] for one in funnel["stages"]] == [10, 2]
    assert (funnel["read"], funnel["selected"]) == (20, 8)


def test_dry_run_writes_nothing(magpie, data):
    said = magpie("select", data, "--where", WHERE, "--out", data.with_name("x.jsonl"), "--dry-run")
    assert said.code == 0, said.err
    assert [one.name for one in data.parent.iterdir()] == [data.name]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_the_records_are_written_with_their_columns(magpie, data, suffix):
    out = data.with_name("chosen" + suffix)
    said = magpie("select", data, "--where", WHERE, "--out", out)
    assert said.code == 0, said.err
    if suffix == ".parquet":
        from pyarrow import parquet

        rows = parquet.read_table(out).to_pylist()
    else:
        rows = [json.loads(one) for one in out.read_text().splitlines()]
    assert [one["id"] for one in rows] == KEPT
    assert rows[0]["input_quality"] == "good"
    assert rows[0]["instruct_reward"] == 0.2


def test_another_format_by_name(magpie, data):
    out = data.with_name("chosen.json")
    assert magpie("select", data, "--sample", 3, "--out", out, "--to", "sharegpt").code == 0
    assert [sorted(one) for one in json.loads(out.read_text())] == [["conversations", "id"]] * 3


def test_a_run_is_selected_from_and_left_as_it_is(magpie, fake_run):
    before = {one: one.read_bytes() for one in (fake_run / "records").iterdir()}
    said = magpie("select", fake_run, "--sample", 5, "--json", "-q")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["selected"] == 5
    assert {one: one.read_bytes() for one in (fake_run / "records").iterdir()} == before
    assert (fake_run / "selections" / told["name"] / "funnel.json").exists()
    assert magpie("status", fake_run).code == 0


def test_the_same_again_is_the_same_selection(magpie, data):
    first = json.loads(magpie("select", data, "--sample", 5, "--json").out)
    again = json.loads(magpie("select", data, "--sample", 5, "--json").out)
    other = json.loads(magpie("select", data, "--sample", 6, "--json").out)
    assert first == again
    assert other["name"] != first["name"]


def test_another_selection_is_not_replaced_unasked(magpie, data):
    assert magpie("select", data, "--sample", 5, "--as", "x").code == 0
    said = magpie("select", data, "--sample", 6, "--as", "x")
    assert said.code == 2
    assert "another selection" in said.err
    assert magpie("select", data, "--sample", 6, "--as", "x", "--overwrite").code == 0


def test_presets_are_listed_as_sql(magpie):
    said = magpie("select", "--presets")
    assert said.code == 0
    assert "ORDER BY length(response) DESC LIMIT 300000" in said.out
    assert set(json.loads(magpie("select", "--presets", "--json").out)) == {
        *("air", "pro", "notebook", "chinese", "preference"),
    }


def test_a_preset_needs_its_columns(magpie, data):
    said = magpie("select", data, "--preset", "pro")
    assert said.code == 2
    assert "min_neighbor_distance" in said.err
    assert "magpie dedup" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--where", "input_qualty = 'good'"], "did you mean `input_quality`?"),
        (["--where", "instruct_reward >"], "ends too early"),
        (["--where", "instruct_reward = 1; DROP TABLE x"], "no SQL expression"),
        (["--where", "length(instruct_reward, 'a') > 1"], "No function matches"),
        (["--where", "instruct_reward > 100"], "no record of"),
        (["--top", "5"], "highest by what?"),
        (["--quota", "input_quality"], "is no quota"),
        (["--quota", "input_quality=much"], "is no quota"),
        (["--preset", "notebok"], "did you mean `notebook`?"),
        (["--no-longest"], "--no-longest is for --preset"),
        (["--as", "../x"], "no name for a selection"),
        (["--out", "data.xyz"], "which format"),
        (["--out", "data.jsonl", "--to", "jsonll"], "unknown format"),
    ],
)
def test_bad_input_is_an_error_with_a_hint(magpie, data, arguments, message):
    said = magpie("select", data, *arguments)
    assert said.code == 2
    assert message in said.err
    assert "hint" in said.err
    assert [one.name for one in data.parent.iterdir()] == [data.name]


def test_the_source_is_not_overwritten(magpie, data):
    before = data.read_bytes()
    said = magpie("select", data, "--sample", 3, "--out", data, "--overwrite")
    assert said.code == 2
    assert "belongs to the source" in said.err
    assert data.read_bytes() == before


def test_a_corrupt_line_is_named_and_the_rest_used(magpie, data):
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join([*lines[:3], "{broken\n", *lines[3:]]))
    out = data.with_name("all.jsonl")
    said = magpie("select", data, "--sample", 20, "--out", out)
    assert said.code == 0, said.err
    assert said.err.count("data.jsonl:4: damaged line") == 1
    assert "1 damaged rows" in said.out
    assert len(out.read_text().splitlines()) == 20


def test_quiet_says_nothing(magpie, data):
    said = magpie("select", data, "--sample", 3, "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_without_duckdb_it_says_what_to_install(magpie, data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    said = magpie("select", data, "--sample", 3)
    assert said.code == 3
    assert "pip install 'magpie-core[select]'" in said.err


def test_a_selection_is_exported_by_its_name(magpie, data):
    now, later = data.with_name("now.jsonl"), data.with_name("later.jsonl")
    chosen = ["--where", WHERE, "--shuffle", "--as", "x", "--out", now]
    assert magpie("select", data, *chosen).code == 0
    said = magpie("export", data, "--selection", "x", "--to", "jsonl", "--out", later)
    assert said.code == 0, said.err
    assert later.read_text() == now.read_text()
    assert magpie("export", data, "--selection", "x", "--to", "jsonl", "--out", data).code == 2
    said = magpie("export", data, "--selection", "y", "--to", "jsonl", "--out", "-")
    assert said.code == 2
    assert "there are: x" in said.err
