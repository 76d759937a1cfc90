"""The configurations in ``recipes/`` are what ``magpie recipe`` would write today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2] / "recipes"
WRITTEN_BY_HAND = {"README.md", "write_examples.py", "examples/source.jsonl"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("write_examples", ROOT / "write_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("recipes")
    module.write_all(folder)
    return folder


def files(folder: Path) -> dict[str, str]:
    found = (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def test_they_are_what_would_be_written_now(made):
    there = {name: text for name, text in files(ROOT).items() if name not in WRITTEN_BY_HAND}
    assert there == files(made), "run: python recipes/write_examples.py"


def test_they_hold_no_path_of_a_machine(made):
    for name, text in files(made).items():
        assert str(made) not in text, name
        assert not re.search(r"(?<![\w.:/$])/(?:\w+/)+", text), name


def test_every_file_they_name_is_there(made):
    for name, text in files(made).items():
        settings = yaml.safe_load(text) if name.endswith(".yaml") else {}
        for value in _texts(settings):
            if value.startswith("data/") or value.endswith(".jinja"):
                assert (made / name).with_name("x").parent.joinpath(value).exists(), (name, value)


def test_the_released_recipe_is_the_published_one(made):
    """Its numbers, as the model's own recipes have them."""
    folder = made / "llama-3.1-8b"
    sft, dpo = (
        yaml.safe_load((folder / name).read_text())
        for name in ("axolotl-sft.yaml", "alignment-handbook-dpo.yaml")
    )
    published = {
        "learning_rate": 2e-5,
        "lr_scheduler": "cosine",
        "warmup_ratio": 0.1,
        "num_epochs": 2,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": 16,
        "sequence_len": 8192,
        "sample_packing": True,
        "optimizer": "paged_adamw_8bit",
        "weight_decay": 0.0,
        "train_on_inputs": False,
        "special_tokens": {"eos_token": "<|eot_id|>", "pad_token": "<|end_of_text|>"},
    }
    assert sft | published == sft
    assert [one["path"].rpartition("/")[2] for one in sft["datasets"]] == [
        "Magpie-Reasoning-150K",
        "Magpie-Pro-MT-300K-v0.1",
    ]
    published = {
        "beta": 0.01,
        "learning_rate": 1e-6,
        "gradient_accumulation_steps": 16,
        "per_device_train_batch_size": 2,
        "num_train_epochs": 1,
        "max_length": 2048,
        "max_prompt_length": 1800,
        "warmup_ratio": 0.1,
        "lr_scheduler_type": "cosine",
        "optim": "adamw_torch",
        "seed": 42,
    }
    assert dpo | published == dpo
    assert dpo["model_name_or_path"] == sft["output_dir"]


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
