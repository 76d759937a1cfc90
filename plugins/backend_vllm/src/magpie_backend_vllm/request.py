"""One sample on its way through the engine: what is asked, and who waits for it. No vLLM."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from magpie_core.errors import EngineDeadError, MagpieError


@dataclass(frozen=True)
class Answer:
    """What the engine made of one request."""

    token_ids: tuple[int, ...] = ()
    finish_reason: str = "length"
    stop_reason: int | str | None = None
    text: str = ""
    """Decoded by the engine; only where stop strings were asked for."""
    scores: tuple[float, ...] = ()


@dataclass(eq=False)
class Request:
    """One sample of one prompt, or one score; the event loop waits on ``future``."""

    id: str
    prompt: tuple[int, ...]
    parameters: Any
    """vLLM's SamplingParams or PoolingParams."""
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Answer]


Outcome = tuple[Request, Answer | MagpieError]


def deliver(outcomes: Iterable[Outcome]) -> None:
    """Resolve the futures, each in its own event loop; safe to call from any thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].loop, []).append(outcome)
    for loop, those in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, those)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve(outcomes: list[Outcome]) -> None:
    for request, result in outcomes:
        if request.future.done():
            continue
        if isinstance(result, Answer):
            request.future.set_result(result)
        elif isinstance(result, EngineDeadError):
            request.future.set_exception(copy_of(result))
        else:
            request.future.set_exception(result)


def copy_of(death: EngineDeadError) -> EngineDeadError:
    """An object of its own for each waiter: tracebacks grow on a shared one."""
    error = EngineDeadError(death.message, hint=death.hint)
    error.__cause__ = death.__cause__
    return error
