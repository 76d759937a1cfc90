"""Run folders of a newer version, or of none: refused by every command, and left as they are.

What earlier versions wrote stays readable: ``tests/run/test_earlier_formats.py``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from magpie_core.run.manifest import FORMAT_VERSION

OLD = Path(__file__).parents[1] / "run" / "data" / "format-1"


@pytest.fixture
def old(tmp_path) -> Path:
    return Path(shutil.copytree(OLD, tmp_path / "old"))


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
