"""Axolotl's configuration. Option names are those of ``axolotl.utils.schemas`` (0.19)."""

from __future__ import annotations

from typing import Any

from magpie_core.training.hyperparameters import Dpo
from magpie_core.training.job import Configuration, DataSet, Job, Section


def configure(job: Job) -> Configuration:
    """One YAML file; the chat template beside it is named in it."""
    cpu = job.gpus == 0
    stage = _preference(job) if isinstance(job.numbers, Dpo) else _supervised(job)
    sections = (
        Section("The model that is trained, and its tokens", _model(job)),
        Section(
            "The data: loss on the assistant's turns only, each with the token that ends it", stage
        ),
        Section(
            f"One step is {job.batch.effective} sequences: {job.batch} "
            "(micro batch x accumulation x devices)",
            {
                "micro_batch_size": job.batch.micro,
                "gradient_accumulation_steps": job.batch.accumulation,
                "num_epochs": job.numbers.epochs,
                "learning_rate": job.numbers.learning_rate,
                "lr_scheduler": job.numbers.schedule,
                "warmup_ratio": job.numbers.warmup,
                "weight_decay": job.numbers.weight_decay,
                "optimizer": "adamw_torch" if cpu else job.numbers.optimizer,
                "seed": job.numbers.seed,
            },
        ),
        Section(
            "How it runs, and what it writes",
            {
                "bf16": False if cpu else "auto",
                "tf32": False,
                "attn_implementation": "sdpa" if cpu else "flash_attention_2",
                "gradient_checkpointing": not cpu,
                **({} if cpu else {"gradient_checkpointing_kwargs": {"use_reentrant": False}}),
                "logging_steps": 1,
                "saves_per_epoch": 1,
                "dataset_prepared_path": f"prepared/{job.name}",
                "output_dir": job.output,
            },
        ),
    )
    return Configuration(
        sections=sections, command=f"axolotl train {job.config}", install="axolotl[flash-attn]"
    )


def _model(job: Job) -> dict[str, Any]:
    special = {"eos_token": job.tokens.end}
    if job.tokens.pad:
        special["pad_token"] = job.tokens.pad
    return {
        "base_model": job.base,
        "chat_template": "jinja",
        "chat_template_jinja": job.template_file,
        "eot_tokens": [job.tokens.end],
        "special_tokens": special,
        **({"tokens": list(job.tokens.missing)} if job.tokens.missing else {}),
    }


def _supervised(job: Job) -> dict[str, Any]:
    packing = getattr(job.numbers, "packing", False) and job.gpus > 0
    return {
        "datasets": [
            {**_place(one), "type": "chat_template", **_columns(one), **_LEARNED}
            for one in job.data
        ],
        "val_set_size": 0.0,
        "sequence_len": job.numbers.max_length,
        "sample_packing": packing,
        "pad_to_sequence_len": packing,
        "train_on_inputs": False,
    }


def _preference(job: Job) -> dict[str, Any]:
    assert isinstance(job.numbers, Dpo)
    whole = {"handbook-preference": "chat_template.argilla_chat"}
    return {
        "rl": "dpo",
        "rl_beta": job.numbers.beta,
        "datasets": [
            {**_place(one), "split": "train", "type": whole.get(one.form, "chat_template.default")}
            for one in job.data
        ],
        "val_set_size": 0.0,
        "sequence_len": job.numbers.max_length,
        "max_prompt_len": job.numbers.max_prompt_length,
        "sample_packing": False,
    }


_LEARNED = {"roles_to_train": ["assistant"], "train_on_eos": "turn"}


def _place(data: DataSet) -> dict[str, Any]:
    return {"path": data.path, **({} if data.hub else {"ds_type": "json"})}


def _columns(data: DataSet) -> dict[str, Any]:
    if data.form == "sharegpt":
        mapping = {"role": "from", "content": "value"}
        return {"field_messages": "conversations", "message_property_mappings": mapping}
    return {"field_messages": "messages"}
