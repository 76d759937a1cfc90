"""Counts of one call of ``magpie tag``, by tagger. They change while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class TaggerTally:
    """How far one tagger is."""

    name: str
    folder: str
    """Where its columns are."""
    before: int = 0
    """Records that had its columns when the call began."""
    wanted: int = 0
    """Records this call is to tag."""
    tagged: int = 0
    failed: int = 0
    """Given up on in this call; the next one tries them again."""
    in_a_row: int = 0
    """Of these, the last ones with no answer between them."""
    retried: int = 0
    """Records that were asked about more than once."""
    cut: int = 0
    """Records of which a text was too long for the context and lost its middle."""

    @property
    def settled(self) -> int:
        """Records done with, one way or the other."""
        return self.tagged + self.failed


@dataclass
class TagTally:
    """All taggers of a call."""

    taggers: list[TaggerTally] = field(default_factory=list)
    records: int = 0
    """Records looked at."""
    damaged: int = 0
    """Rows that could not be read."""
    workers: int = 0
    """That tag now, where several do."""
    lost: int = 0
    """Of them, those that others replaced."""

    @property
    def wanted(self) -> int:
        """Tags this call is to make."""
        return sum(one.wanted for one in self.taggers)

    @property
    def settled(self) -> int:
        """Tags made or given up on."""
        return sum(one.settled for one in self.taggers)

    @property
    def failed(self) -> int:
        """Tags given up on."""
        return sum(one.failed for one in self.taggers)
