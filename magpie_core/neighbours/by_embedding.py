"""Near in meaning: texts to vectors, here or elsewhere, then the search, exact or approximate."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from magpie_core.neighbours.cache import EMBEDDINGS
from magpie_core.neighbours.found import Found
from magpie_core.neighbours.kind import Progress, Report
from magpie_core.neighbours.rows import Rows
from magpie_core.neighbours.written import hold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from magpie_core.neighbours.embedders import Embedder
    from magpie_core.runner import Runner


class ByEmbedding:
    """Near in meaning: the published columns.

    Args:
        embedder: makes the vectors.
        approximate_above: rows from which lists of FAISS are searched on a CPU; None for never.
        device: of torch, for the search; None for a GPU where there is one.
        runner: what embeds elsewhere; None for this process. The search is always here.
    """

    columns = {
        "distance": "min_neighbor_distance",
        "count": "repeat_count",
        "first": "min_similar_conversation_id",
        "group": "duplicate_group",
        "keep": "duplicate_keep",
    }
    all_pairs = True

    def __init__(
        self,
        embedder: Embedder,
        approximate_above: int | None,
        device: str | None = None,
        runner: Runner | None = None,
    ) -> None:
        self._embedder = embedder
        self._runner = runner
        self._above = approximate_above
        self._device = device

    @property
    def settings(self) -> dict[str, Any]:
        """The model and its weights, and from where on the search is approximate."""
        above = -1 if self._above is None else self._above
        model = {"embedder": self._embedder.name, "model": self._embedder.identity}
        return {"method": "embeddings", **model, "approximate_above": above}

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """Embed and search."""
        vectors = self._vectors(rows, progress, report)
        device = self._device or _device()
        if self._above is not None and len(rows) > self._above and device == "cpu":
            from magpie_core.neighbours import approximate
            from magpie_core.neighbours.embedders import require

            require("faiss")
            with progress("searching, approximately", len(rows)) as tell:
                found, recall = approximate.search(
                    vectors, threshold, on_progress=lambda done, _: tell(done)
                )
            report.recall = {"near": recall.near, "nearest": recall.nearest}
            return found
        from magpie_core.neighbours import exact

        size = len(rows)
        with progress("searching", size) as tell:
            return exact.search(
                vectors,
                threshold,
                device=device,
                on_progress=lambda done, total: tell(size * done // total),
            )

    def _vectors(self, rows: Rows, progress: Progress, report: Report) -> NDArray[np.float32]:
        import numpy as np

        from magpie_core.neighbours.cache import Cache, digests

        embedder = self._embedder
        if self._runner is not None:
            from magpie_core.neighbours.elsewhere import embed_elsewhere

            report.embedded = embed_elsewhere(self._runner, embedder, self._device, rows, progress)
        vectors: NDArray[np.float32] | None = None
        for number, source in enumerate(rows.sources):
            begin, end = rows.begins[number : number + 2]
            if begin == end:
                continue
            texts = rows.texts[begin:end]
            wanted = digests(texts)
            with ExitStack() as stack:
                place = f"{EMBEDDINGS}/{embedder.name}"
                hold(stack, [source], place)
                cache = Cache(source.place / place, embedder.identity)
                missing = len(cache.missing(wanted))
                with progress(f"embedding {source.path.name}", missing) as tell:
                    done = 0

                    def on_progress(more: int, tell: Any = tell) -> None:
                        nonlocal done
                        done += more
                        tell(done)

                    report.embedded += cache.fill(texts, wanted, embedder.embed, on_progress)
                if vectors is None:
                    vectors = np.zeros((len(rows), cache.dimension), np.float32)
                cache.read(wanted, vectors[begin:end])
        assert vectors is not None
        return vectors


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
