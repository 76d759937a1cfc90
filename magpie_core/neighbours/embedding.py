"""Texts to vectors where one of them may fail. Knows no model and no file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from magpie_core.errors import CheckpointError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embeds(Protocol):
    """What an ``Embedder`` does."""

    name: str

    @property
    def identity(self) -> str:
        """What tells its weights from others."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors [texts, dimension]; zeros where there is none."""


def embed_each(embedder: Embeds, texts: Sequence[str]) -> Sequence[NDArray[np.float32] | Exception]:
    """A vector for each text, or what its embedding raised: after a failure each is tried alone."""
    try:
        return list(embedder.embed(texts))
    except Exception as error:
        if len(texts) == 1:
            return [error]
        return [embed_each(embedder, [one])[0] for one in texts]


def vectors_of(embedder: Embeds, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors [texts, dimension]; zeros where embedding failed, as where there is no finite one.

    Raises:
        CheckpointError: it failed at every text.
    """
    import numpy as np

    found = embed_each(embedder, texts)
    good = [one for one in found if not isinstance(one, Exception)]
    if not good:
        raise CheckpointError(f"embedding model `{embedder.name}` fails at every text: {found[0]}")
    nothing = np.zeros_like(good[0])
    return np.stack([nothing if isinstance(one, Exception) else one for one in found])
