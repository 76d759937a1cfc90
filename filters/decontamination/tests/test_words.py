"""Words compare equal whatever the case, punctuation, white space and Unicode form."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_filter_decontamination.words import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n\u3000", []),
        ("Don't stop, Ben’s here!", ["dont", "stop", "bens", "here"]),
        ("well-known/read_only", ["well", "known", "read", "only"]),
        ("“Straße” STRASSE", ["strasse", "strasse"]),
        ("ﬁne ＡＢＣ ①", ["fine", "abc", "1"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("学习AI吗？", ["学", "习", "ai", "吗"]),
        ("한국어 공부", ["한국어", "공부"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("x=3.5", ["x", "3", "5"]),
        ("a\ud800b", ["a", "b"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@settings(deadline=None)
@given(st.text())
def test_words_are_their_own_words(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words


@settings(deadline=None)
@given(st.text())
def test_the_unicode_form_does_not_matter(text: str) -> None:
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)
