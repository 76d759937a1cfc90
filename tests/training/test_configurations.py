"""What is in each configuration, without the trainers: the published numbers, the data, the template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from magpie_core.training.hyperparameters import PAPER
from magpie_core.training.trainers import TRAINERS

TRANSFORMERS = {
    "micro": "per_device_train_batch_size",
    "accumulation": "gradient_accumulation_steps",
    "epochs": "num_train_epochs",
    "schedule": "lr_scheduler_type",
    "optimizer": "optim",
}
NAMES = {
    "axolotl": {
        "micro": "micro_batch_size",
        "accumulation": "gradient_accumulation_steps",
        "epochs": "num_epochs",
        "schedule": "lr_scheduler",
        "optimizer": "optimizer",
        "warmup": "warmup_ratio",
        "longest": "sequence_len",
        "packing": "sample_packing",
        "beta": "rl_beta",
        "base": "base_model",
    },
    "trl": TRANSFORMERS
    | {"warmup": "warmup_steps", "longest": "max_length", "packing": "packing", "beta": "beta"},
    "alignment-handbook": TRANSFORMERS
    | {"warmup": "warmup_ratio", "longest": "max_length", "packing": "packing", "beta": "beta"},
    "llama-factory": TRANSFORMERS
    | {
        "warmup": "warmup_ratio",
        "longest": "cutoff_len",
        "packing": "packing",
        "beta": "pref_beta",
    },
}
"""What each trainer calls a number."""


@pytest.fixture
def made(recipe, talk, pairs, monkeypatch):
    """Settings of a stage, for a base that nobody looks at."""
    monkeypatch.setattr("magpie_core.training.model.look_at_base", lambda *_: None)

    def made(trainer: str, stage: str, *more: object) -> tuple[dict, Path]:
        source = talk if stage == "sft" else pairs
        call = (source, "--trainer", trainer, "--stage", stage, "--base", "some/base")
        document = recipe(*call, "--chat-template", "llama3", *more)
        return document["stages"][stage]["settings"], Path(document["folder"])

    return made


@pytest.mark.parametrize("gpus", [1, 4, 8])
@pytest.mark.parametrize("stage", ["sft", "dpo"])
@pytest.mark.parametrize("trainer", TRAINERS)
def test_the_published_numbers(made, trainer, stage, gpus):
    settings, _ = made(trainer, stage, "--gpus", gpus)
    numbers, names = PAPER[stage], NAMES[trainer]
    assert (
        settings[names["micro"]] * settings[names["accumulation"]] * gpus == numbers.effective_batch
    )
    assert settings["learning_rate"] == numbers.learning_rate
    assert settings[names["epochs"]] == numbers.epochs
    assert settings[names["schedule"]] == "cosine"
    assert settings[names["warmup"]] == 0.1
    assert settings[names["longest"]] == numbers.max_length
    assert settings[names["optimizer"]] == numbers.optimizer
    assert settings["seed"] == 42
    assert settings["weight_decay"] == 0.0
    assert settings.get("bf16") in (True, "auto")
    assert settings["output_dir"] == f"outputs/{trainer}-{stage}"
    assert "some/base" in (settings.get("base_model"), settings.get("model_name_or_path"))
    if stage == "sft":
        assert settings[names["packing"]] is True
    else:
        assert settings[names["beta"]] == 0.01


@pytest.mark.parametrize("stage", ["sft", "dpo"])
@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_processor_needs_nothing_of_a_gpu(made, trainer, stage):
    settings, _ = made(trainer, stage, "--gpus", 0)
    text = json.dumps(settings)
    for word in ("paged_adamw", "flash_attention", "fa2", "bfloat16"):
        assert word not in text
    assert settings["bf16"] is False
    assert settings.get("packing", settings.get("sample_packing", False)) is False


@pytest.mark.parametrize("trainer", TRAINERS)
def test_loss_is_on_answers_only(made, trainer):
    settings, folder = made(trainer, "sft")
    if trainer == "axolotl":
        (data,) = settings["datasets"]
        assert data["roles_to_train"] == ["assistant"]
        assert data["train_on_eos"] == "turn"
        assert settings["train_on_inputs"] is False
    elif trainer == "llama-factory":
        assert settings["train_on_prompt"] is False
        assert settings["mask_history"] is False
    else:
        assert settings["assistant_only_loss"] is True
        template = settings.get("chat_template")
        if template is None:
            template = (folder / settings["chat_template_path"]).read_text()
        assert "{%- generation -%}" in template


@pytest.mark.parametrize("trainer", TRAINERS)
def test_the_token_that_ends_an_answer_is_the_eos(made, trainer):
    settings, _ = made(trainer, "sft")
    if trainer == "axolotl":
        assert settings["special_tokens"] == {"eos_token": "<|eot_id|>"}
        assert settings["eot_tokens"] == ["<|eot_id|>"]
    elif trainer == "llama-factory":
        assert settings["template"] == "llama3"  # whose stop word it is
    else:
        assert settings["eos_token"] == "<|eot_id|>"


def test_several_gpus_share_both_copies_of_a_checkpoint(made):
    assert made("trl", "dpo", "--gpus", 4)[0]["accelerate_config"] == "zero3"
    assert "accelerate_config" not in made("trl", "sft", "--gpus", 4)[0]
    assert "accelerate_config" not in made("trl", "dpo", "--overwrite")[0]


def test_the_prompt_of_a_pair_has_its_own_bound(made):
    assert made("axolotl", "dpo")[0]["max_prompt_len"] == 1800
    settings, _ = made("alignment-handbook", "dpo", "--max-length", 1024)
    assert (settings["max_length"], settings["max_prompt_length"]) == (1024, 1024)


def test_llama_factory_finds_the_data_by_name(made):
    settings, folder = made("llama-factory", "sft", "--reasoning", "drop")
    info = json.loads((folder / "dataset_info.json").read_text())
    described = info[settings["dataset"]]
    assert (folder / described["file_name"]).is_file()
    assert described["tags"]["assistant_tag"] == "assistant"
    assert settings["dataset_dir"] == "."


def test_descriptions_of_other_recipes_stay(made):
    """Two recipes in one folder describe their data in one file."""
    _, folder = made("llama-factory", "sft", "--reasoning", "drop")
    described = folder / "dataset_info.json"
    mine = json.loads(described.read_text()) | {"mine": {"file_name": "mine.json"}}
    described.write_text(json.dumps(mine))
    made("llama-factory", "sft", "--reasoning", "keep", "--overwrite")
    assert set(json.loads(described.read_text())) == {"messages-drop", "messages-keep", "mine"}


def test_a_description_that_cannot_be_read_is_left_alone(made, magpie, talk):
    _, folder = made("llama-factory", "sft")
    (folder / "dataset_info.json").write_text("{mine")
    call = ("--trainer", "llama-factory", "--stage", "sft", "--base", "some/base")
    said = magpie("recipe", talk, *call, "--chat-template", "llama3")
    assert said.code == 2
    assert "dataset_info.json` cannot be read" in said.err
    assert (folder / "dataset_info.json").read_text() == "{mine"
