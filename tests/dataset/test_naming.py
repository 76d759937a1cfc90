"""What ``--columns`` says: parts of a conversation to a file's own columns, or why it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.dataset.naming import PARTS, parse_naming
from magpie_core.errors import UsageError


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], None),
        (["instruction=prompt"], {"instruction": "prompt"}),
        (["response=b, instruction=a"], {"instruction": "a", "response": "b"}),
        (["response=b", "instruction=a b=c"], {"instruction": "a b=c", "response": "b"}),
        (["conversations=talk,system=s"], {"system": "s", "conversations": "talk"}),
    ],
)
def test_parts_and_columns(said, expected):
    found = parse_naming(said)
    assert found == expected
    assert list(found or ()) == [one for one in PARTS if one in (expected or ())]


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("instruction", "`instruction` names no column", "instruction=COLUMN"),
        ("instruction=", "names no column", "instruction=COLUMN"),
        ("", "`` names no column", "instruction=COLUMN"),
        ("instrution=a", "unknown part of a conversation `instrution`", "did you mean `instruc"),
        ("instruction=a,instruction=b", "`instruction` is named twice", "once"),
        ("response=b", "names response: it takes an instruction", "instruction=COLUMN"),
        ("id=b", "it takes an instruction", "instruction=COLUMN"),
        ("instruction=a,conversations=b", "or a list of turns", "conversations=COLUMN"),
        ("response=a,conversations=b", "or a list of turns", "conversations=COLUMN"),
    ],
)
def test_what_names_no_conversation_is_refused(said, message, hint):
    with pytest.raises(UsageError, match=message) as caught:
        parse_naming([said])
    assert hint in caught.value.hint


@given(st.lists(st.text(alphabet="abinstruco=, \n", max_size=30), max_size=3))
def test_any_text_is_a_naming_or_refused(said):
    try:
        found = parse_naming(said)
    except UsageError:
        return
    assert found is None or all(found.values())
