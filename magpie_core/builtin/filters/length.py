"""Bounds on the length of a text, in characters."""

from __future__ import annotations

import unicodedata
from typing import Annotated, ClassVar

from msgspec import Meta

from magpie_core.filters import Draft, Filter, Stage

Count = Annotated[int, Meta(ge=0)]


class LengthFilter(Filter):
    """Keep instructions of a useful length, in characters without outer white space."""

    name: ClassVar[str] = "length"

    shortest: Count = 4
    """Fewest characters. A wide one (Chinese, Japanese, Korean) counts twice."""
    longest: Count | None = 8000
    """Most characters, each counted once; room for a long file of code."""

    def __post_init__(self) -> None:
        _check_bounds(self.shortest, self.longest)

    def reject(self, draft: Draft) -> str | None:
        """Return ``too_short``, ``too_long``, or None to keep."""
        return _out_of_bounds(draft.text, self.shortest, self.longest)


class ResponseLengthFilter(Filter):
    """Keep responses of a useful length, in characters without outer white space.

    ``4`` and ``B`` are good answers, so one character is enough unless a recipe wants more.
    """

    name: ClassVar[str] = "response_length"
    stages: ClassVar[tuple[Stage, ...]] = ("response",)

    shortest: Count = 1
    """Fewest characters. A wide one (Chinese, Japanese, Korean) counts twice."""
    longest: Count | None = None
    """Most characters, or no bound: ``max_tokens`` bounds a response already."""

    def __post_init__(self) -> None:
        _check_bounds(self.shortest, self.longest)

    def reject(self, draft: Draft) -> str | None:
        """Return ``too_short``, ``too_long``, or None to keep."""
        return _out_of_bounds(draft.text, self.shortest, self.longest)


def _check_bounds(shortest: int, longest: int | None) -> None:
    if longest is not None and longest < shortest:
        raise ValueError(f"`longest` ({longest}) is below `shortest` ({shortest})")


def _out_of_bounds(text: str, shortest: int, longest: int | None) -> str | None:
    text = text.strip()
    if longest is not None and len(text) > longest:
        return "too_long"
    if len(text) < shortest and len(text) + sum(map(_is_wide, text)) < shortest:
        return "too_short"
    return None


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
