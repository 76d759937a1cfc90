"""Vectors of a run so far, and for each the lowest index that is near it. Knows no text and no event loop.

Every pair is compared once, when the later of the two arrives, and both then know of each other: so it
makes no difference which came first. Vectors stand in blocks that are never copied: 4 bytes for each
dimension of a row and 16 more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from magpie_core.neighbours.exact import SLACK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 8192
"""Rows of a block: with 256 new ones, their similarities are 8 MiB."""
PAIRS = 8192
"""Pairs whose distance is computed in float64 at a time."""
NONE = 2**63 - 1
"""Stands for no index: higher than any."""


class Table:
    """Rows with an index each. Only one thread may use it at a time, but ``earliest`` any.

    Args:
        threshold: squared L2 distance below which two unit vectors are near; above 0, below 2.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._blocks: list[_Block] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, indexes: Sequence[int], vectors: NDArray[np.float32]) -> range:
        """Put rows in that are compared with later ones, not with those that are there.

        Args:
            indexes: one for each vector; a negative one is lower than any that is asked about.
            vectors: [rows, dimension], unit vectors.

        Returns:
            the numbers of the new rows.
        """
        begin = self._size
        for at, index in enumerate(indexes):
            if self._size == ROWS * len(self._blocks):
                self._blocks.append(_Block(vectors.shape[1]))
            self._blocks[-1].append(index, vectors[at])
            self._size += 1
        return range(begin, self._size)

    def meet(self, indexes: Sequence[int], vectors: NDArray[np.float32]) -> range:
        """Put rows in, and compare them with all that are there and with each other; as ``add``."""
        import numpy as np

        rows = self.add(indexes, vectors)
        own = np.asarray(indexes, np.int64)
        lowest = np.full(len(own), NONE)
        for block in self._blocks:
            near = _near(block.vectors[: block.size], vectors, self._threshold)
            if near is None:
                continue
            there = block.index[: block.size, None]
            lowest = np.minimum(lowest, np.where(near, there, NONE).min(0))
            # A row is near itself too; that is no index lower than its own.
            known = block.earliest[: block.size]
            np.minimum(known, np.where(near, own, NONE).min(1), out=known)
        for row, index in zip(rows, lowest.tolist(), strict=True):
            block = self._blocks[row // ROWS]
            block.earliest[row % ROWS] = min(index, int(block.earliest[row % ROWS]))
        return rows

    def earliest(self, row: int) -> int:
        """The lowest index of all rows near ``row`` that have arrived; ``NONE`` without any."""
        return int(self._blocks[row // ROWS].earliest[row % ROWS])


class _Block:
    """``ROWS`` rows, the first ``size`` of them in use."""

    def __init__(self, dimension: int) -> None:
        import numpy as np

        self.size = 0
        self.vectors = np.empty((ROWS, dimension), np.float32)
        self.index = np.empty(ROWS, np.int64)
        self.earliest = np.full(ROWS, NONE)

    def append(self, index: int, vector: NDArray[np.float32]) -> None:
        self.vectors[self.size] = vector
        self.index[self.size] = index
        self.size += 1


def _near(
    rows: NDArray[np.float32], others: NDArray[np.float32], threshold: float
) -> NDArray[np.bool_] | None:
    """Which of ``rows`` are near which of ``others``, [rows, others]; None when none is.

    What lies at the threshold is decided in float64, as in the search among all pairs.
    """
    import numpy as np

    similarity = rows @ others.T
    least = 1 - threshold / 2
    if similarity.max() < least - SLACK:
        return None
    near = np.asarray(similarity > least)
    ones, twos = np.nonzero(np.abs(similarity - least) <= SLACK)
    for begin in range(0, len(ones), PAIRS):
        one, two = ones[begin : begin + PAIRS], twos[begin : begin + PAIRS]
        apart = rows[one].astype(np.float64) - others[two]
        near[one, two] = np.square(apart).sum(1) < threshold
    return near
