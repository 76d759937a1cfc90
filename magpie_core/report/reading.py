"""One data set in DuckDB: its columns that can be drawn, and a seeded sample. Draws nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from magpie_core.dataset.columns import current_folders, read_added
from magpie_core.dataset.source import Source
from magpie_core.export.columns import column_name
from magpie_core.selection.catalog import OWN, Column
from magpie_core.selection.expression import SIZED
from magpie_core.selection.table import Table

LOOKED_AT = 2_000
"""Rows of each set that say what its columns hold."""
MOST_LABELS = 60
"""A column of texts with more different ones among them holds no labels."""
LONGEST_LABEL = 80
PASSED_OVER = {
    "index",
    "pos",
    "seed",
    "min_similar_conversation_id",
    "duplicate_group",
    "text_first_id",
}
"""Columns that name a record; nothing can be counted of them."""
TOKENS = ("instruction_tokens", "response_tokens", "response_finish")

Tell = Callable[[str, int, int | None], None]
"""Told what is being done, how many so far, and of how many (None: unknown)."""


@dataclass(frozen=True)
class Drawn:
    """A record of the sample."""

    id: str
    instruction: str
    response: str
    turns: list[tuple[str, str]]
    extra: Mapping[str, Any]


@dataclass
class Reading:
    """A data set that is read."""

    source: Source
    name: str
    table: Table
    columns: dict[str, Column] = field(default_factory=dict)
    """Those that can be drawn, by the name people use."""
    constant: dict[str, str] = field(default_factory=dict)
    """Columns of texts that are the same everywhere: who judged."""
    texts: list[str] = field(default_factory=list)
    """Instructions of the sample, in the order of the draw: the first of them are a smaller sample."""
    drawn: list[Drawn] = field(default_factory=list)
    """The first of these, whole."""
    positions: list[int] = field(default_factory=list)
    """Where those of ``texts`` are, in ``pos`` of the table."""
    damaged: int = 0

    @property
    def rows(self) -> int:
        """Records."""
        return self.table.rows


def read(reading: Reading, tell: Tell, *, sample: int, whole: int, seed: int) -> None:
    """Read everything that will be asked for.

    Args:
        reading: to be filled; its table is empty.
        tell: progress.
        sample: records to draw, at most.
        whole: how many of them to keep whole.
        seed: decides which are drawn.

    Raises:
        UsageError: the source holds no record, or a set is of a file that was changed since.
        StorageError: something cannot be read.
    """
    source, on_damage = reading.source, reading.source.on_damage
    source.on_damage = None  # what cannot be read is told of once
    tell(f"looking at {reading.name}", 0, None)
    wanted = _worth_reading(source)
    source.on_damage = on_damage
    reading.table.load([(one,) for one in wanted], keep=True)
    reading.damaged = source.damaged
    source.on_damage = None
    _choose_columns(reading, wanted)
    _draw(reading, sample, whole, seed)


def _worth_reading(source: Source) -> set[str]:
    """Names of the columns that hold numbers or labels, by their first values."""
    found: set[str] = set(TOKENS)
    own: dict[str, list[Any]] = defaultdict(list)
    for record in islice(source.records(), LOOKED_AT):
        for key, value in record.extra.items():
            own[column_name(key)].append(value)
    found |= _drawable(own)
    for folder in current_folders(source).values():
        columns: dict[str, list[Any]] = defaultdict(list)
        for one in islice(read_added(folder), LOOKED_AT):
            for key, value in one.columns.items():
                columns[key].append(value)
        found |= _drawable(columns)
    return {one.lower() for one in found}


def _drawable(columns: Mapping[str, list[Any]]) -> set[str]:
    return {name for name, values in columns.items() if _can_be_drawn(name, values)}


def _can_be_drawn(name: str, values: Iterable[Any]) -> bool:
    there = [one for one in values if one is not None]
    if not there or name.lower() in PASSED_OVER:
        return False
    if all(isinstance(one, int | float) for one in there):  # true and false among them
        return True
    if not all(isinstance(one, str) and len(one) <= LONGEST_LABEL for one in there):
        return False
    return len(set(there)) <= min(MOST_LABELS, max(2, len(there) // 2))


def _choose_columns(reading: Reading, wanted: set[str]) -> None:
    """The columns that were loaded, by a name no other has."""
    loaded = [
        one
        for one in reading.table.catalog.columns
        if one.sql and one.kind in ("int", "float", "bool", "text")
        if one.name.lower() in wanted or one.name in SIZED.values()
    ]
    names = [one.name for one in loaded]
    for column in loaded:
        shared = names.count(column.name) > 1
        owner = column.owner.rpartition("/")[2]
        name = f"{owner}.{column.name}" if shared and column.owner != OWN else column.name
        if column.kind == "text":
            different = reading.table.query(
                f"SELECT count(DISTINCT {column.sql}), any_value({column.sql})::VARCHAR FROM joined"
            )
            count, example = different[0]
            if count == 1 and name.endswith(("_generator", "_model", "_judge")):
                reading.constant[name] = str(example)
                continue
            if count > 20 * MOST_LABELS:
                continue
        reading.columns[name] = column


def _draw(reading: Reading, sample: int, whole: int, seed: int) -> None:
    """Draw records by a digest of seed and id: the same ones in whatever order they come."""
    table = reading.table
    found = table.query(
        f"SELECT pos FROM records ORDER BY md5('{int(seed)}:' || id), pos LIMIT {int(sample)}"
    )
    reading.positions = [pos for (pos,) in found]
    places = {pos: place for place, pos in enumerate(reading.positions)}
    texts = [""] * len(places)
    drawn: dict[int, Drawn] = {}
    for record in table.records(table.keep("drawn", reading.positions)):
        place = places[record.index]
        texts[place] = record.instruction
        if place < whole:
            drawn[place] = Drawn(
                record.id,
                record.instruction,
                record.response,
                [(one.role, one.content) for one in record.turns],
                record.extra,
            )
    reading.texts = texts
    reading.drawn = [drawn[place] for place in sorted(drawn)]
