"""What is said where several workers tag: small things, many in one call. No Ray here."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from magpie_core.backend import Capabilities, EngineStats
from magpie_core.record import Record


class TaggerWork(msgspec.Struct, frozen=True):
    """One tagger, as a worker is told of it."""

    tagger: str
    folder: str
    """Of its columns."""
    before: int
    """Records that had them when the call began."""

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.folder.rpartition("/")[2]


class TagWork(msgspec.Struct, frozen=True):
    """Everything a worker must know to tag what it is handed."""

    recipe: bytes
    """As JSON."""
    taggers: list[TaggerWork]
    directory: str
    """Where the command was given: paths in options of taggers begin there."""


class Ready(NamedTuple):
    """A worker that can begin, and the engine it has, if its taggers need one."""

    backend: str | None
    capabilities: Capabilities
    in_flight: int


class Handed(NamedTuple):
    """A record to tag."""

    record: Record
    names: tuple[str, ...]
    """Of the columns it has not got yet."""


class Settled(NamedTuple):
    """The columns ``name`` of a record are on disk, or the reason why there are none."""

    name: str
    id: str
    tagged: bool


class TagReport(msgspec.Struct, frozen=True):
    """One call of a worker."""

    settled: list[Settled]
    """Since its last one."""
    retried: dict[str, int]
    """By columns. Totals, as what follows."""
    cut: dict[str, int]
    stats: EngineStats


class Far(msgspec.Struct, frozen=True):
    """How far one tagger is, over all workers."""

    tagged: int
    failed: int
    retried: int
    cut: int


class TagView(msgspec.Struct, frozen=True):
    """The work as the one who hands it out sees it."""

    taggers: dict[str, Far]
    stats: EngineStats
    """Of all workers, lost ones included; what runs and waits is of those at work."""
    brought: dict[int, int]
    """Columns made, by worker."""
    over: bool
    """Whether everything was handed out and is settled."""
    hopeless: str | None = None
    """The tagger that fails for most records, if one does."""
