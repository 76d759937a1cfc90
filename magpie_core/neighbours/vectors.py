"""The embeddings of some texts of a source, from the cache beside it; what is missing there is made.

Knows no record: texts come from a function that can be called again, so that they need not be in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING

from magpie_core.dataset.source import Source
from magpie_core.neighbours.cache import EMBEDDINGS, NAME, Cache, digests
from magpie_core.neighbours.embedders import DEFAULT, NAMES, Embedder, require
from magpie_core.neighbours.written import hold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 10_000
"""Texts in memory at a time where all of them are looked at."""

Tell = Callable[[str, int, int | None], None]
"""Told what is being done, how many so far, and of how many (None: unknown)."""


def chosen_embedder(sources: Sequence[Source], name: str | None) -> Embedder:
    """The model called ``name``; without a name one whose embeddings are there, else the default.

    Raises:
        UnknownNameError: no such model.
    """
    if name is None:
        places = [one.place / EMBEDDINGS for one in sources]
        there = [one for place in places for one in NAMES if (place / one / NAME).exists()]
        name = there[0] if there else DEFAULT
    return Embedder(name)


def check_embeddings(source: Source, embedder: Embedder) -> None:
    """See, before anything is read, that the embeddings there are the model's, or that it can be loaded.

    Raises:
        MissingEngineError: numpy, or what embeds where nothing is embedded yet, is not installed.
        UsageError: the cache holds vectors of another model.
        CheckpointError: the model cannot be loaded.
    """
    require("numpy")
    folder = source.place / EMBEDDINGS / embedder.name
    if not (folder / NAME).exists():
        require("torch", "sentence_transformers")
    Cache(folder, embedder.identity)


def cached_vectors(
    source: Source, embedder: Embedder, texts: Callable[[], Iterable[str]], tell: Tell
) -> NDArray[np.float32]:
    """Unit vectors [texts, dimension], in the order of the texts; zeros where there is no finite one.

    Args:
        source: beside which they are kept.
        embedder: the model.
        texts: gives the same texts each time it is called.
        tell: progress.

    Raises:
        MissingEngineError: numpy, or what embeds, is not installed.
        UsageError: the cache holds vectors of another model.
        CheckpointError: the model cannot be loaded.
        RunLockedError: another process is at the same embeddings.
    """
    check_embeddings(source, embedder)
    import numpy as np

    place = f"{EMBEDDINGS}/{embedder.name}"
    every = [digests(some) for some in _chunks(texts())]
    wanted = np.concatenate(every) if every else digests([])
    with ExitStack() as stack:
        hold(stack, [source], place)
        cache = Cache(source.place / place, embedder.identity)
        missing = cache.missing(wanted)
        if len(missing):
            require("torch", "sentence_transformers")
            doing, done = f"embedding with {embedder.name}", 0

            def on_progress(more: int) -> None:
                nonlocal done
                done += more
                tell(doing, done, len(missing))

            tell(doing, 0, len(missing))
            cache.fill(_at(texts(), missing), wanted[missing], embedder.embed, on_progress)
        vectors = np.zeros((len(wanted), cache.dimension), np.float32)
        cache.read(wanted, vectors)
    return vectors


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, CHUNK)):
        yield some


def _at(texts: Iterable[str], places: NDArray[np.int64]) -> list[str]:
    """The texts at ``places``, which ascend."""
    rest = enumerate(texts)
    return [next(text for at, text in rest if at == place) for place in places.tolist()]
