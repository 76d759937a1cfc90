"""Shares with their intervals, and differences of two models on the same prompts. Knows numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

Z = 1.959964
"""Quantile of the normal distribution for an interval of 95 %."""
RESAMPLES = 2_000


class Share(NamedTuple):
    """A share with an interval of 95 %."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """Per cent, with the interval in brackets."""
        return f"{100 * self.share:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def wilson(right: int, count: int) -> Share:
    """The share of ``right`` among ``count``, with Wilson's interval (1927); all 0 to 1 without any."""
    if not count:
        return Share(0.0, 0.0, 1.0)
    share, weight = right / count, Z * Z / count
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    return Share(share, middle - half, middle + half)


Verdicts = Sequence[Sequence[bool]]
"""For each seed, for each prompt, whether the answer is right."""


def over_seeds(verdicts: Verdicts, seed: int = 0) -> Share:
    """The mean share of several seeds on the same prompts; prompts are resampled, seeds are kept."""
    return _bootstrap([sum(one) / len(one) for one in zip(*verdicts, strict=True)], seed)


def difference(verdicts: Verdicts, before: Verdicts, seed: int = 0) -> Share:
    """How much larger the mean share became; the same prompts are resampled on both sides."""
    after, first = (
        [sum(one) / len(one) for one in zip(*side, strict=True)] for side in (verdicts, before)
    )
    return _bootstrap([a - b for a, b in zip(after, first, strict=True)], seed)


def _bootstrap(values: Sequence[float], seed: int) -> Share:
    """The mean of ``values`` and the middle 95 % of the means of resamples."""
    rng, count = Random(seed), len(values)
    means = sorted(sum(rng.choices(values, k=count)) / count for _ in range(RESAMPLES))
    low, high = (means[round(share * (RESAMPLES - 1))] for share in (0.025, 0.975))
    return Share(sum(values) / count, low, high)
