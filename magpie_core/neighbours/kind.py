"""What every search for near-duplicates is: a kind with columns of its own, its progress, its report."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from magpie_core.neighbours.found import Found
from magpie_core.neighbours.rows import Rows


class Progress(Protocol):
    """Shows one piece of work: called with what it is and its size, it gives what to tell progress to."""

    def __call__(self, what: str, total: int | None) -> AbstractContextManager[Any]:
        """A context manager that yields ``tell(done)``."""


@dataclass
class Report:
    """What was found."""

    rows: int = 0
    near: int = 0
    """Rows with a near-duplicate."""
    groups: int = 0
    """Groups of two and more."""
    largest: int = 0
    kept: int = 0
    """Rows that stay when one of each group does."""
    without: int = 0
    """Rows without a distance: no other row, no finite embedding, or no text like it (MinHash)."""
    mean_distance: float | None = None
    """Mean distance to the nearest neighbour: the diversity of the set. Of embeddings only."""
    embedded: int = 0
    """Texts embedded now; the others' vectors were on the disk."""
    up_to_date: bool = False
    """Everything was there already; nothing was written."""
    recall: dict[str, float] | None = None
    """Of an approximate search, measured."""
    folders: list[Path] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """Rows that go when one of each group stays."""
        return self.rows - self.kept


class Kind(Protocol):
    """One way to search: which settings decide it, the search, and the names of its columns."""

    @property
    def settings(self) -> dict[str, Any]:
        """What decides what is found, as TOML values."""

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """Search, and note in ``report`` what it took."""

    columns: dict[str, str]
    """What the columns are called: distance, count, first, group, keep."""
    all_pairs: bool
    """Whether every row has a distance to some other row."""


def no_progress(what: str, total: int | None) -> AbstractContextManager[Any]:
    """Shows nothing."""
    return nullcontext(lambda done: None)
