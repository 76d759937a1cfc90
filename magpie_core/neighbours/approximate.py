"""Near-duplicates of very many rows with FAISS' inverted lists: some are missed, and how many is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from magpie_core.neighbours.components import Components
from magpie_core.neighbours.found import Found

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABOVE = 2_000_000
"""Rows from which a search on CPUs is approximate by default: exact takes hours there."""
SAMPLE = 1_000
"""Rows whose neighbours are searched exactly too, for the recall."""
TRAINING_PER_LIST = 64
PROBED = 1 / 32
"""Share of the lists that is looked into for a row."""
BATCH = 4096
STEP = 65_536


@dataclass(frozen=True)
class Recall:
    """Share of what an exact search finds for ``SAMPLE`` rows drawn with a seed."""

    near: float
    """Of the near-duplicates; 1 where there are none."""
    nearest: float
    """Of the nearest neighbours' distances, to 1e-5."""


def search(
    vectors: NDArray[np.float32],
    threshold: float,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Found, Recall]:
    """As ``exact.search``, but a neighbour in a list that is not looked into is not seen."""
    import faiss
    import numpy as np

    rows = len(vectors)
    index, probed = _index(vectors)
    distance = np.full(rows, np.nan, np.float32)
    count = np.zeros(rows, np.int64)
    first = np.arange(rows)
    components = Components(rows)
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = probed
    for begin in range(0, rows, BATCH):
        part = vectors[begin : begin + BATCH]
        own = np.arange(begin, begin + len(part))
        distances, nearest = index.search(part, 2, params=parameters)
        other = np.where((nearest == own[:, None]) | (nearest < 0), np.inf, distances).min(1)
        distance[own] = np.where(np.isfinite(other), np.maximum(other, 0), np.nan)
        ends, _, near = index.range_search(part, threshold, params=parameters)
        ones = np.repeat(own, np.diff(ends.astype(np.int64)))
        apart = ones != near
        ones, near = ones[apart], near[apart]
        np.add.at(count, ones, 1)
        np.minimum.at(first, ones, near)
        components.join(ones, near)
        if on_progress is not None:
            on_progress(begin + len(part), rows)
    zero = ~np.any(vectors, axis=1)
    distance[zero] = np.nan
    found = Found(distance, count, np.where(count > 0, first, -1), components.lowest())
    return found, _recall(vectors, found, threshold)


def _index(vectors: NDArray[np.float32]) -> tuple[Any, int]:
    """Trained lists with every row in them, and how many of them to look into."""
    import faiss
    import numpy as np

    rows, dimension = vectors.shape
    lists = max(1, min(int(4 * sqrt(rows)), rows // TRAINING_PER_LIST))
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimension), dimension, lists)
    some = np.random.default_rng(0).permutation(rows)[: lists * TRAINING_PER_LIST]
    index.train(vectors[some])
    for begin in range(0, rows, STEP):
        index.add(vectors[begin : begin + STEP])
    return index, max(8, int(lists * PROBED))


def _recall(vectors: NDArray[np.float32], found: Found, threshold: float) -> Recall:
    import numpy as np

    rows = len(vectors)
    sample = np.sort(np.random.default_rng(1).permutation(rows)[:SAMPLE])
    best = np.full(len(sample), np.inf, np.float32)
    near = np.zeros(len(sample), np.int64)
    for begin in range(0, rows, STEP):
        part = vectors[begin : begin + STEP]
        distance = 2 - 2 * (vectors[sample] @ part.T)
        inside = (sample >= begin) & (sample < begin + len(part))
        distance[inside.nonzero()[0], sample[inside] - begin] = np.inf
        best = np.minimum(best, distance.min(1))
        near += (distance < threshold).sum(1)
    there = int(near.sum())
    got = int(np.minimum(found.count[sample], near).sum())
    same = np.abs(np.nan_to_num(found.distance[sample], nan=9.0) - best) <= 1e-5
    return Recall(got / there if there else 1.0, float(same.mean()))
