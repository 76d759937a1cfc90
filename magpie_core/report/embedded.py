"""Vectors that are there already, of samples of data sets: a plane of them, how far they differ.

Makes no vector: `magpie dedup` does, and keeps them where they are looked for here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magpie_core.dataset.source import Source
from magpie_core.embedded import Figure
from magpie_core.neighbours.cache import EMBEDDINGS, NAME, Cache, digests

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ON_THE_MAP = 3_000
"""Records on the plane, of all data sets together: t-SNE of so many takes 7 s of one core."""
DIMENSIONS = 50
"""The plane is made of so many principal components, as t-SNE's authors do (JMLR 9, 2008)."""
PERPLEXITY = 30
STEPS = 500
BLOCK = 1_000


@dataclass
class Vectors:
    """Vectors of the first records of a sample."""

    model: str
    identity: str
    places: NDArray[np.int64]
    """Which of the sample's texts have one."""
    vectors: NDArray[np.float32] = field(repr=False)
    """[places, dimension]"""


def models(source: Source) -> dict[str, str]:
    """Identity of the weights of every model whose vectors are beside ``source``, by name."""
    import tomllib

    found = {}
    for path in sorted((source.place / EMBEDDINGS).glob(f"*/{NAME}")):
        try:
            found[path.parent.name] = str(tomllib.loads(path.read_text("utf-8")).get("model"))
        except (OSError, ValueError):
            continue
    return found


def common_model(sources: Sequence[Source], wanted: str | None = None) -> tuple[str, str] | None:
    """Name and identity of the model most of ``sources`` have vectors of; None where there is none.

    Args:
        sources: where to look.
        wanted: only a model of that name.
    """
    votes: dict[tuple[str, str], int] = {}
    for one in sources:
        for pair in models(one).items():
            if wanted in (None, pair[0]):
                votes[pair] = votes.get(pair, 0) + 1
    return max(votes, key=lambda pair: votes[pair]) if votes else None


def vectors_of(source: Source, model: tuple[str, str], texts: Sequence[str]) -> Vectors | None:
    """The vectors of ``texts`` that are there; None where there is none of that model.

    Raises:
        RunFolderError: they are damaged.
    """
    import numpy as np

    name, identity = model
    if models(source).get(name) != identity:
        return None
    cache = Cache(source.place / EMBEDDINGS / name, identity)
    wanted = digests(texts)
    missing = {bytes(one) for one in wanted[cache.missing(wanted)]}
    places = np.array([at for at, one in enumerate(wanted) if bytes(one) not in missing], np.int64)
    vectors = np.zeros((len(places), cache.dimension), np.float32)
    if len(places):
        cache.read(wanted[places], vectors)
    there = vectors.any(axis=1)
    places, vectors = places[there], vectors[there]
    return Vectors(name, identity, places, vectors) if len(places) else None


def plane(vectors: Sequence[NDArray[np.float32]], seed: int) -> list[NDArray[np.float64]]:
    """Where each vector of each data set lies on one plane all of them share [records, 2].

    Raises:
        ValueError: fewer than five vectors.
    """
    import numpy as np
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    every = np.concatenate(vectors).astype(np.float64)
    if len(every) < 5:
        raise ValueError("a plane needs at least five points")
    every += np.random.default_rng(seed).normal(
        scale=1e-6, size=every.shape
    )  # equal texts fall apart
    components = min(DIMENSIONS, *every.shape)
    # Several threads wait for each other in every step: 78 s in place of 20 s on two cores with a load of 16.
    with threadpool_limits(1):
        reduced = PCA(components, random_state=seed).fit_transform(every)
        found = TSNE(
            init="pca",
            learning_rate="auto",
            max_iter=STEPS,
            perplexity=min(PERPLEXITY, (len(every) - 1) / 3),
            random_state=seed,
        ).fit_transform(reduced)
    least, most = found.min(axis=0), found.max(axis=0)
    found = 200 * (found - least) / np.maximum(most - least, 1e-9) - 100
    cuts = np.cumsum([len(one) for one in vectors])[:-1]
    return list(np.split(found, cuts))


def nearest(first: NDArray[np.float32], second: NDArray[np.float32], *, same: bool) -> float:
    """Mean squared L2 distance from a vector of ``first`` to the nearest one of ``second``.

    Args:
        first: unit vectors.
        second: unit vectors.
        same: whether they are the same ones, and no vector is its own neighbour.
    """
    import numpy as np

    best = np.empty(len(first))
    for begin in range(0, len(first), BLOCK):
        cosines = first[begin : begin + BLOCK] @ second.T
        if same:
            rows = np.arange(len(cosines))
            cosines[rows, rows + begin] = -1
        best[begin : begin + BLOCK] = cosines.max(axis=1, initial=-1)
    return float(np.maximum(2 - 2 * best, 0).mean())


def figures_of(
    vectors: NDArray[np.float32] | None, figures: Mapping[str, type[Figure]]
) -> dict[str, float | None]:
    """The number of every plugin; None without vectors."""
    return {
        name: None if vectors is None or not len(vectors) else float(kind().figure(vectors))
        for name, kind in figures.items()
    }
