"""Short forms of schemas, their check, and schemas in words."""

import pytest

from magpie_core.errors import SettingsError
from magpie_core.tagging.schemas import checker, columns_schema, in_words

CLARITY = columns_schema(
    {"clarity": ["low", "high"], "why": "text", "sure": "boolean", "n": "integer"}
)
GOOD = {"clarity": "low", "why": "because", "sure": True, "n": 3}


def test_what_fits_is_not_wrong():
    assert checker(CLARITY)(GOOD) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"clarity": "middling"}, "clarity: 'middling' is not one of ['low', 'high']"),
        ({"why": ""}, "why: "),
        ({"why": "x" * 401}, "why: "),
        ({"sure": "yes"}, "sure: 'yes' is not of type 'boolean'"),
        ({"n": 1.5}, "n: 1.5 is not of type 'integer'"),
        ({"more": 1}, "Additional properties are not allowed"),
    ],
)
def test_what_does_not_is_named(change, said):
    assert checker(CLARITY)(GOOD | change).startswith(said)


def test_a_missing_column_is_named():
    assert "'why' is a required property" in checker(CLARITY)(
        {k: v for k, v in GOOD.items() if k != "why"}
    )


@pytest.mark.parametrize("value", [[], "text", None, 3])
def test_anything_but_an_object_is_wrong(value):
    assert checker(CLARITY)(value)


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="no JSON schema"):
        checker({"type": "object", "properties": {"a": {"type": "no such type"}}})


@pytest.mark.parametrize("form", ["string", [], [1], 7, None, ["a", ""]])
def test_a_short_form_nobody_knows_is_named(form):
    with pytest.raises(ValueError, match="`clarity`: "):
        columns_schema({"clarity": form})


def test_in_words_every_key_and_every_label_stands_in_order():
    words = in_words(
        columns_schema({"b": ["low", "high"], "a": "text", "n": {"type": "integer", "maximum": 9}})
    )
    assert words.index('"b": one of "low", "high"') < words.index(
        '"a": a text of at most 400 characters'
    )
    assert '"n": a whole number, at most 9' in words
    assert "[" not in words
