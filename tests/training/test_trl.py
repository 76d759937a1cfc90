"""TRL reads what is written for it, and trains on it: on a processor, for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from magpie_core.testing.command import write_talks

ASKED = (
    "Write a short story about a boat.",
    "Name three animals.",
    "Give me two tips for a good night's sleep.",
    "Describe the sea.",
)


@pytest.mark.filterwarnings("ignore:.gradient_checkpointing. is deprecated:FutureWarning")
@pytest.mark.parametrize("gpus", [0, 1, 4])
@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_every_option_is_one_that_trl_knows(recipe, talk, pairs, stage, gpus):
    """Its parser hands on what it does not know: here nothing but what is meant for ``accelerate launch``."""
    pytest.importorskip("trl", reason="needs TRL: pip install trl")
    from importlib import import_module

    source = talk if stage == "sft" else pairs
    call = (source, "--trainer", "trl", "--stage", stage, "--base", "tiny", "--gpus", gpus)
    document = recipe(*call, "--chat-template", "llama3")
    config = document["stages"][stage]["config"]
    parser = import_module(f"trl.scripts.{stage}").make_parser()
    if gpus:  # bfloat16 is refused where there is no GPU
        config = _without_bfloat16(Path(config))
    *parsed, unknown = parser.parse_args_and_config(
        ["--config", str(config)], return_remaining_strings=True
    )
    assert unknown[:2] == ["--num_processes", str(max(gpus, 1))]
    assert unknown[2:] in ([], ["--accelerate_config", "zero3"])
    script, training, model, mixture = parsed
    assert training.warmup_steps == 0.1
    assert training.learning_rate == (2e-5 if stage == "sft" else 5e-7)
    steps = training.gradient_accumulation_steps * training.per_device_train_batch_size
    assert steps * max(gpus, 1) == (32 if stage == "sft" else 128)
    assert mixture.datasets[0].path == "json"
    assert script.dataset_name is None
    assert model.dtype == ("bfloat16" if gpus else "float32")


def _without_bfloat16(path: Path) -> Path:
    copy = path.with_name("float.yaml")
    copy.write_text(path.read_text().replace("bf16: true", "bf16: false"))
    return copy


def train(folder: Path, command: list[str]) -> list[float]:
    """Runs a recipe's command in its folder, for three steps; the losses it logged."""
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "HF_DATASETS_CACHE": str(folder / "cache"),
        "PYTHONWARNINGS": "default",
    }
    done = subprocess.run(
        [sys.executable, "-m", *command, "--max_steps", "3"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (state,) = folder.glob("outputs/*/checkpoint-3/trainer_state.json")
    logged = json.loads(state.read_text())["log_history"]
    return [one["loss"] for one in logged if "loss" in one]


@pytest.mark.engine
@pytest.mark.slow
def test_it_trains_on_a_run(magpie, recipe, checkpoint, tmp_path):
    """Supervised fine-tuning of the embedded model on 40 conversations of its own, then on pairs."""
    pytest.importorskip("trl", reason="needs TRL: pip install trl")
    pytest.importorskip("datasets", reason="needs datasets: pip install datasets")
    run = tmp_path / "run"
    call = ("run", "--family", "llama3", "--checkpoint", checkpoint, "-n", 40, "--seed", 3)
    said = magpie(*call, "--turns", 2, "-o", run)
    assert said.code == 0, said.err
    call = (run, "--trainer", "trl", "--gpus", 0)
    document = recipe(*call, "--stage", "sft", "--base", checkpoint)
    folder = Path(document["folder"])
    rows = (folder / "data/messages/train.jsonl").read_text().splitlines()
    assert {len(json.loads(row)["messages"]) for row in rows} == {2, 4}, "of one turn and of two"
    losses = train(folder, _words(document, "sft"))
    assert len(losses) == 3
    assert all(0 < one < 2 for one in losses), "its own answers are nothing new to it"
    trained = folder / "outputs/trl-sft"
    assert (trained / "model.safetensors").is_file()
    written = (folder / "chat_template.jinja").read_text()
    assert (trained / "chat_template.jinja").read_text() == written

    from magpie_tiny.reward import reward_checkpoint

    reward = reward_checkpoint(tmp_path / "reward")
    source = write_talks(tmp_path / "asked.jsonl", *((one, "As before.") for one in ASKED))
    engine = ("--checkpoint", checkpoint, "--dtype", "float32", "--reward", reward)
    said = magpie(
        *("prefer", source, "--samples", 3, *engine, "--reward-dtype", "float32"),
        *("--max-response-tokens", 32, "--json"),
    )
    assert said.code == 0, said.err
    assert json.loads(said.out)["pairs"] >= 2
    call = (source, "--trainer", "trl", "--gpus", 0, "--stage", "dpo", "--base", trained)
    document = recipe(*call, "--chat-template", "llama3")
    assert not document["notes"] or "sequences have" in document["notes"][0], (
        "the trained checkpoint's template writes the pairs as they are"
    )
    losses = train(Path(document["folder"]), _words(document, "dpo"))
    assert losses[0] == pytest.approx(0.6931, abs=1e-3), "log 2: nothing is preferred yet"
    assert len(losses) == 3
    assert (Path(document["folder"]) / "outputs/trl-dpo/model.safetensors").is_file()


def _words(document, stage: str) -> list[str]:
    """The command that was printed, run by this interpreter."""
    command, *rest = document["stages"][stage]["command"].split()
    assert command == "trl"
    return ["trl.cli.main", *rest]
