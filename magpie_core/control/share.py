"""Drawing by index: the same index always draws the same, whatever was drawn before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from magpie_core.sampling import sample_seed

SEEDS = 2**63
"""``sample_seed`` gives numbers below this."""


def share_of(seed: int, index: int, what: str) -> float:
    """From 0 to below 1, evenly spread over indexes; another one for every ``what``."""
    return min(sample_seed(seed, index, f"control-{what}") / SEEDS, 1 - 2**-53)


def place_at(share: float, weights: Sequence[float]) -> int:
    """Which of the things that have ``weights`` stands at ``share`` of their sum."""
    bounds = list(accumulate(weights))
    return min(bisect_right(bounds, share * bounds[-1]), len(bounds) - 1)
