"""Answers where people write them, the same number in many forms, and votes counted by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from magpie_core import Record, TagError
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_tagger_majority import MajorityTagger
from magpie_tagger_majority.extract import final_answer
from magpie_tagger_majority.same import key_of
from magpie_tagger_majority.vote import Vote, vote

THREE = ["So it is 41.", "The answer is 1,000.", r"Hence \boxed{1000}."]


class TestMajority(TaggerContract):
    tagger = MajorityTagger
    columns = {
        "Say it.": {"majority_answer": "1,000", "majority_share": 2 / 3, "majority_index": 1}
    }

    def tag(self, records: Sequence[Record], engine: Any) -> list[Any]:
        return super().tag([replace(one, extra={"responses": THREE}) for one in records], engine)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"First \boxed{1}, no: \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed {7} and the answer is 8", "7"),
        ("The answer is 8.\n\\boxed{", "8"),
        (r"An empty \boxed{ } after \boxed{3}", "3"),
        ("The answer is 42.", "42"),
        ("The answer is: **42**", "42"),
        ("**Answer:** 3.5", "3.5"),
        ("**Answer**: 3.5 metres", "3.5"),
        ("Answer:\n\n12", "12"),
        ("answer = x + 1", "x + 1"),
        ("The final answer is 42 apples. There were 50.", "42"),
        ("The answer is 42, because 6 times 7 is 42", "42"),
        ("The answer is $1,234.50 in all.", "1,234.50"),
        ("The answer is about 7 days.", "7"),
        ("The answer is 3 million.", "3 million"),
        ("The answer is 2 pi.", "2 pi"),
        ("The answer is 3 plus 4i", "3 plus 4i"),
        ("The answer is (B) Paris", "(B) Paris"),
        ("The answer is 1. No, the answer is 2.", "2"),
        ("The answer is " + "that it depends " * 10 + "on 3 things", "3"),
        ("We add 10-5 and get 5", "5"),
        ("It went from 3 to -4", "-4"),
        ("He pays 1,000 and 20%", "20%"),
        ("He pays 12,345,678", "12,345,678"),
        ("Half of it: 1/2", "1/2"),
        ("In v1.2.3 of x86 nothing", None),
        ("Nothing at all", None),
        ("", None),
        ("The answer is", None),
        ("9" * 200, None),
    ],
)
def test_the_final_answer_is_found(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


def test_only_the_ways_asked_for_are_gone() -> None:
    text = r"\boxed{1} The answer is 2. Not 3."
    assert [final_answer(text, [way]) for way in ("boxed", "said", "number")] == ["1", "2", "3"]
    assert final_answer("Not 3", ["boxed", "said"]) is None


@pytest.mark.parametrize(
    "answers",
    [
        ("1,000", "1000", "1000.0", "$1000", "+1000", " 1000. ", r"\$1000", "1000.", "10000/10"),
        (
            *("1/2", "0.5", ".5", r"\frac{1}{2}", r"\dfrac12", "$\\frac{2}{4}$"),
            r"\(\tfrac{1}{2}\)",
        ),
        ("-3", "−3", "-3.00", r"\text{-3}", "$-3$"),
        ("50%", r"50\%", "50 %", "50.0%"),
        ("B", "(B)", "b", "B) Paris", "(b) Paris", "B. Paris", "B: Paris", r"\text{(B)}"),
        ("x + 1", "X +  1", r"\mathrm{x + 1}", "*x + 1*"),
        ("90", r"90^\circ", r"90^{\circ}"),
    ],
)
def test_the_same_answer_has_one_key(answers: Sequence[str]) -> None:
    assert len({key_of(one) for one in answers}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.5", "5"),
        ("50%", "50"),
        ("1,5", "15"),
        ("1,2,3", "123"),
        ("-3", "3"),
        ("A", "B"),
        ("2 pi", "2"),
        ("1/3", "0.333"),
        ("Beijing", "b"),
        ("1/0", "0"),
        ("1" * 100, "1" * 99 + "2"),
    ],
)
def test_other_answers_have_other_keys(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@given(st.fractions(), st.sampled_from(["{}", "${}$", " {}. ", r"\text{{{}}}"]))
def test_a_number_is_itself_however_it_is_wrapped(value: Any, form: str) -> None:
    text = str(value)
    assert key_of(form.format(text)) == key_of(text)
    if len(text) < 50:
        assert key_of(text) == text


@given(st.text(alphabet="0123456789,.-−/%$\\{}frac boxed answeris:\n()*AB", max_size=80))
def test_any_text_is_survived(text: str) -> None:
    found = final_answer(text)
    if found is not None:
        assert 0 < len(found) <= 100
        assert isinstance(key_of(found), str)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["1", "2", "2.0"], Vote("2", 2 / 3, 1)),
        (["1", "2"], Vote("1", 0.5, 0)),
        ([None, "2", "1", "1", "2"], Vote("2", 0.4, 1)),
        ([None, None], Vote(None, 0.0, None)),
        ([None, "7"], Vote("7", 0.5, 1)),
    ],
)
def test_votes(answers: list[str | None], expected: Vote) -> None:
    assert vote(answers) == expected


@given(st.lists(st.none() | st.sampled_from(["1", "1.0", "2", "x", "X"]), min_size=1))
def test_the_vote_is_by_the_definition(answers: list[str | None]) -> None:
    found = vote(answers)
    keys = [None if one is None else {"1.0": "1", "X": "x"}.get(one, one) for one in answers]
    if found.answer is None:
        assert set(answers) == {None}
        return
    assert found.first is not None
    counts = {one: keys.count(one) for one in keys if one is not None}
    assert counts[keys[found.first]] == max(counts.values())
    assert found.share == max(counts.values()) / len(answers)
    assert all(counts[key] < max(counts.values()) for key in keys[: found.first] if key is not None)


def tag(extra: dict[str, Any], **options: Any) -> dict[str, Any] | TagError:
    record = Record(id="r", index=0, instruction="i", response="", extra=extra)
    tagger = msgspec.convert(options, MajorityTagger)
    return asyncio.run(tagger.tag([record], None))[0]


def test_messages_another_column_and_responses_that_are_missing() -> None:
    said = [{"role": "user", "content": "9"}, {"role": "assistant", "content": "It is 8"}]
    found = tag({"sampled": [None, said, "8", {"odd": 1}]}, column="sampled", answers=["number"])
    assert found == {"majority_answer": "8", "majority_share": 0.5, "majority_index": 1}


@pytest.mark.parametrize("extra", [{}, {"responses": "It is 8"}, {"responses": []}])
def test_without_responses_there_is_no_vote(extra: dict[str, Any]) -> None:
    found = tag(extra)
    assert isinstance(found, TagError)
    assert "`responses`" in str(found)


@pytest.mark.parametrize(
    ("responses", "rewards"),
    [
        (["The answer is 4.", "It is 4.", "The answer is 5."], [2 / 3, 2 / 3, 1 / 3]),
        (["4", "four, I guess", "5"], [1 / 3, 0, 1 / 3]),
        (["Hello.", "Hi."], [0, 0]),
    ],
)
async def test_rewards_are_the_shares_that_give_the_same_answer(responses, rewards):
    assert await MajorityTagger().rate(responses, None) == pytest.approx(rewards)
