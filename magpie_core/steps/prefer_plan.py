"""What ``magpie prefer`` is to do: whose records, how many responses, what rates and what pairs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.dataset.source import Source
from magpie_core.plan import Plan
from magpie_core.preference import Strategy
from magpie_core.record import Record
from magpie_core.sampling import Sampling
from magpie_core.tagger import Tagger
from magpie_core.tagging.judge import Judge
from magpie_core.tagging.session import tagger_settings

FOLDER = "preferences"
NAME = "preferred"
SAMPLED = "sampled"
TEMPERATURE = 0.8
"""Of the responses, unless another is asked for: the paper's recipe for preferences (arXiv 2406.08464)."""


@dataclass
class PreferPlan:
    """What a call is to do, resolved."""

    source: Source
    plan: Plan
    samples: int
    """Responses to each instruction."""
    sampling: Sampling
    by: Tagger
    """Gives the rewards."""
    column: str
    """The number among its columns that is the reward."""
    strategy: Strategy
    margin: float = 0.0
    seed: int = 0
    judge: Judge | None = None
    """The checkpoint behind ``by``; None where it needs none."""
    judge_date: str | None = None
    name: str = NAME
    """Of the set of columns, below ``preferences/``."""
    samples_from: str | None = None
    """Another set whose responses are used."""
    limit: int | None = None
    notices: list[str] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """The records in question."""
        return islice(self.source.records(), self.limit)

    @property
    def folder(self) -> Path:
        """Where the columns go."""
        return self.source.place / FOLDER / self.name

    @property
    def sampled_name(self) -> str:
        """Path of the responses without rewards, below the source's place."""
        return f"{FOLDER}/{self.samples_from or self.name}/{SAMPLED}"

    @property
    def sample_settings(self) -> dict[str, Any]:
        """What decides the responses, as TOML values."""
        return {
            "key": self.plan.key,
            "samples": self.samples,
            "seed": self.seed,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the columns, as TOML values."""
        reward: dict[str, Any] = {**tagger_settings(self.by), "column": self.column}
        if self.judge is not None:
            reward |= self.judge.settings(self.judge.engine(self.judge_date), self.judge_date)
        return {
            **self.sample_settings,
            **{f"reward_{name}": value for name, value in reward.items()},
            "strategy": _said(self.strategy),
            "margin": self.margin,
        }


def _said(strategy: Strategy) -> dict[str, Any]:
    options: dict[str, Any] = msgspec.to_builtins(strategy)
    said = {"name": strategy.name, **options, **strategy.settings()}
    return {name: value for name, value in said.items() if value is not None}
