"""The figures of several sources, comparable because their samples have one size. Knows no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from magpie_core.dataset.columns import check_current, column_folders, read_added
from magpie_core.dataset.source import Source
from magpie_core.diversity.ngrams import distinct
from magpie_core.diversity.sample import Sample, sample_of
from magpie_core.embedded import Figure
from magpie_core.errors import UsageError
from magpie_core.record import Record

if TYPE_CHECKING:
    from magpie_core.neighbours.embedders import Embedder

SAMPLE = 10_000
"""Records at most: a Vendi score of so many takes a second, their embeddings some minutes on a CPU."""
DISTANCE = "min_neighbor_distance"
NGRAMS = (1, 2)

Tell = Callable[[str, int, int | None], None]
"""Told what is being done, how many so far, and of how many (None: unknown)."""


@dataclass
class Measured:
    """What was found of one source."""

    source: Source
    records: int
    sample: int
    """Records that all but the distance are of."""
    distance: float | None = None
    """Mean ``min_neighbor_distance`` of all records that have one."""
    distance_of: str | None = None
    """The set it is from (``neighbours/minilm``), or ``row``."""
    distinct: dict[int, float | None] = field(default_factory=dict)
    """Different n-grams per n-gram of the instructions, by n."""
    figures: dict[str, float | None] = field(default_factory=dict)
    """Of each plugin, by name; None where no sampled text has an embedding."""


def measure(
    sources: Sequence[Source],
    figures: Mapping[str, type[Figure]],
    embedder: Embedder,
    tell: Tell,
    *,
    size: int = SAMPLE,
    seed: int = 42,
) -> list[Measured]:
    """Measure each of ``sources``; nothing but embeddings is written beside them.

    All samples have the size of the smallest source where that has fewer than ``size``.

    Args:
        sources: what to measure.
        figures: classes of plugins, by name; where there are none, nothing is embedded.
        embedder: the model for all of them.
        tell: progress.
        size: records of a sample, at most.
        seed: decides which.

    Raises:
        UsageError: a source without records, or a sample of fewer than one.
        MissingEngineError: what embeds is not installed.
    """
    if size < 1:
        raise UsageError(f"a sample of {size} records has no figure", hint=f"--sample {SAMPLE}")
    if figures:
        from magpie_core.neighbours.vectors import check_embeddings

        for one in sources:
            check_embeddings(one, embedder)
    samples = [_read(source, size, seed, tell) for source in sources]
    size = min(len(one.texts) for one in samples)
    return [
        _measured(source, sample, sample.texts[:size], figures, embedder, tell)
        for source, sample in zip(sources, samples, strict=True)
    ]


def _read(source: Source, size: int, seed: int, tell: Tell) -> Sample:
    def counted() -> Iterator[Record]:
        for count, record in enumerate(source.records(), 1):
            if count % 2_000 == 0:
                tell(f"reading {source.path.name}", count, None)
            yield record

    sample = sample_of(counted(), size, seed)
    if not sample.records:
        raise UsageError(f"`{source.path}` holds no record", hint="nothing can be said of nothing")
    return sample


def _measured(
    source: Source,
    sample: Sample,
    texts: list[str],
    figures: Mapping[str, type[Figure]],
    embedder: Embedder,
    tell: Tell,
) -> Measured:
    found = Measured(source, sample.records, len(texts))
    found.distinct = distinct(texts, NGRAMS)
    found.distance_of, found.distance = _distance(source, embedder.name, sample)
    if figures:
        from magpie_core.neighbours.vectors import cached_vectors

        vectors = cached_vectors(source, embedder, lambda: texts, tell)
        vectors = vectors[vectors.any(axis=1)]
        for name, kind in figures.items():
            tell(f"{name} of {source.path.name}", 0, None)
            found.figures[name] = kind().figure(vectors) if len(vectors) else None
    return found


def _distance(source: Source, model: str, sample: Sample) -> tuple[str | None, float | None]:
    """The mean distance and where it is from: the model's set, else any, else the records' own column."""
    sets = [one for one in column_folders(source.place) if one.startswith("neighbours/")]
    for name in sorted(sets, key=lambda one: one != f"neighbours/{model}"):
        check_current(source, source.place / name)
        total, count = 0.0, 0
        for one in read_added(source.place / name):
            distance = one.columns.get(DISTANCE)
            if isinstance(distance, int | float) and isfinite(distance):
                total, count = total + distance, count + 1
        if count:
            return name, total / count
    total, count = sample.own_distances
    return ("row", total / count) if count else (None, None)
