"""What a session costs while it goes on, and where it is to stop. Knows neither the work nor its engines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from magpie_core.errors import LimitReachedError

T = TypeVar("T")
LOOK_SECONDS = 0.5
"""How often it is looked whether a limit is reached."""
END_SECONDS = 60.0
"""How long work that is stopped has for putting its things in order; an engine that hangs never does."""
MILLION = 1_000_000
HOUR = 3600.0


class Prices(NamedTuple):
    """What is paid, in any currency; nothing where nobody says."""

    gpu_hour: float = 0.0
    """For one GPU and hour."""
    gpus: int = 1
    """How many are paid for."""
    prompt_tokens: float = 0.0
    """For a million tokens of prompts."""
    sampled_tokens: float = 0.0
    """For a million sampled tokens."""

    @property
    def known(self) -> bool:
        """Whether anything costs anything."""
        return any((self.gpu_hour, self.prompt_tokens, self.sampled_tokens))

    def of(self, seconds: float, prompt_tokens: float, sampled_tokens: float) -> float:
        """What so much of each costs."""
        tokens = self.prompt_tokens * prompt_tokens + self.sampled_tokens * sampled_tokens
        return self.gpu_hour * self.gpus * seconds / HOUR + tokens / MILLION


FREE = Prices()


class Used(NamedTuple):
    """Tokens so far."""

    prompt_tokens: int = 0
    sampled_tokens: int = 0


class Limits(NamedTuple):
    """Where a session stops; the time and money of earlier sessions do not count."""

    hours: float | None = None
    """From its start, the loading of engines included: a machine is paid for from then on."""
    budget: float | None = None
    prices: Prices = FREE

    def reached(self, seconds: float, used: Used) -> str | None:
        """The option whose limit is reached, as it was typed; None where there is room."""
        if self.hours is not None and seconds >= self.hours * HOUR:
            return f"--max-hours {self.hours:g}"
        if self.budget is not None and self.prices.of(seconds, *used) >= self.budget:
            return f"--max-budget {self.budget:g}"
        return None


UNLIMITED = Limits()


async def within(
    limits: Limits,
    work: Coroutine[Any, Any, T],
    used: Callable[[], Used],
    done: Callable[[], str],
    look: Callable[[float], None] = lambda seconds: None,
) -> T:
    """``work`` to its end, or until a limit is reached.

    Args:
        limits: looked at twice a second.
        work: cancelled at a limit; what it has on disk by then stays.
        used: tokens so far.
        done: what there is by then, for the error.
        look: told twice a second for how long it has gone on; what it raises stops the work.

    Raises:
        LimitReachedError: one was.
    """
    task = asyncio.ensure_future(work)
    begin = monotonic()
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if task.done():
                break
            seconds = monotonic() - begin
            look(seconds)
            if which := limits.reached(seconds, used()):
                raise LimitReachedError(f"{which} is reached, with {done()}")
    except BaseException:
        task.cancel()
        await asyncio.wait({task}, timeout=END_SECONDS)
        raise
    return task.result()
