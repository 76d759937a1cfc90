"""How many word sequences are different (distinct-n, Li et al., arXiv 1510.03055). Knows no record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

_ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Characters of scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, Chinese."""
_WORD = re.compile(rf"[{_ALONE}]|(?:(?![{_ALONE}])\w)+")


def words(text: str) -> list[str]:
    """The words of ``text``, in lower case; every character is one where words have no spaces."""
    return _WORD.findall(text.casefold())


def distinct(texts: Iterable[str], sizes: Iterable[int]) -> dict[int, float | None]:
    """Different n-grams per n-gram, 0 to 1, for each n; None where no text has so many words.

    It falls as texts are added: compare sets of one size. An n-gram does not cross the end of its text.
    """
    counts = dict.fromkeys(sizes, 0)
    seen: dict[int, set[bytes]] = {n: set() for n in counts}
    for text in texts:
        found = words(text)
        for n in counts:
            grams = [" ".join(found[at : at + n]) for at in range(len(found) - n + 1)]
            counts[n] += len(grams)
            seen[n].update(_digest(one) for one in grams)
    return {n: len(seen[n]) / counts[n] if counts[n] else None for n in counts}


def _digest(gram: str) -> bytes:
    """Eight bytes for a text of any length: among ten million two are taken for one in 370,000 times."""
    return blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=8).digest()
