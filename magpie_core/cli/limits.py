"""Options of a session: what it may cost, what a GPU or a token costs, and who watches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from magpie_core.errors import UsageError
from magpie_core.spending import Limits, Prices
from magpie_core.watchdog import PATIENCE_MINUTES

F = TypeVar("F", bound=Callable[..., Any])
WATCHED = ("engine_timeout", "json_log", "metrics")
NAMES = ("max_hours", "max_budget", "price_per_gpu_hour", "gpus", "price_per_million")
"""Parameters of a command that takes them."""


_MAX_HOURS = click.option(
    "--max-hours", type=float, metavar="H", help="Stop this session after so many hours."
)
_ENGINE_TIMEOUT = click.option(
    "--engine-timeout",
    type=click.FloatRange(min=0),
    default=PATIENCE_MINUTES,
    metavar="MINUTES",
    help="Give an engine up that answers nothing for so long; 0 for never.  [default: 60]",
)


def price_options(function: F) -> F:
    """What is paid."""
    for option in reversed(
        [
            click.option("--price-per-gpu-hour", type=float, metavar="P", help="For one GPU."),
            click.option(
                "--gpus", type=click.IntRange(min=1), help="How many are paid for.  [default: 1]"
            ),
            click.option(
                "--price-per-million",
                metavar="PROMPT,SAMPLED",
                help="For a million tokens of a hosted model: 0.6,2.4, or one number for both.",
            ),
        ]
    ):
        function = option(function)
    return function


def limit_options(function: F) -> F:
    """Where a session stops, and what is paid."""
    function = price_options(function)
    for option in reversed(
        [
            _MAX_HOURS,
            click.option(
                "--max-budget",
                type=float,
                metavar="M",
                help="Stop when this session has spent so much.",
            ),
        ]
    ):
        function = option(function)
    return function


def watch_options(function: F) -> F:
    """What a session says to other programs while it goes on."""
    for option in reversed(
        [
            _ENGINE_TIMEOUT,
            click.option(
                "--json-log",
                is_flag=True,
                help="Print events as JSON lines in place of the display.",
            ),
            click.option(
                "--metrics",
                metavar="PORT",
                help="Serve numbers for Prometheus on this machine's PORT.",
            ),
        ]
    ):
        function = option(function)
    return function


def patience_options(function: F) -> F:
    """How long a step may take, and how long its engine may be silent."""
    return _MAX_HOURS(_ENGINE_TIMEOUT(function))


class Patience(NamedTuple):
    """When a step is stopped that has not ended."""

    engine_timeout: float = PATIENCE_MINUTES
    """Minutes without an answer; 0 for no end of patience."""
    hours: float | None = None
    """From its start, the loading of engines included."""


def take_patience(flags: dict[str, Any]) -> Patience:
    """The patience among ``flags``, which loses it.

    Raises:
        UsageError: a number that cannot be meant.
    """
    return Patience(flags.pop("engine_timeout"), take_limits(flags).hours)


class Watching(NamedTuple):
    """How a session is watched."""

    engine_timeout: float = PATIENCE_MINUTES
    """Minutes; 0 for no end of patience."""
    json_log: bool = False
    """Print events to standard error in place of the display."""
    metrics: str | None = None
    """``PORT`` or ``HOST:PORT`` to serve numbers on."""


ALONE = Watching()


def take_watching(flags: dict[str, Any]) -> Watching:
    """How to watch, among ``flags``, which loses it."""
    return Watching(**{name: flags.pop(name) for name in WATCHED})


def take_limits(flags: dict[str, Any]) -> Limits:
    """The limits among ``flags``, which loses them.

    Raises:
        UsageError: a number that cannot be meant, or a budget without a price.
    """
    given = {name: flags.pop(name, None) for name in NAMES}
    for name in ("max_hours", "max_budget", "price_per_gpu_hour"):
        value = given[name]
        if value is not None and not 0 < value < float("inf"):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} {value:g} is no number above 0", hint=f"{option} 2.5")
    prompt, sampled = _tokens(given["price_per_million"])
    prices = Prices(given["price_per_gpu_hour"] or 0.0, given["gpus"] or 1, prompt, sampled)
    if given["max_budget"] is not None and not prices.known:
        raise UsageError(
            f"--max-budget {given['max_budget']:g}: nothing has a price",
            hint="--price-per-gpu-hour 2.5, or --price-per-million 0.6,2.4",
        )
    if given["gpus"] is not None and not prices.gpu_hour:
        raise UsageError(
            f"--gpus {given['gpus']} says what is paid for, and nothing is",
            hint="--price-per-gpu-hour 2.5; an engine is told with --engine-option",
        )
    return Limits(given["max_hours"], given["max_budget"], prices)


def _tokens(typed: str | None) -> tuple[float, float]:
    """Prices of a million prompt tokens and sampled ones."""
    if typed is None:
        return 0.0, 0.0
    parts = typed.split(",")
    try:
        numbers = [float(one) for one in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 2 or any(not 0 <= one < float("inf") for one in numbers):
        raise UsageError(
            f"--price-per-million `{typed}` is no price", hint="--price-per-million 0.6,2.4"
        )
    return numbers[0], numbers[-1]
