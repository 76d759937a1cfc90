"""Labels as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.tagging.labels import canonical, with_canonical_labels

CHOICES = ("very poor", "Coding & Debugging", "Others", "good")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("good", "good"),
        (" GOOD. ", "good"),
        ("**Good**", "good"),
        ("Very-Poor", "very poor"),
        ("very_poor", "very poor"),
        ("very\n poor", "very poor"),
        ("coding and debugging", "Coding & Debugging"),
        ("Other", "Others"),
        ("goods", None),
        ("", None),
        ("not good", None),
        (3, None),
        (None, None),
    ],
)
def test_other_spellings(written, meant):
    assert canonical(written, CHOICES, {"other": "Others"}) == meant


@given(st.text())
def test_any_text_is_a_choice_or_none(text):
    assert canonical(text, CHOICES) in (*CHOICES, None)


@given(st.sampled_from(CHOICES), st.sampled_from([str.upper, str.title, str.casefold, repr]))
def test_spellings_of_a_choice_come_back(choice, spelt):
    assert canonical(spelt(choice), CHOICES) == choice


def test_labels_in_an_answer_are_settled_and_the_rest_stays():
    schema = {
        "properties": {
            "a": {"enum": ["low", "high"]},
            "b": {"type": "array", "items": {"enum": ["x", "y"]}},
            "c": {"type": "string"},
        }
    }
    said = {"a": "HIGH", "b": ["X", "z"], "c": "HIGH", "d": "Low"}
    assert with_canonical_labels(said, schema) == {
        "a": "high",
        "b": ["x", "z"],
        "c": "HIGH",
        "d": "Low",
    }
