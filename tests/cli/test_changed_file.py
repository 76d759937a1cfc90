"""Columns beside a file that was changed since are refused by whoever reads them, not only by whoever writes."""

import json

import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.diversity.measured import measure
from magpie_core.errors import UsageError
from magpie_core.neighbours.embedders import Embedder

ROWS = [{"instruction": f"Question {number}?", "response": "Yes."} for number in range(4)]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def changed(path, name):
    """A file with a set of columns; then it gets a row at its beginning, and every id is the next record's."""
    write(path, ROWS)
    with open_source(path) as source, Columns(source, name, {}) as columns:
        for record in source.records():
            columns.add(record.id, {"x": 1, "min_neighbor_distance": 0.5})
    write(path, [{"instruction": "New?", "response": "No."}, *ROWS])


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("tags/x", ("select", "--where", "x = 1", "--dry-run")),
        ("tags/x", ("select", "--sample", "2", "--dry-run")),
        ("tags/x", ("split", "--test", "0.5", "--out", "parts")),
        ("neighbours/x", ("split", "--test", "0.5", "--out", "parts")),
        ("tags/x", ("dedup", "--minhash", "--best", "x")),
        ("tags/x", ("tag", "x", "--recipe", "mine.toml")),
    ],
)
def test_no_command_takes_them(magpie, tmp_path, monkeypatch, name, command):
    pytest.importorskip("duckdb")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(
        '[taggers.x]\nprompt = "{instruction}"\ncolumns = { x = "text" }\n'
    )
    changed(tmp_path / "d.jsonl", name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said = magpie(command[0], "d.jsonl", *command[1:])
    assert said.code == 2, said.out
    assert f"`d.jsonl.magpie/{name}` belongs to other contents of `d.jsonl`" in said.err
    assert f"hint: move it away: mv d.jsonl.magpie/{name} d.jsonl.magpie/{name}.old" in said.err
    kept = {path: path.read_bytes() for path in before}
    assert kept == before


def test_they_are_no_figure_of_diversity(tmp_path):
    changed(tmp_path / "d.jsonl", "neighbours/x")
    with (
        open_source(tmp_path / "d.jsonl") as source,
        pytest.raises(UsageError, match="changed since"),
    ):
        measure([source], {}, Embedder("minilm"), lambda *_: None)


def test_after_the_file_has_its_old_contents_again_they_count(magpie, tmp_path):
    pytest.importorskip("duckdb")
    path = tmp_path / "d.jsonl"
    changed(path, "tags/x")
    write(path, ROWS)
    said = magpie("select", path, "--where", "x = 1", "--dry-run", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["selected"] == len(ROWS), said.out
