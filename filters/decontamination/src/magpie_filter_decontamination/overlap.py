"""How much of a text stands in benchmark items: hashed n-grams of words. Knows no file and no record."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from magpie_filter_decontamination.items import Item
from magpie_filter_decontamination.words import words_of

WORDS = 13
"""Words in an n-gram: the most that GPT-3's overlap analysis takes (arXiv 2005.14165, appendix C)."""
SHORTEST = 8
"""An item of fewer words is looked for as a whole instruction only: the same analysis takes at least 8, since
shorter n-grams collide by chance."""
DIGEST_BYTES = 8
"""Of m n-grams in the benchmarks and q in the instructions, all different, q·m/2⁶⁴ pairs look alike by
chance: one in 37,000 runs for ten million of the first and fifty million of the second."""


class Overlap(NamedTuple):
    """What a text shares with the benchmarks."""

    first: str | None
    """Place of the item that is met first in the text; None when there is none."""
    share: float
    """Of the text's windows of n words, how many hold benchmark text, 0 to 1. A text of fewer words has
    one window."""


class _Span(NamedTuple):
    """Benchmark text within a text, in words."""

    start: int
    length: int
    place: str


class Benchmarks:
    """An index of benchmark items; 100 to 150 bytes for each different n-gram.

    - An item of at least ``words`` words matches where any ``words`` of its words in a row stand.
    - A shorter one matches where it stands as a whole.
    - One of fewer than eight matches a text that says nothing else.

    Args:
        items: what the benchmarks ask; those without a word are passed over.
        words: length of an n-gram.
    """

    def __init__(self, items: Iterable[Item], words: int = WORDS) -> None:
        self._words = words
        self._shortest = min(words, SHORTEST)
        self._numbers: dict[str, int] = {}
        self._places: dict[bytes, str] = {}
        lengths: set[int] = set()
        for item in items:
            said = words_of(item.text)
            if not said:
                continue
            length = min(len(said), words)
            lengths.add(length)
            for _, digest in _grams(self._numbered(said), length):
                self._places.setdefault(digest, item.place)
        self._lengths = sorted(one for one in lengths if one >= self._shortest)

    def __len__(self) -> int:
        """How many different n-grams there are, short items counted as one each."""
        return len(self._places)

    def hold(self, text: str) -> bool:
        """Whether any of ``text`` stands in the benchmarks."""
        return next(self._spans(words_of(text)), None) is not None

    def overlap(self, text: str) -> Overlap:
        """What ``text`` shares with the benchmarks."""
        said = words_of(text)
        windows = max(1, len(said) - self._words + 1)
        held = bytearray(windows)
        first: _Span | None = None
        for span in self._spans(said):
            if first is None or span.start < first.start:
                first = span
            begin = max(0, span.start + span.length - self._words)
            end = min(windows, span.start + 1)
            held[begin:end] = b"\x01" * (end - begin)
        return Overlap(first and first.place, sum(held) / windows)

    def _spans(self, said: Sequence[str]) -> Iterator[_Span]:
        """Benchmark text in ``said``: by position, and there the shortest first, within known words."""
        lengths = self._lengths if len(said) >= self._shortest else [len(said)]
        for start, numbers in self._known(said):
            for length in lengths:
                for offset, digest in _grams(numbers, length):
                    if (place := self._places.get(digest)) is not None:
                        yield _Span(start + offset, length, place)

    def _known(self, said: Sequence[str]) -> Iterator[tuple[int, array[int]]]:
        """Runs of words that occur in the benchmarks, with their position: no n-gram holds another word."""
        run = array("I")
        for position, word in enumerate(said):
            number = self._numbers.get(word)
            if number is not None:
                run.append(number)
            elif run:
                yield position - len(run), run
                run = array("I")
        if run:
            yield len(said) - len(run), run

    def _numbered(self, said: Sequence[str]) -> array[int]:
        """``said`` as numbers; new words get the next ones."""
        numbers = self._numbers
        return array("I", [numbers.setdefault(word, len(numbers)) for word in said])


def _grams(numbers: array[int], length: int) -> Iterator[tuple[int, bytes]]:
    """Each n-gram of ``length`` with its position."""
    packed = numbers.tobytes()
    size = numbers.itemsize
    for start in range(len(numbers) - length + 1):
        window = packed[start * size : (start + length) * size]
        yield start, blake2b(window, digest_size=DIGEST_BYTES).digest()
