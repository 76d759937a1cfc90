"""Rows that are not near to better ones, by the embeddings of their instructions. Knows no SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from magpie_core.choices import pick
from magpie_core.dataset.source import Source
from magpie_core.embedded import Picker
from magpie_core.errors import MissingEngineError, UsageError
from magpie_core.known import offered_by
from magpie_core.selection.loading import Progress
from magpie_core.selection.request import Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from magpie_core.neighbours.embedders import Embedder


class Diverse:
    """What picks, and the model whose embeddings it looks at; made before anything is read.

    Args:
        source: whose records.
        request: how far apart, which picker, which model.
        pickers: what plugins offer, by name.
        progress: told how far it is.

    Raises:
        MissingEngineError: no picker, or no numpy, is installed.
        UnknownNameError: no picker, or no model, of that name.
    """

    def __init__(
        self,
        source: Source,
        request: Request,
        pickers: Mapping[str, type[Picker]],
        progress: Progress,
    ) -> None:
        from magpie_core.neighbours.embedders import require
        from magpie_core.neighbours.vectors import chosen_embedder

        assert request.diverse is not None
        require("numpy")
        self._source = source
        self._progress = progress
        self._picker = _picker(request.picker, pickers)(distance=request.diverse)
        self.embedder: Embedder = chosen_embedder([source], request.embedder)

    @property
    def said(self) -> str:
        """What picks, and by which embeddings."""
        return f"{self._picker.name}, {self.embedder.name}"

    def check(self) -> None:
        """See that the embeddings can be had; raises as ``check_embeddings`` does."""
        from magpie_core.neighbours.vectors import check_embeddings

        check_embeddings(self._source, self.embedder)

    def pick(self, order: NDArray[np.int64], n: int | None) -> tuple[list[int], int]:
        """Choose among records.

        Args:
            order: places of records in the source, the best first.
            n: most to keep.

        Returns:
            Places of those to keep, as they come in ``order``, and how many of ``order`` were looked at:
            all, or where ``n`` ended it, those up to the last that is kept.
        """
        import numpy as np

        from magpie_core.neighbours.vectors import cached_vectors

        if not len(order):
            return [], 0
        places = np.sort(order)
        vectors = cached_vectors(
            self._source, self.embedder, lambda: self._texts(places), self._progress
        )
        rows = np.searchsorted(places, order)

        def on_progress(done: int) -> None:
            self._progress("picking what differs", done, len(order))

        kept = self._picker.pick(vectors, rows, n, on_progress)
        looked_at = len(order)
        if n is not None and len(kept) == n:
            looked_at = int(np.flatnonzero(rows == kept[-1])[0]) + 1
        return places[kept].tolist(), looked_at

    def _texts(self, places: NDArray[np.int64]) -> Iterator[str]:
        """Instructions of the records at ``places``, which ascend as records do."""
        told, self._source.on_damage = self._source.on_damage, None  # each was named before
        wanted = iter(places.tolist())
        place = next(wanted, None)
        try:
            for record in self._source.records():
                if place is None:
                    return
                if record.index == place:
                    yield record.instruction
                    place = next(wanted, None)
        finally:
            self._source.on_damage = told


def _picker(name: str | None, pickers: Mapping[str, type[Picker]]) -> type[Picker]:
    """The picker called ``name``, or the only one there is."""
    if name is not None and pickers:
        return pick("picker", name, pickers)
    if not pickers:
        raise MissingEngineError("no plugin that picks is installed", hint=_install())
    if len(pickers) > 1:
        raise UsageError(
            f"which picker? (installed: {', '.join(pickers)})",
            hint=f"--picker {next(iter(pickers))}",
        )
    return next(iter(pickers.values()))


def _install() -> str | None:
    known = offered_by("picker")
    return f"pip install {known[1]}" if known else None
