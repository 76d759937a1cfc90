"""The text of one response among several, in the shapes preference sets have."""

import pytest

from magpie_core.dataset.responses import response_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "a"),
        ([{"role": "Assistant", "content": "alone"}], "alone"),
        ([{"from": "gpt", "value": "first"}, {"from": "human", "value": "q"}], "first"),
        ([{"from": None, "role": "assistant", "value": None, "content": "both"}], "both"),
        ([{"from": "gpt", "value": "a"}, {"from": "gpt", "value": "b"}], "b"),
        ([{"role": "assistant", "content": None}], None),
        ([{"role": 3, "content": "a"}, "a", None], None),
        ([], None),
        (b"bytes", None),
        (None, None),
        (7, None),
    ],
)
def test_the_assistants_last_words(value, text):
    assert response_text(value) == text
