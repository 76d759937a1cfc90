"""The alignment handbook's recipes, for its ``scripts/sft.py`` and ``scripts/dpo.py``.

Its options are those of the TRL it asks for (0.19, on transformers 4), with the chat template inline and
the data sets in ``dataset_mixture``.
"""

from __future__ import annotations

from typing import Any

from magpie_core.training.hyperparameters import Dpo, Sft
from magpie_core.training.job import Configuration, DataSet, Job, Section
from magpie_core.training.trainers import trl

LAUNCH = (
    "accelerate launch --num_processes {devices} --config_file "
    "$HANDBOOK/recipes/accelerate_configs/zero3.yaml"
)
"""With DeepSpeed ZeRO-3, as published: preference training holds the checkpoint twice."""


def configure(job: Job) -> Configuration:
    """One YAML file; $HANDBOOK is a checkout of the handbook."""
    cpu = job.gpus == 0
    model = {name.replace("dtype", "torch_dtype"): one for name, one in trl.model(job).items()}
    numbers = {
        name.replace("warmup_steps", "warmup_ratio"): one for name, one in trl.numbers(job).items()
    }
    sections = (
        Section("The model that is trained", model),
        Section(
            "The data: a folder with train.jsonl, or a data set on the hub",
            {
                "dataset_mixture": {
                    "datasets": [_data(one) for one in job.data],
                    "seed": job.numbers.seed,
                }
            },
        ),
        Section("The chat template, and what is learned in it", _stage(job)),
        Section(
            f"One step is {job.batch.effective} sequences: {job.batch} "
            "(micro batch x accumulation x devices)",
            numbers,
        ),
        Section(
            "How it runs, and what it writes",
            {
                **({"use_cpu": True} if cpu else {}),
                **trl.running(job),
                **({} if cpu else {"gradient_checkpointing_kwargs": {"use_reentrant": False}}),
                "do_eval": False,
                "eval_strategy": "no",
                "output_dir": job.output,
            },
        ),
    )
    launch = "python" if cpu else LAUNCH.format(devices=job.batch.devices)
    return Configuration(
        sections=sections,
        command=f"{launch} $HANDBOOK/scripts/{job.stage}.py --config {job.config}",
        install="the handbook: git clone https://github.com/huggingface/alignment-handbook, pip install it, "
        "HANDBOOK=its folder",
    )


def _stage(job: Job) -> dict[str, Any]:
    shared = {"chat_template": job.template, "max_length": job.numbers.max_length}
    if isinstance(job.numbers, Dpo):
        numbers = job.numbers
        return {
            **shared,
            "max_prompt_length": numbers.max_prompt_length,
            "beta": numbers.beta,
            "loss_type": "sigmoid",
        }
    assert isinstance(job.numbers, Sft)
    return {
        **shared,
        "eos_token": job.tokens.end,
        "assistant_only_loss": True,
        "packing": job.numbers.packing and job.gpus > 0,
    }


def _data(one: DataSet) -> dict[str, Any]:
    # Of a file it reads the folder, in which the file is called train.jsonl.
    folder = one.path if one.hub else one.path.rpartition("/")[0]
    return {"id": folder, "split": "train", "columns": trl.COLUMNS[one.form], "weight": 1.0}
