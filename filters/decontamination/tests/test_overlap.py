"""Planted overlap is found, one word less is not, and nothing but words matters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_filter_decontamination.items import Item
from magpie_filter_decontamination.overlap import SHORTEST, Benchmarks, Overlap

# Words of a benchmark begin with b, those around them in an instruction with o: no overlap by chance.
ITEM = st.permutations([f"b{number}x" for number in range(40)])
AROUND = st.integers(0, 30).map(lambda count: [f"o{number}x" for number in range(count)])
SIZES = st.integers(2, 20)
SEPARATORS = st.sampled_from(
    [" ", "  ", "\n", "\t", ", ", " - ", "; ", "... ", " (", ") ", "\u3000", "！"]
)


def benchmarks(*items: list[str], words: int) -> Benchmarks:
    named = [Item(f"b.txt:{row}", " ".join(item)) for row, item in enumerate(items, 1)]
    return Benchmarks(named, words)


@settings(deadline=None)
@given(ITEM, AROUND, AROUND, SIZES, st.data())
def test_n_planted_words_are_found_wherever_they_stand(item, before, after, words, data) -> None:
    start = data.draw(st.integers(0, len(item) - words))
    text = " ".join([*before, *item[start : start + words], *after])
    index = benchmarks(item, words=words)
    assert index.hold(text)
    found = index.overlap(text)
    assert found.first == "b.txt:1"
    assert found.share == pytest.approx(1 / (len(text.split()) - words + 1))


@settings(deadline=None)
@given(ITEM, AROUND, AROUND, SIZES, st.data())
def test_one_word_less_is_never_found(item, before, after, words, data) -> None:
    start = data.draw(st.integers(0, len(item) - words + 1))
    text = " ".join([*before, *item[start : start + words - 1], *after])
    index = benchmarks(item, words=words)
    assert not index.hold(text)
    assert index.overlap(text) == Overlap(None, 0.0)


@settings(deadline=None)
@given(ITEM, SIZES, st.data())
def test_words_in_another_order_are_not_found(item, words, data) -> None:
    start = data.draw(st.integers(0, len(item) - words))
    assert not benchmarks(item, words=words).hold(" ".join(item[start : start + words][::-1]))


@settings(deadline=None)
@given(ITEM, SIZES, st.data())
def test_case_punctuation_and_white_space_do_not_matter(item, words, data) -> None:
    cases = data.draw(st.lists(st.booleans(), min_size=len(item), max_size=len(item)))
    between = data.draw(st.lists(SEPARATORS, min_size=len(item), max_size=len(item)))
    shaped = [word.upper() if upper else word for word, upper in zip(item, cases, strict=True)]
    text = "".join(part for pair in zip(shaped, between, strict=True) for part in pair)
    index = benchmarks(item, words=words)
    assert index.overlap(text) == index.overlap(" ".join(item)) == Overlap("b.txt:1", 1.0)


@settings(deadline=None)
@given(st.lists(ITEM, min_size=1, max_size=4), AROUND, SIZES)
def test_both_questions_get_the_same_answer(items, around, words) -> None:
    index = benchmarks(*items, words=words)
    text = " ".join([*around, *items[0][: words + 1], *around, *items[-1][5 : 4 + words]])
    found = index.overlap(text)
    assert index.hold(text) == (found.first is not None) == (found.share > 0)
    assert found.share <= 1


@pytest.mark.parametrize("size", range(SHORTEST, 13))
def test_an_item_shorter_than_an_n_gram_is_found_as_a_whole(size: int) -> None:
    item = [f"b{number}" for number in range(size)]
    index = benchmarks(item, words=13)
    assert index.hold(" ".join(item))
    assert index.hold(" ".join(["Please", "answer", *item, "at", "once"]))
    assert not index.hold(" ".join(["Please", "answer", *item[1:], "at", "once"]))
    assert index.overlap(" ".join(item)) == Overlap("b.txt:1", 1.0)


def test_a_very_short_item_is_found_only_where_nothing_else_is_said() -> None:
    index = benchmarks(["who", "wrote", "Emma"], ["why"], words=13)
    assert index.overlap("Who wrote “Emma”?") == Overlap("b.txt:1", 1.0)
    assert index.overlap("Why?") == Overlap("b.txt:2", 1.0)
    assert not index.hold("Tell me who wrote Emma.")
    assert not index.hold("Tell me who wrote Emma and why, please, in ten words.")
    assert not index.hold("who wrote")
    assert not index.hold("")


def test_a_shorter_n_gram_lowers_what_counts_as_short() -> None:
    index = benchmarks(["one", "two", "three"], ["four", "five", "six", "seven"], words=3)
    assert index.hold("and one two three more")
    assert index.hold("and five six seven more")
    assert not index.hold("and four five more")


def test_the_item_that_stands_first_in_the_text_is_named() -> None:
    index = benchmarks(list("abcd"), list("wxyz"), words=4)
    assert index.overlap("o w x y z a b c d").first == "b.txt:2"


def test_of_equal_items_the_first_is_named() -> None:
    assert benchmarks(list("abcd"), list("abcd"), words=4).overlap("a b c d").first == "b.txt:1"


def test_the_share_counts_windows_that_hold_benchmark_text() -> None:
    index = benchmarks(list("abcdef"), words=4)
    # windows: oabc abcd bcde cdef defo; the first and the last hold three words of the item
    assert index.overlap("o a b c d e f o").share == pytest.approx(3 / 5)
    short = benchmarks([f"b{number}" for number in range(8)], words=10)
    text = " ".join(["o", *(f"b{number}" for number in range(8)), *"ooooo"])
    # 14 words, windows of ten: those that begin at 0 and at 1 hold the eight words 1 to 8
    assert short.overlap(text).share == pytest.approx(2 / 5)


def test_items_without_words_are_passed_over() -> None:
    assert len(Benchmarks([Item("b.txt:1", "?!"), Item("b.txt:2", "")])) == 0
