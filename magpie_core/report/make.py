"""Everything a report shows, worked out: the numbers, and what of the records' text stands beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from magpie_core.dataset.source import RunSource, Source
from magpie_core.diversity.ngrams import distinct
from magpie_core.embedded import Figure
from magpie_core.report.distributions import crossings, distributions
from magpie_core.report.document import DataSet, Distribution, Diversity, Map, Numbered
from magpie_core.report.embedded import (
    ON_THE_MAP,
    Vectors,
    common_model,
    figures_of,
    nearest,
    plane,
    vectors_of,
)
from magpie_core.report.passage import Passage, duplicates, passage, selections, spent
from magpie_core.report.reading import Reading, Tell, read
from magpie_core.report.rows import FILTERED, labels_at, rows_of
from magpie_core.report.safe import settings, short
from magpie_core.report.words import facts_of, missing, names_of, short_note
from magpie_core.run.kind import kind_of
from magpie_core.run.manifest import read_manifest
from magpie_core.selection.table import Table
from magpie_core.spending import FREE, Prices

MEASURED = 10_000
"""Records that diversity is measured on, as `magpie diversity` does."""
HOVER = 180
"""Characters of an instruction on the map."""
_COLOURS = ("task_category", "language", "difficulty", "input_quality")


@dataclass(frozen=True)
class Options:
    """What is asked for."""

    rows: int = 500
    """Records in the pager, for each data set; 0 for no text of any record or sample."""
    on_map: int = ON_THE_MAP
    """Records on the map, of all data sets together; 0 for no map."""
    embedder: str | None = None
    """Whose vectors; without, those of which most data sets have some."""
    seed: int = 42
    prices: Prices = FREE


@dataclass
class Report:
    """The numbers, and the texts beside them, which may be shown as they are."""

    numbers: Numbered
    rows: list[list[dict[str, Any]]] = field(default_factory=list)
    """[data set]: records of the pager, see ``_row``."""
    examples: list[list[list[str]]] = field(default_factory=list)
    """[data set][reason]: texts that were turned down."""
    hover: list[list[str]] = field(default_factory=list)
    """[data set][point]: instructions on the map."""
    figure_names: dict[str, str] = field(default_factory=dict)
    """What the plugins' figures are called, by name."""


def make(
    sources: Sequence[Source], figures: Mapping[str, type[Figure]], options: Options, tell: Tell
) -> Report:
    """Read ``sources``, and work everything out. Nothing is written.

    Raises:
        MissingEngineError: DuckDB or pyarrow is not installed.
        UsageError: a source holds no record, or a set of columns is of a file that was changed since.
        StorageError, RunFolderError: something cannot be read.
    """
    work = _Making(sources, figures, options, tell)
    with ExitStack() as stack:
        return work.carry_out(stack)


class _Making:
    def __init__(
        self,
        sources: Sequence[Source],
        figures: Mapping[str, type[Figure]],
        options: Options,
        tell: Tell,
    ) -> None:
        self.sources = sources
        self.figures = figures
        self.options = options
        self.tell = tell
        self.took: dict[str, float] = {}

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        self.tell(what, 0, None)
        begin = time.monotonic()
        yield
        self.took[what] = round(self.took.get(what, 0) + time.monotonic() - begin, 2)

    def carry_out(self, stack: ExitStack) -> Report:
        options = self.options
        readings = []
        with self._timed("reading"):
            for source, name in zip(self.sources, names_of(self.sources), strict=True):

                def told(what: str, count: int, total: int | None, name: str = name) -> None:
                    self.tell(f"{name}: {what}", count, total)

                table = stack.enter_context(Table(source, told))
                one = Reading(source, name, table)
                read(one, self.tell, sample=MEASURED, whole=options.rows, seed=options.seed)
                readings.append(one)
        with self._timed("counting values"):
            spread = distributions(readings)
            crossed = crossings(readings, spread)
        with self._timed("reading what was rejected"):
            passages = [passage(one.source, options.seed) for one in readings]
        with self._timed("looking up embeddings"):
            model = common_model(self.sources, options.embedder)
            size = min(len(one.texts) for one in readings)
            vectors = [
                vectors_of(one.source, model, one.texts) if model else None for one in readings
            ]
        with self._timed("measuring diversity"):
            diverse = [
                self._diversity(one, have, size)
                for one, have in zip(readings, vectors, strict=True)
            ]
        found, hover = self._map(readings, vectors, spread)
        numbers = Numbered(
            magpie=version("magpie-core"),
            seed=options.seed,
            sets=[
                self._data_set(*one, spread)
                for one in zip(readings, passages, diverse, vectors, strict=True)
            ],
            distributions=spread,
            crossings=crossed,
            map=found,
            took=self.took,
        )
        return Report(
            numbers,
            rows=[rows_of(one, spread) for one in readings],
            examples=[
                one.examples if options.rows else [[] for _ in one.examples] for one in passages
            ],
            hover=hover if options.rows else [[""] * len(some) for some in hover],
            figure_names={name: kind.what for name, kind in self.figures.items()},
        )

    def _diversity(self, reading: Reading, have: Vectors | None, size: int) -> Diversity:
        vectors = None if have is None else have.vectors[have.places < size]
        return Diversity(
            sample=size,
            distance=_mean_distance(reading),
            distinct={str(n): value for n, value in distinct(reading.texts[:size], (1, 2)).items()},
            figures=figures_of(vectors, self.figures),
        )

    def _map(
        self,
        readings: Sequence[Reading],
        vectors: Sequence[Vectors | None],
        spread: Sequence[Distribution],
    ) -> tuple[Map | None, list[list[str]]]:
        there = [one for one in vectors if one is not None]
        each = self.options.on_map // max(len(there), 1)
        if not there or sum(min(each, len(one.places)) for one in there) < 5:
            return None, []
        colour = _colour(spread)
        with self._timed(
            f"placing {min(each, max(len(one.places) for one in there)):,} records on a map"
        ):
            some = [one.vectors[:each] if one is not None else None for one in vectors]
            placed = iter(plane([one for one in some if one is not None], self.options.seed))
            points, labels, hover = [], [], []
            for reading, have in zip(readings, vectors, strict=True):
                places = [] if have is None else have.places[:each].tolist()
                at = [] if have is None else next(placed).round(2).tolist()
                points.append(at)
                labels.append(labels_at(reading, colour, places))
                hover.append([short(reading.texts[place][: 2 * HOVER], HOVER) for place in places])
            distances = [
                [
                    nearest(a, b, same=a is b) if a is not None and b is not None else -1.0
                    for b in some
                ]
                for a in some
            ]
        found = Map(
            model=there[0].model,
            coloured_by=None if colour is None else colour.name,
            points=points,
            labels=labels,
            nearest=distances,
        )
        return found, hover

    def _data_set(
        self,
        reading: Reading,
        passed: Passage,
        diverse: Diversity,
        have: Vectors | None,
        spread: Sequence[Distribution],
    ) -> DataSet:
        source = reading.source
        manifest = read_manifest(source.path) if isinstance(source, RunSource) else {}
        kind = kind_of(manifest) if manifest else "file"
        took, pace = spent(source, self.options.prices)
        near = duplicates(reading)
        return DataSet(
            name=reading.name,
            kind=kind,
            records=reading.rows,
            damaged=passed.damaged or reading.damaged,
            facts=facts_of(manifest, reading),
            stages=[*passed.stages, *([near] if near else [])],
            reasons=passed.reasons,
            selections=selections(source.place),
            spent=took,
            pace=pace,
            diversity=diverse,
            settings=settings({key: one for key, one in manifest.items() if key != "recipe"}),
            notes=[
                *map(short_note, reading.table.notes),
                *missing(reading, diverse, have, took, kind),
            ],
        )


def _mean_distance(reading: Reading) -> float | None:
    column = next(
        (one for name, one in reading.columns.items() if name.endswith("min_neighbor_distance")),
        None,
    )
    if column is None or column.kind not in ("int", "float"):
        return None
    ((mean,),) = reading.table.query(
        f"SELECT avg({column.sql}::DOUBLE) FROM joined WHERE isfinite({column.sql}::DOUBLE)"
    )
    return None if mean is None else float(mean)


def _colour(spread: Sequence[Distribution]) -> Distribution | None:
    labelled = [one for one in spread if one.labels and len(one.labels) <= FILTERED]
    by_name = {one.name.rpartition(".")[2].lower(): one for one in labelled}
    for name in _COLOURS:
        if name in by_name and (name != "language" or len(by_name[name].labels) > 1):
            return by_name[name]
    return next((one for one in labelled if one.section == "labels"), None)
