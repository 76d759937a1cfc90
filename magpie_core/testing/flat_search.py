"""The published near-duplicate definition as anybody would write it first; ours is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOURS = 500
"""Neighbours the published scripts search for every row; a row with more near ones is counted short."""


def flat_search(
    vectors: NDArray[np.float32], threshold: float, neighbours: int = NEIGHBOURS
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """For every row: distance to the nearest other, near-duplicates without itself, the first of them all.

    The first is the row itself where it comes before its near-duplicates, and -1 where it has none.
    """
    import faiss
    import numpy as np

    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    distances, others = index.search(vectors, min(neighbours, len(vectors)))
    rows = len(vectors)
    distance = np.empty(rows, np.float32)
    count, first = np.zeros(rows, np.int64), np.full(rows, -1)
    for row in range(rows):
        other = others[row] != row
        distance[row] = distances[row][other][0]
        near = others[row][other & (distances[row] < threshold)]
        count[row] = len(near)
        if len(near):
            first[row] = min(int(near.min()), row)
    return distance, count, first
