"""The vectors of a run that goes on, kept where ``magpie dedup`` keeps them. Knows no index and no search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from magpie_core.errors import MagpieError, RunLockedError
from magpie_core.neighbours import cache
from magpie_core.neighbours.cache import EMBEDDINGS
from magpie_core.neighbours.embedding import Embeds, vectors_of
from magpie_core.run.held import HeldFolder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class KeptVectors:
    """Vectors by their text; those of earlier sessions are read, those of this one are added by the part.

    What does not fill a part when a session ends is not written: making it again takes seconds.

    Args:
        place: of the run.
        embedder: makes the vectors that are missing.
    """

    def __init__(self, place: Path, embedder: Embeds) -> None:
        self._place = place
        self._embedder = embedder
        self._new: list[tuple[str, NDArray[np.float32]]] = []

    def read(self, texts: Sequence[str], on_progress: Callable[[int], None]) -> NDArray[np.float32]:
        """The vectors of ``texts`` [texts, dimension], made where they are missing.

        Args:
            texts: at least one.
            on_progress: told how many more were made.

        Raises:
            UsageError: those there are of another model. RunFolderError: they are damaged.
        """
        import numpy as np

        def embed(some: Sequence[str]) -> NDArray[np.float32]:
            return vectors_of(self._embedder, some)

        wanted = cache.digests(texts)
        try:
            with self._opened() as kept:
                kept.fill(texts, wanted, embed, on_progress)
                vectors = np.zeros((len(texts), kept.dimension), np.float32)
                kept.read(wanted, vectors)
        except RunLockedError:  # somebody searches them just now
            return embed(texts)
        return vectors

    def add(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep these too. They can be made again, so nothing that goes wrong here ends a run."""
        import numpy as np

        self._new += zip(texts, vectors, strict=True)
        if len(self._new) < cache.PART:
            return
        new, self._new = self._new, []
        try:
            with self._opened() as kept:
                kept.add([text for text, _ in new], np.stack([vector for _, vector in new]))
        except (MagpieError, OSError):
            return

    @contextmanager
    def _opened(self) -> Iterator[cache.Cache]:
        held = HeldFolder(
            self._place,
            f"{EMBEDDINGS}/{self._embedder.name}",
            busy=f"embeddings of `{self._place}` are being written",
            hint="give the same command again",
        )
        try:
            yield cache.Cache(held.path, self._embedder.identity)
        finally:
            held.release()
