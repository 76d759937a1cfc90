"""The tagger and its options. How texts are compared is written next door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from magpie_core import Record, TagError, Tagger, TaggerEngine
from magpie_filter_decontamination.items import digest_of
from magpie_filter_decontamination.options import Words, nothing_to_compare_with, open_benchmarks
from magpie_filter_decontamination.overlap import WORDS


class DecontaminationTagger(Tagger, dict=True):
    """Says whether an instruction shares an n-gram with a benchmark, with which item, and how much."""

    name: ClassVar[str] = "decontamination"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "contaminated": {"type": "boolean"},
            "contaminated_by": {
                "type": ["string", "null"],
                "description": "file:row of the item that is met first, rows from 1",
            },
            "contaminated_share": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "share of the instruction's n-grams that hold benchmark text",
            },
        },
        "required": ["contaminated", "contaminated_by", "contaminated_share"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = None
    looks_at: ClassVar[Literal["instruction", "response"]] = "instruction"
    batch: ClassVar[int] = 64

    files: tuple[str, ...] = ()
    """Benchmarks: JSON Lines, JSON, Parquet, or text with one item a line."""
    columns: tuple[str, ...] = ()
    """Columns their text is in; the usual names are found without."""
    words: Words = WORDS
    """Length of an n-gram."""

    def __post_init__(self) -> None:
        """Read the benchmarks.

        Raises:
            UsageError: a file is missing or cannot be read.
        """
        self._digests = [digest_of(one) for one in self.files]
        self._benchmarks = open_benchmarks(self.files, self.columns, self.words)

    def settings(self) -> dict[str, Any]:
        """Digests of the benchmark files, in the order of ``files``.

        Raises:
            UsageError: no file is named, so there is nothing to compare with.
        """
        if not self.files:
            raise nothing_to_compare_with("tagger", self.name)
        return {"benchmarks": self._digests}

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record."""
        return [self._one(record.instruction) for record in records]

    def _one(self, instruction: str) -> dict[str, Any] | TagError:
        found = self._benchmarks.overlap(instruction)
        return {
            "contaminated": found.first is not None,
            "contaminated_by": found.first,
            "contaminated_share": found.share,
        }
