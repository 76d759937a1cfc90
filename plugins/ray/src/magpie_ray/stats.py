"""Counters of several engines as one's. Knows nobody who has them."""

from __future__ import annotations

from magpie_core.backend import EngineStats


def added(sum: EngineStats, one: EngineStats, *, here: bool = True) -> EngineStats:
    """Both together; what runs and waits only where the engine of ``one`` is still ``here``."""
    return EngineStats(
        busy_seconds=sum.busy_seconds + one.busy_seconds,
        sampled_tokens=sum.sampled_tokens + one.sampled_tokens,
        prompt_tokens=sum.prompt_tokens + one.prompt_tokens,
        running=sum.running + one.running * here,
        waiting=sum.waiting + one.waiting * here,
    )
