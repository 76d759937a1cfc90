"""The Vendi score as ``magpie diversity`` shows it. What it is, is written next door."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from magpie_core import Figure
from magpie_filter_diversity.vendi import vendi_score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VendiFigure(Figure):
    """The effective number of different rows (Friedman and Dieng, arXiv 2210.02410)."""

    name: ClassVar[str] = "vendi"
    what: ClassVar[str] = "Vendi score: so many different texts in effect"

    def figure(self, vectors: NDArray[np.float32]) -> float:
        """The score of all rows."""
        return vendi_score(vectors)
