"""The taggers on vLLM and the embedded model: every answer has the form, and a killed call loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")
pytest.importorskip("magpie_backend_vllm", reason="the vLLM backend is not installed")
pytest.importorskip("magpie_tiny", reason="the embedded model is not installed")

from magpie_core.dataset.columns import read_added
from magpie_core.tagging.schemas import checker
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS
from magpie_tagger_llm import CategoryTagger, DifficultyTagger, QualityTagger

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TAGGERS = (QualityTagger, DifficultyTagger, CategoryTagger)
ROWS = 100
PATIENCE = 1200.0


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Instructions of many kinds and scripts, one of them far too long for the context."""
    usable = [one for one in NASTY_TEXTS.values() if one.strip() and one.isprintable()]
    texts = ["Tell me why. " * 2000, *usable, *LEGITIMATE_INSTRUCTIONS]
    texts += [f"{one} ({k})" for k in range(9) for one in LEGITIMATE_INSTRUCTIONS]
    path = tmp_path_factory.mktemp("data") / "data.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for text in texts[:ROWS]:
            file.write(json.dumps({"instruction": text, "output": "So."}) + "\n")
    return path


def command(path: Path) -> list[str]:
    magpie = [sys.executable, "-c", "from magpie_core.cli import main; main()", "tag", str(path)]
    names = [one.name for one in TAGGERS]
    return [
        *magpie,
        *names,
        "--backend",
        "vllm",
        "--checkpoint",
        "tiny",
        "--max-batch",
        "32",
        "--json",
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def finished(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        command(path), capture_output=True, text=True, timeout=PATIENCE, env=environment()
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def columns(path: Path, name: str) -> dict[str, dict[str, Any]]:
    folder = path.with_name(path.name + ".magpie") / "tags" / name
    return {one.id: one.columns for one in read_added(folder)}


def lines(path: Path) -> int:
    place = path.with_name(path.name + ".magpie")
    return sum(part.read_bytes().count(b"\n") for part in place.glob("tags/*/part-*.jsonl"))


def test_every_answer_satisfies_its_schema_and_a_killed_call_loses_nothing(
    data: Path, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    for path in (whole, killed):
        path.write_bytes(data.read_bytes())

    summary = finished(whole)
    assert summary["failed"] == 0
    for kind in TAGGERS:
        counts, wrong = summary["taggers"][kind.name], checker(kind.schema)
        assert counts["tagged"] == ROWS
        assert counts["cut"] >= 1  # how many more depends on the length of the prompt
        made = columns(whole, kind.name)
        assert len(made) == ROWS
        assert [found for found in map(wrong, made.values()) if found] == []

    process = subprocess.Popen(
        command(killed), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()
    )
    end = time.monotonic() + PATIENCE
    while lines(killed) < ROWS and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = {kind.name: columns(killed, kind.name) for kind in TAGGERS}
    assert ROWS <= sum(map(len, before.values())) < 3 * ROWS

    resumed = finished(killed)
    for kind in TAGGERS:
        counts = resumed["taggers"][kind.name]
        assert counts["before"] == len(before[kind.name])
        assert counts["before"] + counts["tagged"] == ROWS
        assert counts["failed"] == 0
        after = columns(killed, kind.name)
        assert {id: after[id] for id in before[kind.name]} == before[kind.name]
        assert set(after) == set(columns(whole, kind.name))
