"""What a worker and the coordinator say to each other: small things, many in one call. No Ray here."""

from __future__ import annotations

from typing import Literal

import msgspec

from magpie_core.backend import EngineStats

Why = tuple[str, str]
"""An objection as it travels: reason, and by whom; or step and reason of a rejection."""


class Meet(msgspec.Struct, frozen=True):
    """An instruction got past its filters."""

    index: int
    text: str


class Leave(msgspec.Struct, frozen=True):
    """Nothing more will be said of the index that others wait for."""

    index: int


class Decide(msgspec.Struct, frozen=True):
    """What is there against it, once every lower index has spoken?"""

    index: int


class Ended(msgspec.Struct, frozen=True):
    """The index is on disk."""

    index: int
    accepted: bool = False
    why: Why | None = None
    """Step and reason, where it was turned down; neither accepted nor this: it was given up."""


Event = Meet | Leave | Decide | Ended


class Counts(msgspec.Struct, frozen=True):
    """What a worker did so far. Totals, so that a call that says them twice changes nothing."""

    instructions: int = 0
    tokens: int = 0
    response_tokens: int = 0
    in_flight: int = 0
    stats: EngineStats = msgspec.field(default_factory=EngineStats)


class Report(msgspec.Struct, frozen=True):
    """One call of a worker."""

    events: list[Event]
    asked: int
    """Indexes it could have begun by now, in all. A total too: those on their way are not asked twice."""
    counts: Counts


class Begin(msgspec.Struct, frozen=True):
    """Indexes to begin."""

    indexes: list[int]


class Answer(msgspec.Struct, frozen=True):
    """To ``Meet`` or ``Decide``."""

    to: Literal["meet", "decide"]
    index: int
    objection: Why | None
    """Reason, and by whom."""
    failure: str | None = None
    """Why there is no answer."""


class End(msgspec.Struct, frozen=True):
    """Nothing is left to do."""


Word = Begin | Answer | End


class View(msgspec.Struct, frozen=True):
    """The run as the coordinator sees it."""

    accepted: int
    rejected: dict[Why, int]
    """(step, reason) -> how many."""
    failed: int
    counts: Counts
    """Of all workers, lost ones included; what runs and waits is of those at work."""
    accepted_by: dict[int, int]
    """Accepted in this session, by worker."""
    remembered: tuple[int, int] = (0, 0)
    """Instructions on disk that are embedded, of so many."""
    over: bool = False
    """Whether nothing is left to do."""
    error: Exception | None = None
    """What ended the run before it was complete."""
