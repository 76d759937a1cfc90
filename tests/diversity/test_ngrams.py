"""Distinct n-grams, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.diversity.ngrams import distinct, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat's 2 cats!", ["the", "cat", "s", "2", "cats"]),
        ("数学 is 数学", ["数", "学", "is", "数", "学"]),
        ("PythonでHello", ["python", "で", "hello"]),
        ("", []),
        ("?!", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_sequences_do_not_cross_the_end_of_a_text():
    found = distinct(["a b a b", "a b", "c"], (1, 2, 3))
    assert found == {1: 3 / 7, 2: 2 / 4, 3: 2 / 2}


def test_without_a_sequence_there_is_no_figure():
    assert distinct(["a", "", "b"], (1, 2)) == {1: 1.0, 2: None}


@given(st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
def test_repeating_everything_halves_it(texts, others):
    once, twice = distinct([*texts, *others], (1, 2)), distinct([*texts, *others] * 2, (1, 2))
    for n, value in once.items():
        assert twice[n] == (None if value is None else pytest.approx(value / 2))
