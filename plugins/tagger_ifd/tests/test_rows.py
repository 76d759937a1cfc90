"""Both rows score the same tokens, whatever the tokenizer begins with and however long the texts are."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core import TagError
from magpie_tagger_ifd.rows import Pair, Row, pair_of


class Letters:
    """A tokenizer whose tokens are code points."""

    def __init__(self, bos: int | None, eos: int | None) -> None:
        self.bos_token_id = bos
        self.eos_token_id = eos

    def encode(self, text: str, **_: Any) -> list[int]:
        return [ord(one) for one in text]


A, B, NEWLINE, X, Y = 97, 98, 10, 120, 121


@pytest.mark.parametrize(("bos", "eos", "start"), [(1, 2, 1), (None, 2, 2), (0, None, 0)])
def test_both_rows_begin_alike_and_score_the_whole_response(
    bos: int | None, eos: int | None, start: int
) -> None:
    found = pair_of("ab", "xy", Letters(bos, eos), 100)
    assert found == Pair(Row([start, A, B, NEWLINE, X, Y], 2), Row([start, X, Y], 2))


def test_without_a_first_token_neither_row_scores_the_first_of_the_response() -> None:
    assert pair_of("ab", "xy", Letters(None, None), 100) == Pair(
        Row([A, B, NEWLINE, X, Y], 1), Row([X, Y], 1)
    )
    with pytest.raises(TagError):
        pair_of("ab", "x", Letters(None, None), 100)


def test_a_long_response_is_cut_in_both_rows_at_the_same_place() -> None:
    assert pair_of("ab", "xyxyxy", Letters(1, 2), 6) == Pair(
        Row([1, A, B, NEWLINE, X, Y], 2), Row([1, X, Y], 2)
    )


def test_an_instruction_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(TagError, match="4 tokens of 4"):
        pair_of("ab", "xy", Letters(1, 2), 4)


@pytest.mark.parametrize("response", ["", " \n"])
def test_an_empty_response_is_refused(response: str) -> None:
    with pytest.raises(TagError, match="no response"):
        pair_of("ab", response, Letters(1, 2), 100)


def test_half_a_surrogate_pair_is_survived() -> None:
    assert pair_of("a\ud800", "x", Letters(1, 2), 100).conditioned.ids == [
        1,
        A,
        ord("?"),
        NEWLINE,
        X,
    ]
