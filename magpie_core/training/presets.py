"""Recipes of released models as a whole: both stages, their data, their numbers. Knows no trainer's options.

Source: the published training recipes and model cards of the Magpie-Align models.
"""

from __future__ import annotations

import msgspec

from magpie_core.choices import nearest
from magpie_core.errors import UsageError
from magpie_core.training.hyperparameters import Dpo, Sft, Stage
from magpie_core.training.job import DataSet


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A released model's recipe."""

    name: str
    what: str
    """Which model it made, and what it reached."""
    base: str
    family: str
    """Whose chat format it was trained in."""
    pad: str
    """The base tokenizer's token for padding."""
    gpus: int
    """As published, of 80 GB each."""
    trainers: dict[Stage, str]
    numbers: dict[Stage, Sft | Dpo]
    data: dict[Stage, tuple[DataSet, ...]]
    """On the hub; a run takes their place."""


PRESETS = {
    one.name: one
    for one in (
        Preset(
            name="llama-3.1-8b",
            what="Llama-3.1-8B-Magpie-Align-v0.1: MT-Bench 8.013, AlpacaEval 2 45.73 (length-controlled) and "
            "52.79, Arena-Hard 42.4, as published",
            base="meta-llama/Llama-3.1-8B",
            family="llama3",  # the format of Llama 3: without the date lines that 3.1's own template writes
            pad="<|end_of_text|>",
            gpus=4,
            trainers={"sft": "axolotl", "dpo": "alignment-handbook"},
            numbers={"sft": Sft(effective_batch=64), "dpo": Dpo(learning_rate=1e-6)},
            data={
                "sft": (
                    DataSet(path="Magpie-Align/Magpie-Reasoning-150K", form="sharegpt", hub=True),
                    DataSet(path="Magpie-Align/Magpie-Pro-MT-300K-v0.1", form="sharegpt", hub=True),
                ),
                "dpo": (
                    DataSet(
                        path="princeton-nlp/llama3-ultrafeedback-armorm",
                        form="handbook-preference",
                        hub=True,
                    ),
                ),
            },
        ),
    )
}


def preset(name: str) -> Preset:
    """The preset called ``name``.

    Raises:
        UsageError: there is none.
    """
    if name in PRESETS:
        return PRESETS[name]
    near = nearest(name.lower(), PRESETS)
    raise UsageError(
        f"unknown preset `{name}` (known: {', '.join(PRESETS)})",
        hint=f"did you mean `{near[0]}`?" if near else "magpie recipe --list",
    )
