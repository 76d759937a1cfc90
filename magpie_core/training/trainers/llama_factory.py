"""LLaMA-Factory's configuration, and its ``dataset_info.json``. Option names are those of 0.9.5."""

from __future__ import annotations

import json
from typing import Any

from magpie_core.errors import UsageError
from magpie_core.training.hyperparameters import Dpo, Sft
from magpie_core.training.job import Configuration, DataSet, Job, Section
from magpie_core.training.trainers.llama_factory_templates import template_for

INFO = "dataset_info.json"
_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def configure(job: Job) -> Configuration:
    """One YAML file, and the description of the data it asks for beside it.

    It writes conversations by templates of its own: the one that writes this format is named.

    Raises:
        UsageError: none does, or it cannot read such pairs.
    """
    cpu = job.gpus == 0
    template = template_for(job.pieces)
    if template is None:
        raise UsageError(
            "LLaMA-Factory has no template that writes conversations as this chat format does",
            hint="--trainer axolotl, or another format: --chat-template chatml",
        )
    names = [_name(one) for one in job.data]
    sections = (
        Section(
            "The model that is trained",
            {"model_name_or_path": job.base, "finetuning_type": "full", **_added(job)},
        ),
        Section(
            f"The data, described in {INFO}: loss on all of the assistant's turns, and no others",
            {
                "stage": job.stage,
                "do_train": True,
                "dataset_dir": ".",
                "dataset": ",".join(names),
                "template": template,
                "default_system": job.format.default_system or "",
                "cutoff_len": job.numbers.max_length,
                **_stage(job),
            },
        ),
        Section(
            f"One step is {job.batch.effective} sequences: {job.batch} "
            "(micro batch x accumulation x devices)",
            {
                "per_device_train_batch_size": job.batch.micro,
                "gradient_accumulation_steps": job.batch.accumulation,
                "num_train_epochs": job.numbers.epochs,
                "learning_rate": job.numbers.learning_rate,
                "lr_scheduler_type": job.numbers.schedule,
                "warmup_ratio": job.numbers.warmup,
                "weight_decay": job.numbers.weight_decay,
                "optim": "adamw_torch" if cpu else job.numbers.optimizer,
                "seed": job.numbers.seed,
            },
        ),
        Section(
            "How it runs, and what it writes",
            {
                **({"use_cpu": True} if cpu else {}),
                "bf16": not cpu,
                "flash_attn": "sdpa" if cpu else "fa2",
                "logging_steps": 1,
                "save_strategy": "epoch",
                "report_to": "none",
                "output_dir": job.output,
            },
        ),
    )
    info = {name: _described(one) for name, one in zip(names, job.data, strict=True)}
    return Configuration(
        sections=sections,
        command=f"llamafactory-cli train {job.config}",
        install="llamafactory",
        beside={INFO: json.dumps(info, indent=2, ensure_ascii=False) + "\n"},
    )


def _added(job: Job) -> dict[str, Any]:
    if not job.tokens.missing:
        return {}
    return {"add_special_tokens": ",".join(job.tokens.missing), "resize_vocab": True}


def _stage(job: Job) -> dict[str, Any]:
    if isinstance(job.numbers, Dpo):
        return {"pref_beta": job.numbers.beta, "pref_loss": "sigmoid"}
    assert isinstance(job.numbers, Sft)
    packing = job.numbers.packing and job.gpus > 0
    return {
        "packing": packing,
        "neat_packing": packing,  # no conversation sees another one it is packed with
        "train_on_prompt": False,
        "mask_history": False,
    }


def _name(data: DataSet) -> str:
    """A name for the description: the hub's, the folder's that we write to, or the file's."""
    *folders, file = data.path.removesuffix(".jsonl").split("/")
    return folders[-1] if folders and file == "train" and not data.hub else file


def _described(data: DataSet) -> dict[str, Any]:
    place = {"hf_hub_url": data.path} if data.hub else {"file_name": data.path}
    if data.form == "handbook-preference":
        raise UsageError(
            "LLaMA-Factory reads no pairs of two whole conversations",
            hint="bring the set in, then write pairs from it: magpie import FILE -o runs/pairs",
        )
    if data.form == "sharegpt":
        return {**place, "formatting": "sharegpt"}
    columns = {"messages": "messages"}
    if data.form == "axolotl-preference":
        columns |= {"chosen": "chosen", "rejected": "rejected"}
        return {
            **place,
            "ranking": True,
            "formatting": "sharegpt",
            "columns": columns,
            "tags": _TAGS,
        }
    return {**place, "formatting": "sharegpt", "columns": columns, "tags": _TAGS}
