"""What is pushed: it loads, its card holds, and it says nothing of the machine."""

from __future__ import annotations

import getpass
import json
import re
from pathlib import Path

import datasets
import pytest
from huggingface_hub import DatasetCard
from huggingface_hub.repocard_data import DatasetCardData
from huggingface_hub.utils import validate_repo_id

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.publish.card import BIBTEX
from magpie_core.testing.command import write_talks


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def load(layout: Path, *config: str, **more):
    return datasets.load_dataset(
        str(layout), *config, cache_dir=str(layout.parent / "cache"), **more
    )


def nulls(feature) -> list:
    found = feature.values() if isinstance(feature, dict) else [getattr(feature, "feature", None)]
    return [one for one in found if getattr(one, "dtype", "") == "null"]


def test_datasets_loads_it_with_the_right_features(layout_of, tagged):
    rows = load(layout_of(tagged))["train"]
    assert rows.num_rows == 12
    assert rows.column_names == [
        *("id", "messages", "language", "input_quality", "quality_generator"),
        *("instruct_reward", "reward_model"),
    ]
    assert [one["role"] for one in rows[0]["messages"]] == ["user", "assistant"]
    assert rows.features["instruct_reward"].dtype == "float64"
    assert not [one for one in rows.features.values() if nulls({"": one}) or nulls(one)]


def test_pairs_are_a_configuration_of_their_own(layout_of, paired):
    layout = layout_of(paired)
    assert load(layout)["train"].num_rows == 12
    pairs = load(layout, "trl-preference")["train"]
    assert pairs.num_rows == 10
    assert pairs[0]["chosen"] == [{"role": "assistant", "content": "a"}]
    assert "chosen" not in load(layout)["train"].column_names
    assert "preference" in DatasetCard.load(layout / "README.md").data.tags


def test_every_column_where_that_is_asked_for(layout_of, tagged):
    rows = load(layout_of(tagged, "--to", "parquet"))["train"]
    assert {"instruction", "response", "conversations", "instruction_tokens"} <= set(
        rows.column_names
    )


def test_splits_of_magpie_split(magpie, layout_of, tagged, tmp_path):
    assert magpie("split", tagged, "--test", 0.4, "--out", tmp_path / "parts").code == 0
    parts = {p.stem: len(p.read_text().splitlines()) for p in (tmp_path / "parts").iterdir()}
    loaded = load(layout_of(tagged, "--splits", tmp_path / "parts"))
    assert {name: one.num_rows for name, one in loaded.items()} == parts
    assert set(parts) == {"train", "test"}


def test_splits_that_are_not_there(magpie, tagged, tmp_path):
    said = magpie("push", tagged, "me/x", "--dry-run", "--splits", tmp_path)
    assert said.code == 2
    assert "magpie split RUN" in said.err


def test_a_selection(magpie, layout_of, tagged):
    made = magpie("select", tagged, "--where", "input_quality = 'good'", "--as", "best")
    assert made.code == 0, made.err
    layout = layout_of(tagged, "--selection", "best")
    assert load(layout)["train"].num_rows == 6
    assert "input_quality = 'good'" in (layout / "README.md").read_text()


def test_the_card_is_what_the_hub_client_reads(layout_of, tagged):
    card = DatasetCard.load(layout_of(tagged, "--license", "apache-2.0") / "README.md")
    data = card.data
    assert data.language == ["en", "de"]
    assert data.license == "apache-2.0"
    assert data.size_categories == ["n<1K"]
    assert {"synthetic", "magpie"} <= set(data.tags)
    assert data.task_categories == ["text-generation"]
    assert data.to_dict()["configs"] == [
        {
            "config_name": "default",
            "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
        }
    ]
    again = DatasetCardData(**data.to_dict())
    assert again.to_dict() == data.to_dict()
    assert DatasetCard(str(card)).content == card.content
    validate_repo_id("me/first")


def test_the_hub_validates_the_card_that_is_written(layout_of, tagged, online):
    DatasetCard.load(layout_of(tagged) / "README.md").validate()
    assert online.calls == ["POST /api/validate-yaml"]


def test_what_the_card_says(layout_of, tagged, checkpoint):
    text = (layout_of(tagged) / "README.md").read_text()
    assert "| good | 6 | 50.0% |" in text
    assert "`judge-8b` | judged (quality) | `vllm` | unknown |" in text
    assert BIBTEX in text
    assert "magpie run recipe.toml" in text
    assert "turned down" in text or "| accepted | 12 | 100.0% |" in text
    assert re.search(r"\| `instruct_reward` \| 2\.75 \|", text)
    assert "temperature" in text


def test_unknown_licences_are_said_and_can_be_given(magpie, tagged, tmp_path):
    said = magpie("push", tagged, "me/x", "--dry-run")
    assert "the licence of `judge-8b` is not known: --model-license judge-8b=ID" in said.err
    assert "names no licence of the data set" in said.err
    assert "license: unknown" in said.out
    given = ("--model-license", "judge-8b=llama3.1", "--model-license", "org/reward=mit")
    said = magpie("push", tagged, "me/x", "--dry-run", "--license", "our terms", *given)
    assert "`judge-8b` is not known" not in said.err
    assert (
        "[Llama 3.1 Community License Agreement](https://www.llama.com/llama3_1/license/)"
        in said.out
    )
    assert "Built with Llama" in said.out
    assert "license: other\n" in said.out
    assert "license_name: our-terms\n" in said.out


def test_nothing_of_the_machine_goes_out(layout_of, paired, tmp_path):
    layout = layout_of(paired)
    rows = [
        json.dumps(one)
        for config in ("default", "trl-preference")
        for one in load(layout, config)["train"]
    ]
    for text in ((layout / "README.md").read_text(), *rows):
        assert not re.search(r"(?<![\w:/.])/(?:root|home|srv|tmp|usr|opt|var|work)\b", text)
        assert str(tmp_path) not in text
        assert "verysecret" not in text
        assert "10.0.0.7" not in text
        user = getpass.getuser()
        assert user == "root" or user not in text
    assert "judge-8b" in (layout / "README.md").read_text()
    assert sorted(p.name for p in layout.iterdir()) == ["README.md", "data", "trl-preference"]


def test_a_key_of_the_environment_is_struck_out_wherever_it_stands(magpie, tagged, monkeypatch):
    monkeypatch.setenv("OUR_API_KEY", "plainlookingkey")
    said = magpie("push", tagged, "me/x", "--dry-run", "--title", "made with plainlookingkey")
    assert "made with" in said.out
    assert "plainlookingkey" not in said.out


def test_a_dry_run_shows_files_and_card_and_asks_nobody(magpie, tagged, hub):
    said = magpie("push", tagged, "me/first", "--dry-run")
    assert said.code == 0
    assert "data/train-00000-of-00001.parquet" in said.out
    assert "# first" in said.out
    assert not hub.calls


def test_names_of_folders_and_titles_of_several_lines(magpie, tagged, tmp_path):
    folder = tmp_path / 'o"ut'
    said = magpie("push", tagged, "--to-folder", folder, "--title", "One\n---\nlicense: mit", "-q")
    assert said.code == 0, said.err
    text = (folder / "README.md").read_text()
    assert 'load_dataset("o\\"ut")' in text
    assert DatasetCard(text).data.pretty_name == "One --- license: mit"


def test_what_readers_marked_is_said_to_be_theirs(magpie, tagged, tmp_path):
    with (
        open_source(tagged) as source,
        Columns(source, "tags/marks", {"made_by": "magpie view", "latest": True}) as marks,
    ):
        marks.add(next(iter(source.records())).id, {"mark": "keep", "mark_note": "ask Jo"})
    magpie("push", tagged, "--to-folder", tmp_path / "out", "-q")
    assert not any(
        b"ask Jo" in one.read_bytes() or b"mark_note" in one.read_bytes()
        for one in (tmp_path / "out").rglob("*")
        if one.is_file()
    )
    text = (tmp_path / "out" / "README.md").read_text()
    assert "magpie tag runs/again marks" not in text
    assert "`keep` or `drop`, by a person who read it" in text
    assert "`mark` is a person's." in text


def test_what_is_there_is_used_until_something_changes(magpie, tagged):
    state = tagged / "exports" / "push" / "me--first" / "layout.json"
    magpie("push", tagged, "me/first", "--dry-run")
    first = state.stat().st_mtime_ns
    magpie("push", tagged, "me/first", "--dry-run")
    assert state.stat().st_mtime_ns == first
    shard = state.parent / "files" / "data" / "train-00000-of-00001.parquet"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1])
    magpie("push", tagged, "me/first", "--dry-run")
    assert shard.read_bytes() == whole


def test_a_folder_that_holds_something_is_left_alone(magpie, fake_run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("keep")
    said = magpie("push", fake_run, "--to-folder", tmp_path / "mine")
    assert said.code == 2
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["note"]


def test_a_file_made_elsewhere(layout_of, tmp_path):
    path = write_talks(tmp_path / "talks.jsonl", ("hello | there", "hi <b>"), ("two", "2"))
    layout = layout_of(path, "--title", "A | *title*")
    assert load(layout)["train"].num_rows == 2
    text = (layout / "README.md").read_text()
    assert "brought in from `talks.jsonl`" in text
    assert "# A \\| \\*title\\*" in text


def test_a_format_without_rows(magpie, fake_run):
    said = magpie("push", fake_run, "me/x", "--dry-run", "--to", "sharegtp")
    assert said.code == 2
    assert "sharegpt" in said.err
