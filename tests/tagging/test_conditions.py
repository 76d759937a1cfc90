"""Conditions on columns: how they are read and what meets them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.errors import UsageError
from magpie_core.tagging.conditions import Condition, meets, parse_conditions

LEVELS = {"enum": ["very easy", "easy", "hard"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("quality >= good", [("quality", ">=", "good")]),
        ("quality>=good", [("quality", ">=", "good")]),
        (" difficulty  =  very easy ", [("difficulty", "==", "very easy")]),
        ("a != 'x y' and b < 3.5", [("a", "!=", "x y"), ("b", "<", "3.5")]),
        ("a == salt and pepper AND b > 1", [("a", "==", "salt and pepper"), ("b", ">", "1")]),
        ('a == "x and b > 1" and c <= 2', [("a", "==", "x and b > 1"), ("c", "<=", "2")]),
        ("task_category == Coding & Debugging", [("task_category", "==", "Coding & Debugging")]),
    ],
)
def test_they_are_read(text, found):
    assert [(one.column, one.operator, one.value) for one in parse_conditions(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "quality",
        "quality good",
        ">= good",
        "quality >=",
        "a > 1 and",
        "a > 1 and b",
        "a > 1 or b > 2 > 3",
        "a >> 1",
        "a > 1, b > 2",
        "and a > 1",
        'a == "x',
    ],
)
def test_what_cannot_be_read_is_named(text):
    with pytest.raises(UsageError, match=r"cannot read|is a number") as caught:
        meets(parse_conditions(text)[0], {"type": "number"})
    assert caught.value.hint


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_characters='"', categories=["L", "N", "P", "Zs"])).map(
    str.strip
)
CONDITIONS = st.builds(
    Condition, NAMES, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), VALUES
)


@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def test_what_is_written_is_read_again(conditions):
    assert parse_conditions(" and ".join(map(str, conditions))) == conditions


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        found = parse_conditions(text)
    except UsageError:
        found = []
    assert all(one.operator in (">=", "<=", ">", "<", "==", "!=") for one in found)


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("c >= easy", ["easy", "hard"]),
        ("c > Easy", ["hard"]),
        ("c < easy", ["very easy"]),
        ("c <= VERY_EASY", ["very easy"]),
        ("c == hard", ["hard"]),
        ("c != hard", ["very easy", "easy"]),
    ],
)
def test_labels_are_compared_by_their_order(text, passing):
    [condition] = parse_conditions(text)
    test = meets(condition, LEVELS)
    assert [one for one in LEVELS["enum"] if test(one)] == passing
    assert not meets(parse_conditions("c >= easy")[0], LEVELS)("moderate")


LANGUAGE = {"type": ["string", "null"], "pattern": "^[A-Z]{2}$"}


@pytest.mark.parametrize(
    ("text", "schema", "value", "met"),
    [
        ("n >= 3", {"type": "integer"}, 3, True),
        ("n > 3", {"type": "number"}, 3.0, False),
        ("n < -0.5", {"type": "number"}, -1, True),
        ("n >= 3", {"type": "integer"}, None, False),
        ("b == true", {"type": "boolean"}, True, True),
        ("b != TRUE", {"type": "boolean"}, True, False),
        ("s == de", {"type": "string"}, "de", True),
        ("s != de", {"type": "string"}, "de", False),
        ("s == DE", LANGUAGE, "DE", True),
        ("s == DE", LANGUAGE, "EN", False),
        ("s == DE", LANGUAGE, None, False),
        ("s != DE", LANGUAGE, None, False),
        ("n >= 3", {"type": ["integer", "null"]}, 3, True),
        ("n >= 3", {"type": ["integer", "null"]}, None, False),
    ],
)
def test_other_columns(text, schema, value, met):
    [condition] = parse_conditions(text)
    assert meets(condition, schema)(value) is met


@pytest.mark.parametrize(
    ("text", "schema", "said"),
    [
        ("c >= moderate", LEVELS, "labels: very easy, easy, hard"),
        ("c >= easy", {**LEVELS, "unordered": True}, "no order"),
        ("n >= many", {"type": "integer"}, "is a number"),
        ("s > de", {"type": "string"}, "no order"),
        ("b > true", {"type": "boolean"}, "no order"),
        ("b == yes", {"type": "boolean"}, "true or false"),
        ("s == de", LANGUAGE, "is never `de`"),
        ("s == German", LANGUAGE, "is never `German`"),
    ],
)
def test_what_no_column_can_meet_is_said(text, schema, said):
    [condition] = parse_conditions(text)
    with pytest.raises(UsageError, match=said) as caught:
        meets(condition, schema)
    assert caught.value.hint
