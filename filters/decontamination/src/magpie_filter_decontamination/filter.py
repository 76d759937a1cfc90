"""The filter and its options. How texts are compared is written next door."""

from __future__ import annotations

import os
from typing import ClassVar, Literal

from magpie_core import Draft, Filter, UsageError
from magpie_filter_decontamination.items import digest_of
from magpie_filter_decontamination.options import Words, nothing_to_compare_with, open_benchmarks
from magpie_filter_decontamination.overlap import WORDS


class DecontaminationFilter(Filter, dict=True):
    """Turn down instructions that share an n-gram with a benchmark. Off unless a recipe asks for it."""

    name: ClassVar[str] = "decontamination"
    stages: ClassVar[tuple[Literal["instruction", "response"], ...]] = ("instruction",)
    default: ClassVar[bool] = False

    files: tuple[str, ...] = ()
    """Benchmarks: JSON Lines, JSON, Parquet, or text with one item a line."""
    columns: tuple[str, ...] = ()
    """Columns their text is in; the usual names are found without."""
    words: Words = WORDS
    """Length of an n-gram."""
    digests: tuple[str, ...] = ()
    """Of each file, found when the filter is made. A run keeps them, so that it is not continued with
    other benchmarks."""

    def __post_init__(self) -> None:
        """Read the benchmarks.

        Raises:
            UsageError: no file is named, or one is missing, cannot be read or has changed.
        """
        if not self.files:
            raise nothing_to_compare_with("filter", self.name)
        # A run resumes from anywhere, as it does with checkpoint folders.
        self.files = tuple(os.path.abspath(os.path.expanduser(one)) for one in self.files)
        found = tuple(digest_of(one) for one in self.files)
        if self.digests and self.digests != found:
            changed = [
                f"`{name}`"
                for name, now in zip(self.files, found, strict=True)
                if now not in self.digests
            ]
            raise UsageError(
                f"benchmark file {', '.join(changed) or 'list'} has changed since the run was begun",
                hint="bring the old file back, or start a new run with another -o",
            )
        self.digests = found
        self._benchmarks = open_benchmarks(self.files, self.columns, self.words)

    def reject(self, draft: Draft) -> str | None:
        """Return ``contaminated``, or None to keep."""
        return "contaminated" if self._benchmarks.hold(draft.instruction) else None
