"""The JSON object in what a model wrote freely."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.tagger import TagError
from magpie_core.tagging.answers import object_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Sure! Here it is: {"a": {"b": "}"}} I hope {that} helps.', {"a": {"b": "}"}}),
        ('{not json} then {"a": 1}', {"a": 1}),
        ('<think>perhaps {"a": 0}</think>\n{"a": 1}', {"a": 1}),
        ("{}", {}),
        ('Let me see: {"a": 0}?</think>{"a": 1}', {"a": 1}),
        ('{"why": "It asks about </think>."}', {"why": "It asks about </think>."}),
    ],
)
def test_it_is_found(text, found):
    assert object_in(text) == found


@pytest.mark.parametrize(
    "text", ["", "good", '["a"]', '{"a": 1', "{" * 5000, '{"a":' * 5000, "{a: 1}"]
)
def test_where_there_is_none_that_is_said(text):
    with pytest.raises(TagError, match="no JSON object"):
        object_in(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), VALUES, max_size=4),
    st.text(st.characters(exclude_characters="{")),
    st.text(),
)
def test_any_object_is_found_between_words(value, before, after):
    after = after.replace("</think>", "")
    assert object_in(before + json.dumps(value) + after) == value


@given(st.text())
def test_any_text_gives_an_object_or_a_tag_error(text):
    with suppress(TagError):
        assert isinstance(object_in(text), dict)
