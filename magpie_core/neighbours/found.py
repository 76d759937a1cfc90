"""What a search for near-duplicates gives, for every row. Knows no text and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Found:
    """One entry a row; rows are numbered in the order of their records."""

    distance: NDArray[np.float32]
    """Squared L2 distance to the nearest other row (2 - 2 cosine); NaN without one to compare with."""
    count: NDArray[np.int64]
    """Near-duplicates of the row, itself not counted."""
    first: NDArray[np.int64]
    """Lowest row among the row and its near-duplicates; -1 where it has none."""
    group: NDArray[np.int64]
    """Lowest row of the row's connected component: near-duplicates, theirs, and so on."""
