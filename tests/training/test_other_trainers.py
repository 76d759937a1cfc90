"""Axolotl, LLaMA-Factory and the alignment handbook read what is written for them, with their own code.

They pin other versions of what we use, so they are installed apart (``make test-recipes``) and asked through
a process: MAGPIE_TRAINERS names the folder.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.opening import open_named
from magpie_core.plugins import load_plugins
from magpie_core.record import Turn
from magpie_core.training.pieces import pieces_of
from magpie_core.training.trainers import llama_factory_templates

ROOT = Path(__file__).parents[2]
TRAINERS = Path(os.environ.get("MAGPIE_TRAINERS") or ROOT / ".venv-trainers").absolute()
LEARNED = ["Cat, dog and owl.<|eot_id|>", "Cat, dog and owl.<|eot_id|>Moss.<|eot_id|>"]
"""Of ``talk``: every answer with the token that ends it, and nothing else."""
LLAMA3 = pieces_of(load_plugins().families()["llama3"].chat_format())

pytestmark = pytest.mark.slow


def ask(trainer: str, *configs: str) -> list[dict[str, Any]]:
    """What the trainer's own code makes of ``configs``."""
    python = TRAINERS / "bin/python"
    if not python.exists():
        pytest.skip("needs the trainers: make test-recipes, or MAGPIE_TRAINERS=FOLDER")
    validator = Path(__file__).parent / "validators" / f"{trainer.replace('-', '_')}.py"
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "HF_DATASETS_CACHE": str(Path(configs[0]).parent / "cache"),
        "PYTHONPATH": str(TRAINERS / trainer),
    }
    done = subprocess.run(
        [python, validator, *configs], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def both(recipe: Callable[..., Any], talk: Path, pairs: Path) -> Callable[..., list[str]]:
    """The configurations of both stages for a trainer."""

    def both(trainer: str, gpus: int = 4) -> list[str]:
        call = ("--trainer", trainer, "--base", "tiny", "--chat-template", "llama3", "--gpus", gpus)
        made = [recipe(talk, *call, "--stage", "sft"), recipe(pairs, *call, "--stage", "dpo")]
        return [next(iter(one["stages"].values()))["config"] for one in made]

    return both


@pytest.fixture
def texts(conversations: list[list[dict[str, Any]]]) -> list[str]:
    """``talk``, as it is to be written."""
    return [LLAMA3.render([Turn(**one) for one in turns]) for turns in conversations]


@pytest.mark.parametrize("gpus", [0, 4])
def test_axolotl(both, texts, gpus):
    sft, dpo = ask("axolotl", *both("axolotl", gpus))
    assert sft["unknown"] == dpo["unknown"] == []
    assert sft["learned"] == LEARNED
    assert sft["texts"] == texts
    asked = [Turn("user", "Count to 3.")]
    prompt = LLAMA3.render(asked) + LLAMA3.ask
    assert dpo["pairs"][0] == [prompt, "1 2 3<|eot_id|>", "No.<|eot_id|>"]


def test_llama_factory(both, texts):
    sft, dpo = ask("llama-factory", *both("llama-factory"))
    assert sft["learned"] == LEARNED
    assert sft["texts"] == texts
    assert (sft["warmup"], sft["longest"]) == (0.1, 1024)
    whole = LLAMA3.render([Turn("user", "Count to 3."), Turn("assistant", "1 2 3")])
    assert dpo["pairs"][0] == [whole, "1 2 3<|eot_id|>", "No.<|eot_id|>"]
    assert dpo["beta"] == 0.01


FAMILIES = (
    *(
        "llama3.1",
        "qwen2.5",
        "qwen3-2507",
        "gemma2",
        "gemma3",
        "mistral-v3-spm",
        "mistral-v3-tekken",
    ),
    *("phi3-mini", "phi4", "phi4-mini", "yi-1.5", "deepseek-v3", "deepseek-r1"),
)
"""At least one for each of LLaMA-Factory's templates that are named; its llama4 wants an image processor."""


@pytest.mark.parametrize("trainer", ["axolotl", "llama-factory"])
def test_every_format_is_written_and_learned_as_it_is(recipe, tmp_path, trainer):
    """Two questions and two answers, in the format of each family's tiny checkpoint."""
    models = load_plugins().models()
    if "tiny-qwen2.5" not in models:
        pytest.skip("needs magpie-tiny-families")
    turns = [
        {"role": "user", "content": "Name two animals."},
        {"role": "assistant", "content": "Cat, dog."},
        {"role": "user", "content": "And one more?"},
        {"role": "assistant", "content": "Owl."},
    ]
    talk = write_talk(tmp_path / "talk.jsonl", turns)
    configs, wanted = [], []
    for family in FAMILIES:
        name = f"tiny-{family}"
        opened = open_named(name, models, trust_remote_code=False)
        pieces = pieces_of(derive_from_tokenizer(opened.tokenizer))
        out = tmp_path / name / "sft.yaml"
        recipe(
            talk, "--trainer", trainer, "--stage", "sft", "--base", name, "--gpus", 0, "--out", out
        )
        configs.append(str(out))
        text = pieces.render([Turn(**one) for one in turns])
        # Some vocabularies take white space into a special token: what was read is compared.
        ids = opened.tokenizer.encode(text, add_special_tokens=False)
        wanted.append(opened.tokenizer.decode(ids).rstrip())
    found = ask(trainer, *configs)
    assert [one["texts"][0].rstrip() for one in found] == wanted
    for family, one in zip(FAMILIES, found, strict=True):
        # White space behind the end of an answer is learned by some and not by others.
        ends = pieces_of(load_plugins().families()[family].chat_format()).end_token
        learned = "".join(one["learned"][0].split())
        assert learned == "".join(f"Cat, dog.{ends}Owl.{ends}".split()), family


def write_talk(path: Path, turns: list[dict[str, str]]) -> Path:
    path.write_text(json.dumps({"messages": turns}) + "\n")
    return path


def test_the_alignment_handbook(both, recipe, talk):
    configs = both("alignment-handbook")
    sft, dpo = ask("alignment-handbook", *configs)
    assert [one["split"] for one in sft["data"]["datasets"]] == ["train"]
    assert sft["data"]["datasets"][0]["columns"] == ["messages"]
    assert dpo["data"]["datasets"][0]["columns"] == ["chosen", "rejected"]
    assert (sft["longest"], dpo["longest"], dpo["prompt"]) == (1024, 1024, 1024)
    assert sft["template"] == dpo["template"]
    assert "{%- generation -%}" in sft["template"]
    assert sft["warmup"] == dpo["warmup"] == 0.1
    assert sft["dtype"] == "bfloat16"


def test_the_handbook_finds_its_data_in_a_folder(both, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets", reason="needs datasets: pip install datasets")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    for config, rows in zip(both("alignment-handbook"), (2, 6), strict=True):
        settings = yaml.safe_load(Path(config).read_text())
        monkeypatch.chdir(Path(config).parent)
        (one,) = settings["dataset_mixture"]["datasets"]
        found = datasets.load_dataset(
            one["id"], split=one["split"], cache_dir=str(tmp_path / "there")
        )
        assert found.num_rows == rows
        assert set(one["columns"]) <= set(found.column_names)


def test_llama_factorys_templates_are_those_of_families():
    """Every name stands for a format that some family has; what most families write has a name."""
    named = {
        name: llama_factory_templates.template_for(pieces_of(family.chat_format()))
        for name, family in load_plugins().families().items()
    }
    assert set(llama_factory_templates.TEMPLATES.values()) <= set(named.values())
    assert named["llama3.1"] == "llama3"
    assert named["qwen2.5"] == "chatml"
    assert named["gemma2"] == "gemma"
    assert named["deepseek-coder"] is None
