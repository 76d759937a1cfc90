"""TRL's configuration, for ``trl sft`` and ``trl dpo``. Option names: TRL 1.x on transformers 5."""

from __future__ import annotations

from typing import Any

from magpie_core.training.hyperparameters import Sft
from magpie_core.training.job import Configuration, DataSet, Job, Section

COLUMNS = {
    "messages": ["messages"],
    "trl-preference": ["prompt", "chosen", "rejected"],
    "handbook-preference": ["chosen", "rejected"],  # the prompt is what both begin with
}
"""What is read of each form; of pairs of whole conversations TRL takes the prompt itself."""


def configure(job: Job) -> Configuration:
    """One YAML file for TRL's own command; the last two lines go on to ``accelerate launch``."""
    cpu = job.gpus == 0
    sections = (
        Section("The model that is trained", model(job)),
        Section("The data", {"datasets": [_data(one) for one in job.data]}),
        Section(_about(job), _stage(job)),
        Section(
            f"One step is {job.batch.effective} sequences: {job.batch} "
            "(micro batch x accumulation x devices); a warm-up below 1 is a share of all steps",
            numbers(job),
        ),
        Section(
            "How it runs, and what it writes",
            {
                **({"use_cpu": True} if cpu else {}),
                **running(job),
                "output_dir": job.output,
                "num_processes": job.batch.devices,
                **_sharding(job),
            },
        ),
    )
    install = "trl[deepspeed]" if _sharding(job) else "trl"
    command = f"trl {job.stage} --config {job.config}"
    return Configuration(sections=sections, command=command, install=install)


def model(job: Job) -> dict[str, Any]:
    """The checkpoint, and how its weights are held."""
    cpu = job.gpus == 0
    return {
        "model_name_or_path": job.base,
        "dtype": "float32" if cpu else "bfloat16",
        "attn_implementation": "sdpa" if cpu else "flash_attention_2",
    }


def numbers(job: Job) -> dict[str, Any]:
    """The hyperparameters both stages have. A warm-up below 1 is a share of the steps."""
    return {
        "per_device_train_batch_size": job.batch.micro,
        "gradient_accumulation_steps": job.batch.accumulation,
        "num_train_epochs": job.numbers.epochs,
        "learning_rate": job.numbers.learning_rate,
        "lr_scheduler_type": job.numbers.schedule,
        "warmup_steps": job.numbers.warmup,
        "weight_decay": job.numbers.weight_decay,
        "optim": "adamw_torch" if job.gpus == 0 else job.numbers.optimizer,
        "seed": job.numbers.seed,
    }


def running(job: Job) -> dict[str, Any]:
    """Precision, memory, and what is written while it runs."""
    cpu = job.gpus == 0
    return {
        "bf16": not cpu,
        "gradient_checkpointing": not cpu,
        "logging_steps": 1,
        "save_strategy": "epoch",
        "report_to": "none",
    }


def _sharding(job: Job) -> dict[str, Any]:
    """Preferences need the checkpoint twice: as published, several GPUs share both (DeepSpeed ZeRO-3)."""
    return {"accelerate_config": "zero3"} if job.stage == "dpo" and job.gpus > 1 else {}


def _about(job: Job) -> str:
    if job.stage == "sft":
        return "Loss on the assistant's turns only: the template marks them, with the token that ends them"
    return "The chat template is that of the checkpoint, which supervised fine-tuning put there"


def _stage(job: Job) -> dict[str, Any]:
    if isinstance(job.numbers, Sft):
        return {
            "chat_template_path": job.template_file,
            "eos_token": job.tokens.end,
            "assistant_only_loss": True,
            "max_length": job.numbers.max_length,
            "packing": job.numbers.packing and job.gpus > 0,
        }
    return {
        "beta": job.numbers.beta,
        "loss_type": ["sigmoid"],
        "max_length": job.numbers.max_length,
    }


def _data(one: DataSet) -> dict[str, Any]:
    place = {"path": one.path} if one.hub else {"path": "json", "data_files": one.path}
    return {**place, "split": "train", "columns": COLUMNS[one.form]}
