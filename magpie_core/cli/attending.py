"""A step that somebody waits for: shown, stopped at its limit, and given up where its engine hangs."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from magpie_core.backend import Backend
from magpie_core.cli.interruptible import run_interruptible
from magpie_core.cli.limits import Patience
from magpie_core.cli.tag_display import TagDisplay
from magpie_core.spending import Limits, Used, within
from magpie_core.tagging.tally import TagTally
from magpie_core.watchdog import Watchdog

T = TypeVar("T")


class Attendance:
    """Stands by while a step works that counts as tagging does.

    Args:
        display: shows it.
        patience: when it is stopped.
    """

    def __init__(self, display: TagDisplay, patience: Patience) -> None:
        self._display = display
        self._limits = Limits(hours=patience.hours)
        self._watchdog = Watchdog(patience.engine_timeout)
        self._tally: TagTally | None = None

    def started(self, tally: TagTally, engines: list[Backend]) -> None:
        """Work begins, or its next phase."""
        self._tally = tally

        def counted() -> tuple[int, ...]:
            stats = [engine.stats() for engine in engines]
            return (
                tally.settled,
                sum(one.retried for one in tally.taggers),
                sum(one.prompt_tokens + one.sampled_tokens for one in stats),
            )

        self._watchdog.started(counted, lambda: tally.wanted - tally.settled)
        self._display.start(tally, engines)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """``work`` to its end.

        Raises:
            LimitReachedError: it has taken too long. EngineDeadError: nothing comes any more.
            KeyboardInterrupt: somebody stopped it.
        """
        return run_interruptible(within(self._limits, work, Used, self._done, self._watchdog.look))

    def _done(self) -> str:
        tally = self._tally
        return (
            "nothing done yet" if tally is None else f"{tally.settled:,} of {tally.wanted:,} done"
        )
