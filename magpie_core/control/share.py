"""A number for an index that depends on nothing else."""

from __future__ import annotations

from magpie_core.sampling import sample_seed

SEEDS = 2**63
"""``sample_seed`` gives numbers below this."""


def share_of(seed: int, index: int, what: str) -> float:
    """From 0 to below 1, evenly spread over indexes; another one for every ``what``."""
    return min(sample_seed(seed, index, f"control-{what}") / SEEDS, 1 - 2**-53)
