"""A run folder that an earlier version wrote stays readable: an upgrade loses nobody's run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magpie_core.run.folder import FORMAT_VERSION, RunFolder

DATA = Path(__file__).with_name("data")
INSTRUCTIONS = [
    "Write a haiku about rain.",
    "Describe a lighthouse at night.",
    "Plan a day in Vienna.",
    "Which metals melt below 100 degrees?",
    "Who wrote the first novel?",
    "What does a catalyst do?",
    "Explain photosynthesis to a child.",
    "What is seven times eight?",
]


@pytest.fixture(params=sorted(path.name for path in DATA.iterdir() if path.is_dir()))
def run(request, tmp_path) -> Path:
    return Path(shutil.copytree(DATA / request.param, tmp_path / "run"))


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_format_there_was_is_here():
    assert {path.name for path in DATA.iterdir() if path.is_dir()} == {
        f"format-{number}" for number in range(1, FORMAT_VERSION + 1)
    }


def test_status(run, magpie):
    said = magpie("status", run, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["accepted"], found["attempts"], found["complete"]) == (8, 17, True)
    assert sum(found["rejected"].values()) == 9
    text = magpie("status", run).out
    for name in (
        "tags/language",
        "neighbours/minhash",
        "turns/extended",
        "preferences/preferred",
    ):
        assert f"{name}: " in text


def test_show(run, magpie):
    shown = magpie("show", run, "-n", 8)
    assert shown.code == 0, shown.err
    assert all(text in shown.out for text in INSTRUCTIONS)
    rejected = magpie("show", run, "--rejected")
    assert "ends_with_colon" in rejected.out


def test_export(run, magpie, tmp_path):
    out = tmp_path / "out.jsonl"
    assert magpie("export", run, "--to", "jsonl", "--out", out).code == 0
    exported = rows(out)
    assert [row["instruction"] for row in exported] == INSTRUCTIONS
    assert exported[0]["language"] == "EN"
    said = magpie(
        "export", run, "--selection", "english", "--to", "messages", "--out", tmp_path / "m.jsonl"
    )
    assert said.code == 0, said.err
    assert len(rows(tmp_path / "m.jsonl")) == len(rows(run / "selections/english/selection.jsonl"))


def test_steps_go_on_where_they_stopped(run, magpie):
    before = (run / "tags/language/part-00000.jsonl").read_bytes()
    assert magpie("tag", run, "language", "-q").code == 0
    assert (run / "tags/language/part-00000.jsonl").read_bytes() == before
    said = magpie("select", run, "--where", "text_keep", "--as", "kept", "-q")
    assert said.code == 0, said.err


def test_resume_adds_to_it(run, magpie):
    """The records there are stay, to the byte; the same key makes the next ones."""
    before = (run / "records/part-00000.jsonl").read_bytes()
    key = RunFolder.open(run, write=False).manifest["key"]
    said = magpie("resume", run, "-n", 10)
    assert said.code == 0, said.err
    assert (run / "records/part-00000.jsonl").read_bytes().startswith(before)
    with RunFolder.open(run, write=False) as opened:
        records = list(opened.records_in_order())
        assert opened.manifest["key"] == key
    assert len(records) == 10
    assert [one.instruction for one in records if one.index < 17] == INSTRUCTIONS
    assert all(one.id.startswith(key) for one in records)
