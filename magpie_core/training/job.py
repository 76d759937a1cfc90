"""What a trainer's configuration is written from, and what comes out. Knows no trainer."""

from __future__ import annotations

from typing import Any

import msgspec

from magpie_core.chat.format import ChatFormat
from magpie_core.training.batch import Batch
from magpie_core.training.hyperparameters import Dpo, Sft, Stage
from magpie_core.training.pieces import Pieces
from magpie_core.training.tokens import Tokens


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """Rows to train on."""

    path: str
    """A file, relative to the configuration's folder or absolute; or a data set's id on the hub."""
    form: str
    """As ``magpie export --to`` calls it."""
    rows: int | None = None
    hub: bool = False


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One stage for one trainer. Paths are relative to the folder of the configuration."""

    stage: Stage
    base: str
    numbers: Sft | Dpo
    batch: Batch
    gpus: int
    """0 is a processor: no GPU optimizer, no bfloat16, no flash attention, no packing."""
    data: tuple[DataSet, ...]
    pieces: Pieces
    format: ChatFormat
    tokens: Tokens
    template: str
    """The chat template's text."""
    template_file: str
    output: str
    """Folder for the trained checkpoint."""
    config: str
    """File name of the configuration."""

    @property
    def name(self) -> str:
        """The configuration's name without its suffix, for folders of its own."""
        return self.config.rpartition(".")[0] or self.config


class Section(msgspec.Struct, frozen=True):
    """Settings that belong together, under one line of comment."""

    comment: str
    settings: dict[str, Any]


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What a trainer reads, and how it is started."""

    sections: tuple[Section, ...]
    command: str
    """Starts the training; to be given in the configuration's folder."""
    install: str
    """What must be installed for it."""
    beside: dict[str, str] = {}
    """Other files the trainer reads, by name."""

    def settings(self) -> dict[str, Any]:
        """All settings, in their order."""
        return {name: value for one in self.sections for name, value in one.settings.items()}
