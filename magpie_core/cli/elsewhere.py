"""``--on NAME --workers N``: options that say what a command runs on, where it is not this process alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from magpie_core.cli.options import literal
from magpie_core.errors import UsageError

if TYPE_CHECKING:
    from magpie_core.plugins import Plugins
    from magpie_core.runner import Runner

F = TypeVar("F", bound=Callable[..., Any])
NAMES = ("on", "workers", "on_option")
"""Parameters of a command that takes them."""


def elsewhere_options(function: F) -> F:
    """What it runs on."""
    for option in reversed(
        [
            click.option("--on", metavar="R", help="Work on several engines: `ray`."),
            click.option("--workers", type=int, metavar="N", help="So many.  [default: 1]"),
            click.option(
                "--on-option",
                multiple=True,
                metavar="KEY=VALUE",
                help="Of --on: address=HOST:6379, num_gpus=1.",
            ),
        ]
    ):
        function = option(function)
    return function


class Elsewhere(NamedTuple):
    """What the options say."""

    on: str | None
    workers: int | None
    options: dict[str, Any]

    def runner(self, plugins: Plugins) -> Runner | None:
        """What the work is run on; None for this process.

        Raises:
            UnknownNameError: nobody offers it. SettingsError: its options do not fit.
        """
        if self.on is None:
            return None
        from magpie_core.choices import pick
        from magpie_core.configured import configured

        kind = pick("runner", self.on, plugins.runners())
        workers = 1 if self.workers is None else self.workers
        return configured("runner", self.on, kind, {**self.options, "workers": workers})


def take_elsewhere(flags: dict[str, Any]) -> Elsewhere:
    """What it runs on, among ``flags``, which loses it.

    Raises:
        UsageError: workers or options of nothing, or an option that is not KEY=VALUE.
    """
    given = {name: flags.pop(name, None) for name in NAMES}
    if given["on"] is None:
        for name, value in (
            ("--workers", given["workers"]),
            ("--on-option", given["on_option"] or None),
        ):
            if value is not None:
                raise UsageError(
                    f"{name} without --on: one process has one engine", hint="--on ray --workers 2"
                )
    options: dict[str, Any] = {}
    for pair in given["on_option"] or ():
        name, _, text = pair.partition("=")
        if not name or not text or name == "workers":
            raise UsageError(
                f"--on-option `{pair}` is not KEY=VALUE", hint="--on-option num_gpus=1"
            )
        options[name] = literal(text)
    return Elsewhere(given["on"], given["workers"], options)
