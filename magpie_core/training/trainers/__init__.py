"""The trainers we write configurations for: a plain table of names.

A trainer is a module of one job: from a ``Job`` to the ``Configuration`` that it reads. It knows its own
option names, and the form of data it wants in each stage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from magpie_core.training.hyperparameters import Stage
from magpie_core.training.job import Configuration, Job
from magpie_core.training.trainers import alignment_handbook, axolotl, llama_factory, trl

TemplateFrom = Literal["file", "inline", "own", "checkpoint"]
"""Where a trainer takes the chat template from: a file beside its configuration, the configuration itself,
its own code, or the checkpoint, which must hold it."""


class Trainer(msgspec.Struct, frozen=True, kw_only=True):
    """One trainer."""

    name: str
    title: str
    forms: dict[Stage, str]
    """What it reads in each stage, as ``magpie export --to`` calls it."""
    configure: Callable[[Job], Configuration]
    adds_tokens: bool
    """Whether it adds special tokens that the checkpoint's vocabulary lacks."""
    reads_files: bool = True
    """Whether it reads a file wherever it is; else a folder with nothing but train.jsonl."""
    template: dict[Stage, TemplateFrom]


TRAINERS = {
    one.name: one
    for one in (
        Trainer(
            name="axolotl",
            title="Axolotl",
            forms={"sft": "messages", "dpo": "axolotl-preference"},
            configure=axolotl.configure,
            adds_tokens=True,
            template={"sft": "file", "dpo": "file"},
        ),
        Trainer(
            name="trl",
            title="TRL",
            forms={"sft": "messages", "dpo": "trl-preference"},
            configure=trl.configure,
            adds_tokens=False,
            template={"sft": "file", "dpo": "checkpoint"},
        ),
        Trainer(
            name="alignment-handbook",
            title="the alignment handbook",
            forms={"sft": "messages", "dpo": "handbook-preference"},
            configure=alignment_handbook.configure,
            adds_tokens=False,
            reads_files=False,
            template={"sft": "inline", "dpo": "inline"},
        ),
        Trainer(
            name="llama-factory",
            title="LLaMA-Factory",
            forms={"sft": "messages", "dpo": "axolotl-preference"},
            configure=llama_factory.configure,
            adds_tokens=True,
            template={"sft": "own", "dpo": "own"},
        ),
    )
}
