"""Connected components of near-duplicates, from pairs that come by the million."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAIRS = 1_000_000
"""Pairs that wait before they are folded into one link a row: ten thousand equal rows make fifty million."""


class Components:
    """Takes pairs of ``rows`` rows in any order, and says which of them hang together."""

    def __init__(self, rows: int) -> None:
        import numpy as np

        self._rows = rows
        self._root: NDArray[np.int64] = np.arange(rows)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._count = 0

    def join(self, ones: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        """Each of ``ones`` is in one component with the entry of ``others`` at the same place."""
        self._waiting.append((ones, others))
        self._count += len(ones)
        if self._count >= PAIRS:
            self._fold()

    def lowest(self) -> NDArray[np.int64]:
        """Of each row the lowest row of its component: itself when it stands alone."""
        self._fold()
        return self._root

    def _fold(self) -> None:
        import numpy as np
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        if not self._count:
            return
        everyone = np.arange(self._rows)
        ones = np.concatenate([everyone, *(one for one, _ in self._waiting)])
        others = np.concatenate([self._root, *(other for _, other in self._waiting)])
        shape = (self._rows, self._rows)
        links = coo_array((np.ones(len(ones), np.bool_), (ones, others)), shape=shape)
        _, labels = connected_components(links, directed=False)
        lowest = np.full(self._rows, self._rows, np.int64)
        np.minimum.at(lowest, labels, everyone)
        self._root = lowest[labels]
        self._waiting, self._count = [], 0
