"""One uniform number per (seed, position), from a counter: no state, no generator, no order of calls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MASK = (1 << 64) - 1


def as_seed(seed: int) -> int:
    """Fold any integer into the 64 bits that the counter works with."""
    return seed & MASK


def uniforms(seeds: NDArray[np.uint64], positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Draw one number in [0, 1) per row: SplitMix64, started at the mixed seed, at ``position``.

    The number depends on the row's own seed and position alone, so a sample is the same whatever
    else is in the batch and wherever its row lies.
    """
    state = _mix(seeds + GOLDEN) + (positions.astype(np.uint64) + np.uint64(1)) * GOLDEN
    return (_mix(state) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
