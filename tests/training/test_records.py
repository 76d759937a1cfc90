"""What a recipe trains on: as many as the run was asked for, the best response, reasoning in front or gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.testing.command import write_talks

SFT = ("--trainer", "trl", "--stage", "sft", "--base", "tiny", "--chat-template", "llama3")


def rows(source: Path, named: str = "messages") -> list[dict]:
    written = source.with_name(f"{source.name}.magpie") / f"recipes/data/{named}/train.jsonl"
    return [json.loads(line) for line in written.read_text().splitlines()]


@pytest.fixture
def thought(tmp_path):
    path = tmp_path / "thought.jsonl"
    row = {"instruction": "2+2?", "response": "4.", "reasoning": "Two and two."}
    other = {"instruction": "Hi?", "response": "Hello."}
    path.write_text("".join(json.dumps(one) + "\n" for one in (row, other)))
    return path


def answers(found: list[dict]) -> list[str]:
    return [one["messages"][-1]["content"] for one in found]


def test_reasoning_is_left_out_and_that_is_said(recipe, thought):
    document = recipe(thought, *SFT)
    assert any(note.startswith("1 rows have reasoning") for note in document["notes"])
    assert answers(rows(thought)) == ["4.", "Hello."]


def test_reasoning_is_trained_on_when_asked(recipe, thought):
    document = recipe(thought, *SFT, "--reasoning", "keep")
    assert not any("reasoning" in note for note in document["notes"])
    kept = answers(rows(thought, "messages-keep"))
    assert kept[0].startswith("<think>")
    assert kept[0].endswith("4.")
    assert "Two and two." in kept[0]
    assert kept[1] == "Hello."


def test_reasoning_can_be_dropped_without_a_word(recipe, thought):
    document = recipe(thought, *SFT, "--reasoning", "drop")
    assert not any("reasoning" in note for note in document["notes"])
    assert answers(rows(thought, "messages-drop")) == ["4.", "Hello."]


@pytest.fixture
def rated(tmp_path):
    """Three instructions, two of which have responses that a set rates."""
    path = write_talks(tmp_path / "asked.jsonl", ("One?", "a"), ("Two?", "b"), ("Three?", "c"))
    with open_source(path) as source, Columns(source, "preferences/rated", {}) as columns:
        columns.add("t-0", {"responses": ["low", "high"], "rewards": [0.1, 0.9]})
        columns.add("t-1", {"responses": ["first", "second"], "rewards": [0.9, None]})
        columns.add("t-2", {"responses": ["x", "y"], "rewards": [None, None]})
    return path


def test_the_best_response_takes_the_place_of_the_records_own(recipe, rated):
    document = recipe(rated, *SFT, "--best", "rated")
    assert answers(rows(rated, "messages-rated")) == ["high", "first"]
    assert document["stages"]["sft"]["rows"] == 2
    assert document["stages"]["sft"]["left_out"] == 1


def test_without_any_rated_response(magpie, rated):
    named = rated.with_name(f"{rated.name}.magpie") / "preferences/rated"
    (part,) = named.glob("part-*.jsonl")
    part.write_text(part.read_text().splitlines(keepends=True)[2])
    said = magpie("recipe", rated, *SFT, "--best", "rated")
    assert said.code == 2
    assert "none of 3 records has a rated response" in said.err


def test_a_set_that_is_not_there(magpie, thought):
    said = magpie("recipe", thought, *SFT, "--best", "rated")
    assert said.code == 2
    assert "no preferences `rated`" in said.err


def test_no_more_records_than_the_run_was_asked_for(recipe, magpie, fake_run):
    manifest = fake_run / "run.toml"
    text = manifest.read_text()
    assert "n = 12" in text
    manifest.write_text(text.replace("n = 12", "n = 5"))
    document = recipe(fake_run, *SFT[:-2])
    assert document["stages"]["sft"]["rows"] == 5
    data = fake_run / "recipes/data/messages/train.jsonl"
    assert len(data.read_text().splitlines()) == 5
    exported = fake_run / "exports/data.jsonl"
    assert magpie("export", fake_run, "--to", "messages", "--out", exported).code == 0
    assert data.read_bytes() == exported.read_bytes()
