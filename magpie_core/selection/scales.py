"""The published labels, their order, and what to do with labels that are none of them. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from magpie_core.tagging.labels import canonical
from magpie_core.tagging.published import CATEGORIES, CATEGORY_ALIASES, DIFFICULTIES, QUALITIES


@dataclass(frozen=True)
class Scale:
    """The labels a column may have."""

    column: str
    labels: tuple[str, ...]
    ordered: bool
    """Whether they stand in ascending order, so that ``>=`` means something."""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Name of the SQL type of an ordered scale."""
        return f"scale_{self.column}"

    def find(self, label: str) -> str | None:
        """The published label that ``label`` is a spelling of, or None."""
        found = canonical(label, self.labels, self.aliases)
        return found if isinstance(found, str) else None


SCALES = {
    one.column: one
    for one in (
        Scale("difficulty", DIFFICULTIES, ordered=True),
        Scale("input_quality", QUALITIES, ordered=True),
        Scale("task_category", CATEGORIES, ordered=False, aliases=CATEGORY_ALIASES),
    )
}
"""By column."""


def fits(scale: Scale, labels: Iterable[tuple[str, int]]) -> bool:
    """Whether at least half of a column's labels are the scale's: else it is another column of that name.

    Args:
        scale: the scale in question.
        labels: each label of the column, with how many rows have it.
    """
    known = unknown = 0
    for label, rows in labels:
        if scale.find(label) is None:
            unknown += rows
        else:
            known += rows
    return known > 0 and known >= unknown
