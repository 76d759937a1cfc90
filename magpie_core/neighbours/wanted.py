"""What a recipe's ``[dedup]`` asks for, checked before any engine is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import msgspec

from magpie_core.errors import MagpieError, SettingsError
from magpie_core.neighbours.devices import checked_device
from magpie_core.neighbours.embedders import NAMES, Embedder, require
from magpie_core.run.recipe import DedupSection

OFF = "none"
"""As an embedder: reject no near-duplicates, whatever the recipe says."""


@dataclass(frozen=True)
class Near:
    """How near-duplicates are told."""

    embedder: Embedder
    threshold: float

    def decisive(self) -> dict[str, Any]:
        """What decides which instructions are answered, as TOML values: part of a run's key."""
        weights = self.embedder.identity
        return {"embedder": self.embedder.name, "weights": weights, "threshold": self.threshold}

    def __str__(self) -> str:
        return f"nearer than {self.threshold:g} by {self.embedder.name}"


def make_near(section: DedupSection) -> Near | None:
    """The embedding model and the threshold that ``section`` asks for; None where it asks for none.

    Raises:
        SettingsError: a threshold, and no model.
        UnknownNameError: no such model. UsageError: no such device. MissingEngineError: a library is missing.
        CheckpointError: a model of the hub that is not on this machine cannot be had.
    """
    if section.embedder is None:
        if section != DedupSection():
            raise SettingsError(
                "`[dedup]` has no `embedder`, so nothing would be compared",
                hint='embedder = "minilm"',
            )
        return None
    if section.embedder == OFF:
        return None
    require("numpy", "torch", "sentence_transformers")
    try:
        device = checked_device(None if section.device == "auto" else section.device)
        near = Near(Embedder(section.embedder, device), section.threshold)
        near.decisive()
    except MagpieError as error:  # said for people who call `magpie dedup`
        error.hint = error.hint and _for_a_run(error.hint)
        raise
    return near


def with_absolute_folder(section: DedupSection) -> DedupSection:
    """``section`` with the model's folder absolute, so that a run resumes from anywhere."""
    name = section.embedder
    if name is None or name in (OFF, *NAMES) or not os.path.isdir(name):
        return section
    return msgspec.structs.replace(section, embedder=os.path.abspath(name))


def _for_a_run(hint: str) -> str:
    return hint.replace("--embedder", "--dedup").replace("--device cpu", '[dedup] device = "cpu"')
