"""Run folders of other versions: what this one wrote once is read for ever, what a newer one wrote is refused.

``format-1`` was written by version 0.1.0. When the format number rises, a folder beside it is added and this one
stays: it must then be read as it is, or be refused with a way out.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magpie_core.run.manifest import FORMAT_VERSION

OLD = Path(__file__).with_name("format-1")


@pytest.fixture
def old(tmp_path) -> Path:
    return Path(shutil.copytree(OLD, tmp_path / "old"))


def test_a_run_of_version_0_1_is_read_with_all_that_was_added_to_it(magpie, old, tmp_path):
    status = json.loads(magpie("status", old, "--json").out)
    assert (status["key"], status["accepted"], status["complete"]) == ("d494d7523d9f", 6, True)
    assert magpie("show", old, "-n", "6").out.count("instruction") >= 6
    out = tmp_path / "out.jsonl"
    said = magpie("export", old, "--selection", "long", "--to", "jsonl", "--out", out)
    assert said.code == 0, said.err
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in rows] == [
        f"d494d7523d9f-{one['index']:08d}" for one in sorted(rows, key=lambda one: one["index"])
    ]
    assert {row["clarity"] for row in rows} == {"a"}
    said = magpie("select", old, "--where", "clarity = 'a'", "--as", "again")
    assert said.code == 0, said.err


def test_a_run_of_version_0_1_goes_on(magpie, old, tmp_path):
    before = (old / "records" / "part-00000.jsonl").read_bytes()
    said = magpie("resume", old, "-n", "8")
    if "has other weights" in said.err:
        pytest.skip("the embedded model is another one by now")
    assert said.code == 0, said.err
    assert (old / "records" / "part-00000.jsonl").read_bytes().startswith(before)
    assert json.loads(magpie("status", old, "--json").out)["accepted"] == 8


def commands(run: Path, out: Path) -> list[list[object]]:
    return [
        ["status", run],
        ["show", run],
        ["resume", run],
        ["run", "--checkpoint", "tiny", "--backend", "fake", "-o", run],
        ["export", run, "--to", "jsonl", "--out", out],
        ["select", run, "--where", "length(response) > 1", "--as", "some"],
        ["tag", run, "language"],
        ["dedup", run, "--embedder", "minilm"],
        ["extend", run, "--turns", "2"],
        ["prefer", run, "--by", "majority"],
        ["split", run, "--test", "0.5", "--out", out],
        ["merge", run, OLD, "-o", out],
        ["diversity", run],
    ]


@pytest.mark.parametrize("number", range(len(commands(Path(), Path()))), ids=lambda k: str(commands(Path(), Path())[k][0]))  # fmt: skip
@pytest.mark.parametrize(
    ("version", "words", "hint"),
    [
        (str(FORMAT_VERSION + 1), "this magpie knows up to", "pip install --upgrade magpie-core"),
        (str(10**30), "this magpie knows up to", "pip install --upgrade magpie-core"),
        ("0", "this magpie reads", "read it with the magpie that made it"),
        ('"one"', "it has no `format` number", "choose a folder that magpie made"),
    ],
)
def test_another_format_is_refused_by_every_command_and_left_alone(
    magpie, old, tmp_path, number, version, words, hint
):
    text = (old / "run.toml").read_text().replace("format = 1\n", f"format = {version}\n", 1)
    (old / "run.toml").write_text(text)
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    said = magpie(*commands(old, tmp_path / "out")[number])
    assert said.code == 5, said.err
    assert words in said.err
    assert f"hint: {hint}" in said.err
    assert "Traceback" not in said.err
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "out").exists()
