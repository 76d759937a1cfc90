"""What a session did and when, one JSON object a line: ``events.jsonl`` beside what it made.

    {"time": "2026-01-31T12:00:00.000Z", "step": "generate", "event": "started", "seconds": 12.3, …}

For people who watch runs, and for reports. Nothing is read back by a run, and none ends because an event
could not be written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from magpie_core.run.encode import encode
from magpie_core.secrecy import struck

FILE = "events.jsonl"
Sink = Callable[[dict[str, Any]], None]


class EventLog:
    """Writes the events of one step into a folder, from ``keep`` on, earlier ones included.

    Args:
        folder: of the run, or beside a file.
        step: the name of the command's step: ``generate``, ``tag``.
        sink: told of each event besides.
    """

    def __init__(self, folder: Path, step: str, sink: Sink | None = None) -> None:
        self._folder = folder
        self._step = step
        self._sink = sink
        self._begin = monotonic()
        self._waiting: list[bytes] = []
        self._kept = False

    def keep(self) -> None:
        """The folder is there and will stay: write down what was said so far, and all that is said later."""
        self._kept = True
        self._put_down()

    def forget(self) -> None:
        """The folder did not stay after all: write nothing down any more."""
        self._kept = False

    def write(self, event: str, **facts: Any) -> None:
        """One event.

        Args:
            event: a word: ``opening``, ``progress``, ``ended``.
            facts: plain values.
        """
        now = datetime.now(UTC)
        line: dict[str, Any] = {
            "time": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "step": self._step,
            "event": event,
            "seconds": round(monotonic() - self._begin, 3),
            "pid": os.getpid(),
            **{name: struck(v) if isinstance(v, str) else v for name, v in facts.items()},
        }
        if self._sink is not None:
            self._sink(line)
        self._waiting.append(encode(line) + b"\n")
        self._put_down()

    def _put_down(self) -> None:
        """Append what waits, in one piece."""
        if not self._kept or not self._waiting:
            return
        with suppress(OSError):  # a full disk is said by whoever writes records
            handle = os.open(self._folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(handle, _after_a_torn_line(handle) + b"".join(self._waiting))
            finally:
                os.close(handle)
        self._waiting.clear()


def _after_a_torn_line(handle: int) -> bytes:
    """A line end, where a full disk or a power cut left half a line: the next event would end it."""
    size = os.fstat(handle).st_size
    return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""


def read_events(folder: Path) -> Iterator[dict[str, Any]]:
    """The events in ``folder``, as they were written; lines that are none are passed over."""
    path = folder / FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict) and "event" in event:
                    yield event


@contextmanager
def events_of(folder: Path, step: str) -> Iterator[dict[str, Any]]:
    """Write down when a step over finished records began and how it ended.

    Args:
        folder: the run's, or the one beside a file; written to only where it is there at the end.
        step: its name.

    Yields:
        what the last event says besides; to be filled.
    """
    log = EventLog(folder, step)
    facts: dict[str, Any] = {}
    log.write("started")
    how = "done"
    try:
        yield facts
    except BaseException as error:
        how = "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
        raise
    finally:
        if folder.is_dir():
            log.keep()
            log.write("ended", how=how, **facts)
