"""The default cleaner takes away what surrounds a text and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core import Reject
from magpie_core.builtin.filters.trim import TrimCleaner
from magpie_core.testing.contracts.cleaner import CleanerContract


class TestTrim(CleanerContract):
    cleaner = TrimCleaner
    cleans = {
        "": None,
        " \n\ufeff\u200b": None,
        '""': None,
        '" "': None,
        "  What is this? \n": "What is this?",
        "\ufeffHello": "Hello",
        '"Write a poem about the sea."': "Write a poem about the sea.",
        "\u201cWrite a poem.\u201d": "Write a poem.",
        "「詩を書いて」": "詩を書いて",
        '" padded "': "padded",
        '"a" and "b"': '"a" and "b"',
        '"\u201cTwice\u201d"': '"\u201cTwice\u201d"',
        "'Twas the night before Christmas'": "'Twas the night before Christmas'",
        'Who said "no"': 'Who said "no"',
        '"': '"',
        "a?b:c": "a?b:c",
        "3*3": "3*3",
        "**bold**": "**bold**",
        "Ask the assistant\nassistant: hi": "Ask the assistant\nassistant: hi",
        "\n\n    x = 1\n    y = 2\n\n": "    x = 1\n    y = 2",
        "\tx = 1\n\ty = 2": "\tx = 1\n\ty = 2",
        "     one line": "one line",
        "\n two\nlines": "two\nlines",
    }


class TestTrimWithoutQuotes(CleanerContract):
    cleaner = TrimCleaner
    options = {"quotes": False}
    cleans = {' "Write a poem." ': '"Write a poem."'}


@settings(deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from(list("ab \t\n\"'\u201c\u201d\u201e「」«»\ufeff:*?")), max_size=30
    )
)
def test_trim_twice_is_trim_once(text: str) -> None:
    once = TrimCleaner().clean(text)
    assert once == Reject("empty") or TrimCleaner().clean(str(once)) == once


@settings(deadline=None)
@given(st.text(max_size=50))
def test_only_the_outside_goes(text: str) -> None:
    left = TrimCleaner().clean(text)
    if isinstance(left, Reject):
        assert all(
            one.isspace() or one in '"\u201c\u201d\u201e«»「」\ufeff\u200b\u2060' for one in text
        )
    else:
        assert left in text
