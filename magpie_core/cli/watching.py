"""What a run says while it goes on: events on disk, the same as JSON lines, metrics over HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from magpie_core.backend import Backend
from magpie_core.cli.limits import Watching
from magpie_core.cli.metrics import serve_metrics
from magpie_core.run.events import EventLog
from magpie_core.run.manifest import NAME as MANIFEST
from magpie_core.steps.tally import Tally
from magpie_core.watchdog import Watchdog

FIRST_SECONDS = 1.0
"""Until the first event that says how far it is; then twice as long each time: short runs have some too."""
EVERY_SECONDS = 30.0
"""The most between two of them."""


class Watch:
    """Writes a run's events.

    Nothing is written before the run has begun: one that fails before leaves no folder behind.
    """

    def __init__(self, path: Path, log: EventLog, watchdog: Watchdog) -> None:
        self._manifest = path / MANIFEST
        self._log = log
        self._watchdog = watchdog
        self._tally: Tally | None = None
        self._engines: list[Backend] = []
        self._gap = FIRST_SECONDS
        self._next = 0.0
        self.metrics: str | None = None
        """Where numbers are served: ``--metrics 0`` takes any port."""

    def serving(self, address: str) -> None:
        """Numbers are served at ``HOST:PORT``."""
        self.metrics = f"http://{address}/metrics"
        self._log.write("metrics", address=self.metrics)

    def opening(self, what: str) -> None:
        """An engine is about to be loaded."""
        self._log.write("opening", what=what)

    def started(self, tally: Tally, engines: list[Backend]) -> None:
        """Generation begins."""
        self._tally, self._engines = tally, engines
        self._watchdog.started(
            lambda: (tally.instructions, tally.tokens, tally.attempts, tally.in_flight),
            lambda: tally.in_flight,
        )
        self._log.keep()
        self._log.write("started", **self.numbers())

    def look(self, seconds: float) -> None:
        """So long after the session's begin: say how far it is, now and then.

        Raises:
            EngineDeadError: an engine hangs.
        """
        self._watchdog.look(seconds)
        if self._tally is None:
            self._next = seconds + self._gap
        elif seconds >= self._next:
            self._gap = min(2 * self._gap, EVERY_SECONDS)
            self._next = seconds + self._gap
            self._log.write("progress", **self.numbers())

    def ended(self, how: str, message: str | None = None) -> None:
        """It is over; a run that was taken back, since nothing came of it, has no events."""
        if not self._manifest.exists():
            self._log.forget()
        said = {} if message is None else {"message": message}
        self._log.write("ended", how=how, **said, **self.numbers())

    def numbers(self) -> dict[str, Any]:
        """How far it is."""
        tally = self._tally
        if tally is None:
            return {}
        stats = [engine.stats() for engine in self._engines]
        return {
            "wanted": tally.wanted,
            "accepted": tally.accepted,
            "resumed": tally.resumed,
            "rejected": tally.rejected.total(),
            "failed": tally.failed,
            "instructions": tally.instructions,
            "sampled_tokens": sum(one.sampled_tokens for one in stats),
            "prompt_tokens": sum(one.prompt_tokens for one in stats),
            "in_flight": tally.in_flight,
            "running": sum(one.running for one in stats),
            "waiting": sum(one.waiting for one in stats),
            "busy_seconds": round(sum(one.busy_seconds for one in stats), 3),
        }


@contextmanager
def watching(path: Path, wanted: Watching) -> Iterator[Watch]:
    """A watch over the work in the block, which is told how that ends.

    Args:
        path: the run folder.
        wanted: what is watched, and who is told.

    Raises:
        UsageError: nothing can be served there.
        MissingEngineError: the library for it is not installed.
    """
    log = EventLog(path, "generate", _print_event if wanted.json_log else None)
    watch = Watch(path, log, Watchdog(wanted.engine_timeout))
    with ExitStack() as stack:
        if wanted.metrics is not None:
            watch.serving(stack.enter_context(serve_metrics(wanted.metrics, watch.numbers)))
        try:
            yield watch
        except KeyboardInterrupt:
            watch.ended("interrupted")
            raise
        except BaseException as error:
            watch.ended(type(error).__name__, str(error))
            raise
        watch.ended("done")


def _print_event(event: dict[str, Any]) -> None:
    """On standard error; nobody reading there any more is no reason to end what it is about."""
    if sys.stderr is None:
        return
    with suppress(BrokenPipeError):
        print(json.dumps(event, ensure_ascii=False), file=sys.stderr, flush=True)
