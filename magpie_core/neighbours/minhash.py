"""Near-duplicate texts by the word sequences they share: MinHash finds candidates, shingles decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from magpie_core.neighbours.components import Components
from magpie_core.neighbours.found import Found

if TYPE_CHECKING:
    import numpy as np

SHINGLE = 5
"""Words in a sequence; characters, where a text has fewer words (Chinese has no spaces)."""
PERMUTATIONS = 128
THRESHOLD = 0.8
"""Least Jaccard similarity of two texts' shingles."""
_WORD = re.compile(r"\w+")


def search(
    texts: Sequence[str],
    threshold: float = THRESHOLD,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Texts whose shingles have a Jaccard similarity of ``threshold`` or more; equal texts always do.

    The similarity of candidates is exact; MinHash may miss a pair close to the threshold. In what it
    returns, ``distance`` is 1 minus the highest similarity found, NaN where there was no candidate.

    Args:
        texts: one a row.
        threshold: above 0, at most 1.
        on_progress: told texts done, and all of them.
    """
    import numpy as np
    from datasketch import MinHash, MinHashLSH

    rows_of: dict[frozenset[str], list[int]] = {}
    for row, text in enumerate(texts):
        rows_of.setdefault(shingles(text), []).append(row)
    sets, rows = list(rows_of), list(rows_of.values())
    # The index is asked before a text is put in, so that a pair comes once; the first of equal sets
    # stands for all of them, since a bucket of ten thousand would be read ten thousand times.
    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    empty = MinHash(num_perm=PERMUTATIONS)
    result = _Result(len(texts))
    for number, one in enumerate(sets):
        result.equal(rows[number])
        if one:
            sketch = empty.copy()
            sketch.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in one])
            for other in index.query(sketch):
                similarity = len(one & sets[other]) / len(one | sets[other])
                result.compare(rows[number], rows[other], similarity, similarity >= threshold)
            index.insert(number, sketch)
        if on_progress is not None:
            on_progress(number + 1, len(sets))
    return result.found(np.arange(len(texts)))


def shingles(text: str) -> frozenset[str]:
    """The sequences of five words in ``text``, without case and punctuation; of few words, of characters."""
    words = _WORD.findall(text.lower())
    if len(words) >= SHINGLE:
        return frozenset(
            " ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)
        )
    joined = " ".join(words)
    return frozenset(
        joined[at : at + SHINGLE] for at in range(max(1, len(joined) - SHINGLE + 1)) if joined
    )


class _Result:
    def __init__(self, rows: int) -> None:
        import numpy as np

        self._best = np.full(rows, np.nan)
        self._count = np.zeros(rows, np.int64)
        self._first = np.arange(rows)
        self._components = Components(rows)

    def equal(self, rows: Sequence[int]) -> None:
        import numpy as np

        if len(rows) > 1:
            self._best[rows] = 1.0
            self._count[rows] += len(rows) - 1
            self._first[rows] = rows[0]
            self._components.join(np.full(len(rows), rows[0]), np.asarray(rows))

    def compare(
        self, ones: Sequence[int], others: Sequence[int], similarity: float, near: bool
    ) -> None:
        import numpy as np

        for some, more in ((ones, others), (others, ones)):
            self._best[some] = np.fmax(self._best[some], similarity)
            if near:
                self._count[some] += len(more)
                self._first[some] = np.minimum(self._first[some], more[0])
        if near:
            self._components.join(np.asarray(ones[:1]), np.asarray(others[:1]))

    def found(self, everyone: np.ndarray) -> Found:
        import numpy as np

        first = np.where(self._count > 0, np.minimum(self._first, everyone), -1)
        distance = (1 - self._best).astype(np.float32)
        return Found(distance, self._count, first, self._components.lowest())
