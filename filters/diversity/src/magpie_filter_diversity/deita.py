"""The pick of DEITA (Liu et al., arXiv 2312.15685): the best first, none near a better one. Knows no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from magpie_core import Picker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1024
"""Rows that are compared with the kept ones in one matrix product."""
AGAINST = 16_384
"""Kept rows in it: 64 MiB of similarities with a whole block."""


class DeitaPicker(Picker):
    """Walk from the best row on, and keep those whose nearest kept row is farther than a distance."""

    name: ClassVar[str] = "deita"

    distance: float = 0.2
    """Squared L2: cosine 0.9, the threshold of the paper."""

    def pick(
        self,
        vectors: NDArray[np.float32],
        order: NDArray[np.int64],
        n: int | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[int]:
        """The rows to keep. Time grows with rows looked at × rows kept × dimension.

        A row of zeros is near to none, and kept.
        """
        import numpy as np

        limit = 1 - self.distance / 2
        kept: list[int] = []
        held = np.empty((0, vectors.shape[1]), np.float32)
        for begin in range(0, len(order), BLOCK):
            rows = order[begin : begin + BLOCK]
            block = vectors[rows]
            apart = _apart(block, held[: len(kept)], limit)
            chosen = apart[_walk(block[apart], limit)]
            if n is not None:
                chosen = chosen[: n - len(kept)]
            held = _with_room(held, len(kept) + len(chosen))
            held[len(kept) : len(kept) + len(chosen)] = block[chosen]
            kept += rows[chosen].tolist()
            if on_progress is not None:
                on_progress(begin + len(rows))
            if n is not None and len(kept) >= n:
                break
        return kept


def _apart(block: NDArray[Any], kept: NDArray[Any], limit: float) -> NDArray[np.int64]:
    """Places in ``block`` of rows to which no kept one is near."""
    import numpy as np

    apart = np.arange(len(block))
    for begin in range(0, len(kept), AGAINST):
        nearest = (block[apart] @ kept[begin : begin + AGAINST].T).max(axis=1, initial=-1)
        apart = apart[nearest < limit]
        if not len(apart):
            break
    return apart


def _walk(block: NDArray[Any], limit: float) -> list[int]:
    """Places of rows that are near to no earlier one that is taken."""
    import numpy as np

    near = block @ block.T >= limit
    out = np.zeros(len(block), bool)
    taken = []
    for place in range(len(block)):
        if not out[place]:
            taken.append(place)
            out |= near[place]
    return taken


def _with_room(held: NDArray[Any], rows: int) -> NDArray[Any]:
    """``held``, or a copy of twice its rows where there are too few."""
    import numpy as np

    if rows <= len(held):
        return held
    larger = np.empty((max(rows, 2 * len(held), BLOCK), held.shape[1]), held.dtype)
    larger[: len(held)] = held
    return larger
