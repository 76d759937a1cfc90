"""The published labels, their order, and what to do with labels that are none of them. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from magpie_core.tagging.labels import canonical


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
        Scale("difficulty", ("very easy", "easy", "medium", "hard", "very hard"), ordered=True),
        Scale("input_quality", ("very poor", "poor", "average", "good", "excellent"), ordered=True),
        Scale(
            "task_category",
            (
                "Information seeking",
                "Reasoning",
                "Planning",
                "Editing",
                "Coding & Debugging",
                "Math",
                "Role playing",
                "Data analysis",
                "Creative writing",
                "Advice seeking",
                "Brainstorming",
                "Others",
            ),
            ordered=False,
            # The published scripts' list of valid labels has "Other", so their own label was lost.
            aliases={"other": "Others"},
        ),
    )
}
"""By column; the labels are those of the published data (Magpie paper, appendix)."""


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
