"""From a few records to what many of them will take: time, tokens, disk and money. Arithmetic only."""

from __future__ import annotations

from typing import Any, NamedTuple

from magpie_core.spending import Prices, Used
from magpie_core.steps.tally import Tally

SAMPLES = 100
"""Records to estimate by, unless told otherwise."""
FULL = 4
"""Times the requests in flight from which a pilot's rate is believed. By arithmetic, not measured:
emptying the engine takes about as long as one request, which is then a fifth of the whole."""


class Pilot(NamedTuple):
    """What a short run came to."""

    tally: Tally
    seconds: float
    """From the first request to the last record."""
    opening_seconds: float
    """Before: loading the engines, and the checks."""
    used: Used
    bytes: int
    """On disk, what was turned down included."""
    together: int = 1
    """Records worked on at once, when the engine is full."""

    @property
    def too_short(self) -> bool:
        """Whether the engine was seldom full: then a long run takes less time than its estimate."""
        return self.records < FULL * self.together

    @property
    def records(self) -> int:
        """Accepted in this session."""
        return self.tally.accepted - self.tally.resumed


class Estimate(NamedTuple):
    """What ``records`` will take."""

    records: int
    attempts: float
    """Indexes sampled, those that are turned down included."""
    hours: float
    """Loading the engines included."""
    prompt_tokens: float
    sampled_tokens: float
    bytes: float
    money: float | None
    """In the currency of the prices; None where nothing has one."""

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "records": self.records,
            "attempts": round(self.attempts),
            "hours": round(self.hours, 4),
            "prompt_tokens": round(self.prompt_tokens),
            "sampled_tokens": round(self.sampled_tokens),
            "bytes": round(self.bytes),
            "money": None if self.money is None else round(self.money, 4),
        }


def estimate(pilot: Pilot, records: int, prices: Prices) -> Estimate:
    """What ``records`` accepted records take, each as much as one of ``pilot`` on average.

    The pilot must have accepted at least one.
    """
    times = records / pilot.records
    seconds = pilot.opening_seconds + times * pilot.seconds
    prompt, sampled = (times * one for one in pilot.used)
    return Estimate(
        records=records,
        attempts=times * pilot.tally.attempts,
        hours=seconds / 3600,
        prompt_tokens=prompt,
        sampled_tokens=sampled,
        bytes=times * pilot.bytes,
        money=prices.of(seconds, prompt, sampled) if prices.known else None,
    )
