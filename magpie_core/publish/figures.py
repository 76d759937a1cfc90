"""What a card says in numbers, counted while the rows go by: lengths, labels, numbers of tags."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from magpie_core.publish.rows import labels
from magpie_core.record import Record

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_LABELS = 30
_WATCHED = 2000
"""Values of a column from which on it is free text."""
LARGEST = 1e300
"""Beyond it a sum leaves what a float holds: such a number counts as none, as NaN does."""
NO_FIGURE = ("source_id", "source_file", "min_similar_conversation_id", "text_first_id")


@dataclass
class Spread:
    """Where numbers lie."""

    count: int
    mean: float
    at: tuple[float, ...]
    """At ``QUANTILES``."""
    most: float


@dataclass
class Summary:
    """Figures of a set."""

    rows: int
    lengths: dict[str, Spread] = field(default_factory=dict)
    labels: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """Of each column of labels: values and their counts, the most frequent first."""
    numbers: dict[str, Spread] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    """ISO 639-1, of at least one record in a hundred, the most frequent first."""


class Figures:
    """Told of each record; eight bytes a number, and nothing of its text."""

    def __init__(self) -> None:
        self.rows = 0
        self._lengths: dict[str, array[int]] = {}
        self._numbers: dict[str, array[float]] = {}
        self._labels: dict[str, Counter[str] | None] = {}

    def note(self, record: Record) -> None:
        """Count one record with the columns that were added to it."""
        self.rows += 1
        self._length("instruction, characters", len(record.instruction))
        self._length("response, characters", len(record.response))
        self._length("turns", sum(one.role != "system" for one in record.turns))
        if record.provenance is not None:
            self._length("instruction, tokens", record.provenance.instruction_tokens)
            self._length("response, tokens", record.provenance.response_tokens)
        for name, value in labels(record).items():
            if name.rpartition(".")[2] not in NO_FIGURE:
                self._value(name, value)

    def summary(self) -> Summary:
        """Everything counted so far."""
        found: dict[str, list[tuple[str, int]]] = {}
        for name, counts in sorted(self._labels.items()):
            # Of free text nearly every value is another one, however few rows there are.
            if counts and (len(counts) <= min(MOST_LABELS, max(2, sum(counts.values()) // 4))):
                found[name] = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        return Summary(
            rows=self.rows,
            lengths={name: spread(one) for name, one in self._lengths.items()},
            labels=found,
            numbers={name: spread(one) for name, one in sorted(self._numbers.items())},
            languages=self._languages(),
        )

    def _languages(self) -> list[str]:
        counts = self._labels.get("language") or Counter()
        return [
            code.lower()
            for code, count in counts.most_common()
            if 2 <= len(code) <= 3
            and code.isascii()
            and code.isalpha()
            and count * 100 >= self.rows
        ]

    def _length(self, name: str, value: int) -> None:
        self._lengths.setdefault(name, array("q")).append(value)

    def _value(self, name: str, value: Any) -> None:
        if isinstance(value, bool | str) and value != "":
            counts = self._labels.setdefault(name, Counter())
            if counts is not None:
                counts[str(value).lower() if isinstance(value, bool) else value[:80]] += 1
                if len(counts) > _WATCHED:
                    self._labels[name] = None
        elif isinstance(value, int | float) and not isinstance(value, bool):
            # Compared before it is made a float, which an int may not fit; NaN is never smaller.
            usable = abs(value) <= LARGEST
            if usable:
                self._numbers.setdefault(name, array("d")).append(float(value))


def spread(values: Sequence[float]) -> Spread:
    """Mean, quantiles (the nearest value above) and the largest of ``values``, which are not empty."""
    ordered = sorted(values)
    last = len(ordered) - 1
    at = tuple(ordered[min(last, int(share * len(ordered)))] for share in QUANTILES)
    return Spread(len(ordered), sum(ordered) / len(ordered), at, ordered[-1])


def size_category(rows: int) -> str:
    """The hub's name for a number of rows."""
    steps = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    for power, name in enumerate(steps, start=3):
        if rows < 10**power:
            return f"n<{name}" if power == 3 else f"{steps[power - 4]}<n<{name}"
    return "n>1T"
