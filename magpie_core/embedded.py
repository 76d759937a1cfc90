"""The roles that look at embeddings: pickers choose rows that differ, figures say how far a set does.

Knows no text and no model: rows are unit vectors. Loads numpy only when somebody calls.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Picker(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Chooses rows that are not too near to each other, the best first.

    A picker that takes every row farther than ``distance`` from the best one::

        class AwayPicker(Picker):
            name = "away"

            def pick(self, vectors, order, n=None, on_progress=None):
                near = 1 - self.distance / 2  # as a cosine
                first, *rest = order.tolist()
                kept = [first, *(row for row in rest if vectors[row] @ vectors[first] < near)]
                return kept[:n]
    """

    name: ClassVar[str]

    distance: float = 0.2
    """Squared L2 distance of unit vectors (2 - 2 cosine), above 0 and below 2."""

    @abstractmethod
    def pick(
        self,
        vectors: NDArray[np.float32],
        order: NDArray[np.int64],
        n: int | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[int]:
        """The rows to keep, as they come in ``order``.

        Args:
            vectors: [rows, dimension], unit vectors; zeros where a text has no embedding.
            order: rows to choose among, the best first, none twice.
            n: most to keep; None for all that can be.
            on_progress: told how many rows of ``order`` were looked at.
        """
        raise NotImplementedError


class Figure(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Says in one number how far a set of rows differs; the higher, the more."""

    name: ClassVar[str]
    what: ClassVar[str]
    """A line for people: its name, and how to read it."""

    @abstractmethod
    def figure(self, vectors: NDArray[np.float32]) -> float:
        """The number of these rows.

        Args:
            vectors: [rows, dimension], unit vectors; at least one row, none of them zeros.
        """
        raise NotImplementedError
