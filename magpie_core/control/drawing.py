"""Draw, for each index, what its instruction is steered to. The same index always draws the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from magpie_core.control.share import place_at, share_of

Kind = tuple[str, ...]
"""Names of what is drawn by weight, in order: a task, a language."""


@dataclass(frozen=True)
class Steered:
    """What one instruction is steered to."""

    system: str
    """The system prompt it is sampled under; its response is not."""
    columns: Mapping[str, str]
    """What was drawn, as columns of the record."""


@dataclass(frozen=True)
class Weighted:
    """Names with the texts they stand for, and how often each is drawn."""

    texts: Mapping[str, str]
    weights: Sequence[float]
    """Of each, above 0; they need not add up to 1."""

    def draw(self, share: float) -> tuple[str, str]:
        """The name and the text at ``share`` of the weights, from 0 to below 1."""
        name = list(self.texts)[place_at(share, self.weights)]
        return name, self.texts[name]


@dataclass(frozen=True)
class Control:
    """Everything a run is steered by. What is None is left to the model."""

    tasks: Weighted | None = None
    languages: Weighted | None = None
    personas: tuple[str, ...] = ()
    """Each as likely as another."""

    def steer(self, seed: int, index: int) -> Steered:
        """What the instruction of ``index`` is steered to in a run of ``seed``."""
        columns: dict[str, str] = {}
        lines: list[str] = []
        if self.personas:
            persona = self.personas[int(share_of(seed, index, "persona") * len(self.personas))]
            columns["control_persona"] = persona
            lines.append(f"The user is this person: {persona}")
        for name, weighted in (("task", self.tasks), ("language", self.languages)):
            if weighted is not None:
                columns[f"control_{name}"], text = weighted.draw(share_of(seed, index, name))
                lines.append(text)
        return Steered("\n".join(lines), columns)

    def kinds(self) -> dict[Kind, float]:
        """The combinations of task and language that can be drawn, with their weights; at least one."""
        found: dict[Kind, float] = {(): 1.0}
        for weighted in (self.tasks, self.languages):
            if weighted is not None:
                pairs = list(zip(weighted.texts, weighted.weights, strict=True))
                found = {
                    (*kind, name): weight * own
                    for kind, weight in found.items()
                    for name, own in pairs
                }
        return found

    def kind(self, seed: int, index: int) -> Kind:
        """Which of them ``index`` draws in a run of ``seed``."""
        return tuple(
            weighted.draw(share_of(seed, index, name))[0]
            for name, weighted in (("task", self.tasks), ("language", self.languages))
            if weighted is not None
        )

    def decisive(self) -> dict[str, Any]:
        """What decides the system prompts, as TOML values: part of a run's key."""
        said: dict[str, Any] = {}
        for name, weighted in (("tasks", self.tasks), ("languages", self.languages)):
            if weighted is not None:
                pairs = zip(weighted.texts.items(), weighted.weights, strict=True)
                said[name] = [[key, text, weight] for (key, text), weight in pairs]
        if self.personas:
            text = "\n".join(self.personas)
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            said["personas"] = {"count": len(self.personas), "digest": digest}
        return said

    def __str__(self) -> str:
        parts = []
        for name, weighted in (("tasks", self.tasks), ("languages", self.languages)):
            if weighted is not None:
                total = sum(weighted.weights)
                pairs = zip(weighted.texts, weighted.weights, strict=True)
                parts.append(f"{name} " + ", ".join(f"{one} {w / total:.1%}" for one, w in pairs))
        if self.personas:
            parts.append(f"{len(self.personas):,} personas")
        return "; ".join(parts)
