"""Verdicts as guards write them, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.tagger import TagError
from magpie_tagger_safety.verdict import parse_verdict


@pytest.mark.parametrize(
    ("text", "words", "safe", "codes"),
    [
        ("safe", "safe", True, ()),
        ("\n\nsafe\n", "safe", True, ()),
        (" Safe ", "Safe", True, ()),
        ("unsafe\nS1", "unsafe\nS1", False, ("S1",)),
        ("\n\nunsafe \nS1,S10", "unsafe\nS1,S10", False, ("S1", "S10")),
        ("unsafe\r\nS2, S3", "unsafe\nS2, S3", False, ("S2", "S3")),
        ("unsafe\n\nO3", "unsafe\nO3", False, ("O3",)),
        ("unsafe\ns1,S1", "unsafe\ns1,S1", False, ("S1",)),
        ("unsafe", "unsafe", False, ()),
    ],
)
def test_what_guards_write(text: str, words: str, safe: bool, codes: tuple[str, ...]) -> None:
    found = parse_verdict(text)
    assert (found.text, found.safe, found.codes) == (words, safe, codes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "I think it is safe.",
        "safe\nS1",
        "safely",
        "unsafe S1",
        "unsafe\nviolence",
        "unsafe\nS1,",
        "unsafe\nS1 S2",
        "not unsafe",
        "safe unsafe",
    ],
)
def test_what_is_no_verdict_is_quoted(text: str) -> None:
    with pytest.raises(TagError) as caught:
        parse_verdict(text)
    assert repr(text.strip()) in str(caught.value)


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(TagError) as caught:
        parse_verdict("word " * 1000)
    assert len(str(caught.value)) < 200


@given(
    st.lists(st.integers(1, 14), min_size=1, max_size=14, unique=True),
    st.sampled_from([",", ", ", " ,"]),
)
def test_categories_are_read_in_order(numbers: list[int], comma: str) -> None:
    codes = [f"S{number}" for number in numbers]
    assert parse_verdict("unsafe\n" + comma.join(codes)).codes == tuple(codes)


@given(st.text() | st.text("safeun \nS1,"))
def test_any_text_is_a_verdict_of_its_first_word_or_none(text: str) -> None:
    try:
        found = parse_verdict(text)
    except TagError:
        return
    assert text.split()[0].lower() == ("safe" if found.safe else "unsafe")
    assert not (found.safe and found.codes)
