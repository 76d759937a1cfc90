"""The filter and its options. How each kind of loop is measured is written next door."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from magpie_core import Draft, Filter
from magpie_filter_repetition.characters import loops_in_characters
from magpie_filter_repetition.lines import loops_in_lines
from magpie_filter_repetition.ngrams import loops_in_words

WINDOW = 200_000
"""Longer texts are judged by their end, where a loop that lasts until ``max_tokens`` is."""

Times = Annotated[int, Meta(ge=2)]
Share = Annotated[float, Meta(gt=0.0, le=1.0)]


class RepetitionFilter(Filter):
    """Turn down looping text; keep refrains, tables, boilerplate code and rules."""

    name: ClassVar[str] = "repetition"
    stages: ClassVar[tuple[Literal["instruction", "response"], ...]] = ("instruction", "response")

    longest_run: Annotated[int, Meta(ge=32)] = 100
    """Most characters that one character, or a unit of up to eight, may fill in a row."""
    most_in_a_row: Times = 5
    """How often a line, or a unit of words, may follow itself at once."""
    most_duplicate_lines: Share = 0.5
    """Largest share of characters in lines that stood before."""
    most_duplicate_ngrams: Share = 0.5
    """Largest share of 5-grams of words that stood before."""

    def reject(self, draft: Draft) -> str | None:
        """Return what is repeated, one of the three reasons, or None to keep."""
        text = draft.text[-WINDOW:]
        if loops_in_characters(text, longest_run=self.longest_run):
            return "repeated_characters"
        if loops_in_lines(text, in_a_row=self.most_in_a_row, share=self.most_duplicate_lines):
            return "repeated_lines"
        # No request is one word said three times; an answer can be (Tora! Tora! Tora!).
        one_word = 3 if draft.response is None else self.most_in_a_row + 1
        if loops_in_words(
            text,
            in_a_row=self.most_in_a_row,
            share=self.most_duplicate_ngrams,
            one_word=one_word,
        ):
            return "repeated_ngrams"
        return None
