"""What was asked for on the command line, and what of it contradicts itself."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from magpie_core.choices import nearest, pick
from magpie_core.errors import UsageError
from magpie_core.export.reasoning import Way
from magpie_core.training.hyperparameters import STAGES, Dpo, Sft, Stage
from magpie_core.training.presets import Preset, preset
from magpie_core.training.trainers import TRAINERS, Trainer

BOTH = "two-stage"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe that is wanted."""

    run: Path | None = None
    trainer: str | None = None
    stage: str | None = None
    preset: str | None = None
    base: str | None = None
    gpus: int | None = None
    epochs: float | None = None
    learning_rate: float | None = None
    max_length: int | None = None
    chat_template: str | None = None
    selection: str | None = None
    preferences: str | None = None
    best: str | None = None
    reasoning: Way | None = None
    out: Path | None = None

    def stages(self) -> tuple[Stage, ...]:
        """The stages, in their order.

        Raises:
            UsageError: none is named, an unknown one, or numbers for two of them at once.
        """
        asked = self.stage or (BOTH if self.preset else None)
        if asked is None:
            raise UsageError("which stage?", hint="--stage sft, --stage dpo, or --stage two-stage")
        known: dict[str, tuple[Stage, ...]] = {"sft": ("sft",), "dpo": ("dpo",), BOTH: STAGES}
        if asked not in known:
            near = nearest(asked.lower(), known)
            raise UsageError(
                f"unknown stage `{asked}` (known: {', '.join(known)})",
                hint=f"did you mean `{near[0]}`?" if near else "--stage sft",
            )
        numbers = {
            "--epochs": self.epochs,
            "--learning-rate": self.learning_rate,
            "--max-length": self.max_length,
        }
        said = [name for name, value in numbers.items() if value is not None]
        if asked == BOTH and said:
            raise UsageError(
                f"{' and '.join(said)} of which stage?",
                hint="write them one after the other: --stage sft, then --stage dpo",
            )
        return known[asked]

    def published(self) -> Preset | None:
        """The preset asked for.

        Raises:
            UsageError: there is none of that name, or nothing says what to train on.
        """
        if self.preset is not None:
            return preset(self.preset)
        if self.run is None:
            raise UsageError(
                "train on what?",
                hint="magpie recipe runs/first --trainer axolotl --stage sft, or --preset llama-3.1-8b",
            )
        return None

    def trainer_of(self, stage: Stage) -> Trainer:
        """Who trains ``stage``.

        Raises:
            UsageError: nobody is named, or nobody knows the name.
        """
        made = self.published()
        name = self.trainer or (made.trainers[stage] if made else None)
        if name is None:
            raise UsageError(f"which trainer? ({', '.join(TRAINERS)})", hint="--trainer axolotl")
        return pick("trainer", name, TRAINERS)

    def numbers_of(self, stage: Stage, published: Sft | Dpo) -> Sft | Dpo:
        """``published`` with what was asked for in place of it.

        Raises:
            UsageError: a number that trains nothing.
        """
        asked = {
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "max_length": self.max_length,
        }
        for name, value in asked.items():
            if value is not None and value <= 0:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} `{value:g}` trains nothing", hint=f"{option} above 0")
        said = {name: value for name, value in asked.items() if value is not None}
        if isinstance(published, Dpo) and self.max_length is not None:
            said["max_prompt_length"] = min(published.max_prompt_length, self.max_length)
        return replace(published, **said)
