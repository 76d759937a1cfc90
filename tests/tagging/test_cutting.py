"""Texts shortened until they fit."""

from hypothesis import given
from hypothesis import strategies as st

from magpie_core.tagging.cutting import ALLOWANCE, cut, cut_to_fit


def test_beginning_and_end_stay_and_the_place_says_what_is_missing():
    text = "a" * 600 + "b" * 1000 + "c" * 600
    shorter = cut(text, 1000)
    assert shorter.startswith("a" * 500)
    assert shorter.endswith("c" * 500)
    assert "(1,200 characters left out here)" in shorter
    assert "b" not in shorter


def test_what_fits_is_left_alone():
    assert cut_to_fit({"a": "x" * 5000}, lambda texts: True) == {"a": "x" * 5000}


def test_where_nothing_fits_there_is_nothing():
    assert cut_to_fit({"a": "x" * 5000}, lambda texts: False) is None
    assert cut_to_fit({}, lambda texts: False) is None


def test_the_longest_is_cut_first():
    def fits(texts):
        return sum(map(len, texts.values())) <= 700

    found = cut_to_fit({"short": "s" * 100, "long": "l" * 9000}, fits)
    assert found["short"] == "s" * 100
    assert fits(found)
    assert len(found["long"]) > 500


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=3),
    st.integers(ALLOWANCE + 60, 4000),
)
def test_what_is_found_fits_and_nearly_fills_the_room(lengths, room):
    texts = {str(k): "x" * length for k, length in enumerate(lengths)}

    def fits(tried):
        return sum(map(len, tried.values())) <= room

    found = cut_to_fit(texts, fits)
    if found is None:
        assert sum(min(length, ALLOWANCE + 60) for length in lengths) > room
    else:
        assert fits(found)
        assert set(found) == set(texts)
