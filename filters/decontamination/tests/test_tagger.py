"""The tagger keeps its contract and says with what, and how much, an instruction overlaps."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from magpie_core import Record, UsageError
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_filter_decontamination import DecontaminationTagger

BENCHMARK = Path(__file__).parent / "benchmark.jsonl"
CLEAN = {"contaminated": False, "contaminated_by": None, "contaminated_share": 0.0}


class TestDecontamination(TaggerContract):
    tagger = DecontaminationTagger
    options = {"files": [str(BENCHMARK)]}
    columns = {
        "Name a river.": CLEAN,
        "Name the quiet river!": {
            "contaminated": True,
            "contaminated_by": f"{BENCHMARK}:3",
            "contaminated_share": 1.0,
        },
        # fourteen words, so two windows; the first holds the thirteen of the item
        "ties nine ribbons to every third fence post along a road of two, friend": {
            "contaminated": True,
            "contaminated_by": f"{BENCHMARK}:1",
            "contaminated_share": 0.5,
        },
    }


def test_the_response_does_not_count() -> None:
    record = Record(id="r", index=0, instruction="Say it.", response="Name the quiet river.")
    assert asyncio.run(DecontaminationTagger(files=(str(BENCHMARK),)).tag([record], None)) == [
        CLEAN
    ]


def test_settings_follow_the_bytes_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("Who wrote Emma?\n")
    before = DecontaminationTagger(files=(str(path),)).settings()
    path.write_text("Who wrote Persuasion?\n")
    assert DecontaminationTagger(files=(str(path),)).settings() != before


def test_without_files_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(UsageError, match="no benchmark"):
        DecontaminationTagger().settings()


def test_a_missing_file_is_found_when_the_tagger_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        DecontaminationTagger(files=(str(tmp_path / "gone.jsonl"),))
