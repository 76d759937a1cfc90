"""How far a run was at which moment, over all its sessions: read from ``events.jsonl``. Draws nothing.

Records a minute between two points of one session::

    (b.accepted - a.accepted) / (b.time - a.time).total_seconds() * 60
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from magpie_core.run.events import read_events

STEP = "generate"
"""The step whose events say how far a run is."""
_MOST = 2**63


@dataclass(frozen=True)
class Point:
    """How far a run was at one moment."""

    time: datetime
    """In UTC: the clock at the session's first event, and from there on the seconds that went by. Within a
    session it never goes back, whatever was done to the clock."""
    accepted: int
    """Records on disk, those of earlier sessions included."""
    rejected: int
    """Indexes turned down, in earlier sessions too."""
    tokens: int
    """Tokens sampled so far by all sessions that are told of; what a killed one sampled after its last
    event is not known."""
    session: int
    """From 0 on: nobody worked on the run between the last point of one and the first of the next."""


def rates(folder: Path) -> list[Point]:
    """Every moment of which something is known, earliest session first.

    A session has a point where generation begins, one after 1, 2, 4 … seconds more, from then on one every
    30 seconds, and one at its end; one that was killed ends with the last that was written.

    Args:
        folder: of a run.

    Returns:
        nothing where there are no events: records that were brought in, a run of an older version, or one
        whose events were removed. Lines that are damaged, or edited into something else, are passed over.

    Raises:
        OSError: the file is there and cannot be read.
    """
    points: list[Point] = []
    before = 0
    for number, events in enumerate(_sessions(folder)):
        begin = _began(events[0])
        last = 0
        for event in events:
            if not all(_count(event.get(name)) for name in ("accepted", "rejected")):
                continue  # an engine is opened: nothing is known yet
            if _count(event.get("sampled_tokens")):
                last = max(last, int(event["sampled_tokens"]))
            points.append(
                Point(
                    time=begin + timedelta(seconds=event["seconds"]),
                    accepted=event["accepted"],
                    rejected=event["rejected"],
                    tokens=before + last,
                    session=number,
                )
            )
        before += last
    return points


def _sessions(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The step's usable events, one list for each session. A run has one writer, so they do not mix."""
    session: list[dict[str, Any]] = []
    for event in read_events(folder):
        if event.get("step") != STEP or not _usable(event):
            continue
        if session and _is_another(session[-1], event):
            yield session
            session = []
        session.append(event)
    if session:
        yield session


def _is_another(last: dict[str, Any], event: dict[str, Any]) -> bool:
    return bool(
        last["event"] == "ended"
        or last.get("pid") != event.get("pid")
        or last["seconds"] > event["seconds"]
    )


def _usable(event: dict[str, Any]) -> bool:
    """Whether it says when it was."""
    seconds = event.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return False
    if not 0 <= seconds < 10**9:  # nor is NaN: thirty years are an edited file
        return False
    try:
        _began(event)
    except (TypeError, ValueError, KeyError, OverflowError):
        return False
    return True


def _began(event: dict[str, Any]) -> datetime:
    """When the session began that ``event`` belongs to."""
    time = datetime.fromisoformat(event["time"])
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time - timedelta(seconds=event["seconds"])


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
