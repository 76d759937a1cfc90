"""Rewards of several responses: what is rated, what is passed over, what fails."""

from __future__ import annotations

import asyncio

import pytest

from magpie_core import (
    BackendError,
    EngineTagger,
    Record,
    RequestError,
    TagError,
    Tagger,
    Turn,
    UsageError,
)
from magpie_core.builtin.strategies import BestWorstStrategy
from magpie_core.dataset.conversation import conversation_of
from magpie_core.steps.rate_responses import Rater, number_column
from magpie_core.steps.sample_responses import as_asked, question
from magpie_core.tagging.schemas import checker
from magpie_core.testing.scripted import ScriptedEngine

PROMPT = [{"role": "user", "content": "Hi"}]


class Length(EngineTagger):
    """The number of characters; some answers it cannot take."""

    name = "length"
    schema = {
        "type": "object",
        "properties": {"said": {"type": "string"}, "characters": {"type": "number"}},
    }

    async def one(self, record, engine):
        text = conversation_of(record)[-1].content
        for word, error in (
            ("vast", RequestError("too long")),
            ("odd", TagError("cannot tell")),
            ("down", BackendError("lost")),
        ):
            if word in text:
                raise error
        if "nan" in text:
            return {"characters": float("nan")}
        await engine.score(conversation_of(record))
        return {"said": text, "characters": len(text)}


def rate(*responses, objections=None, prompt=PROMPT, engine=None, margin=0.0):
    rater = Rater(by=Length(), column="characters", strategy=BestWorstStrategy(), margin=margin)
    columns = {
        "prompt": prompt,
        "responses": list(responses),
        "objections": list(objections or [None] * len(responses)),
    }
    record = Record(id="r", index=0, instruction="", response="", extra=columns)
    [found] = asyncio.run(rater.tag([record], engine or ScriptedEngine()))
    if isinstance(found, dict):
        assert checker(Rater.schema)(found) is None
    return found


def test_all_responses_and_rewards_are_kept():
    found = rate("short", "rather longer", "mid-sized")
    assert found["responses"] == ["short", "rather longer", "mid-sized"]
    assert found["rewards"] == [5.0, 13.0, 9.0]
    assert (found["chosen"], found["rejected"]) == ("rather longer", "short")
    assert (found["chosen_reward"], found["rejected_reward"], found["margin"]) == (13.0, 5.0, 8.0)
    assert (found["pair"], found["no_pair"]) == ([1, 0], None)


def test_what_a_filter_objects_to_is_neither_rated_nor_in_a_pair():
    engine = ScriptedEngine()
    found = rate(
        "a", "bb", "the very longest", objections=[None, None, "unfinished"], engine=engine
    )
    assert found["rewards"] == [1.0, 2.0, None]
    assert found["objections"] == [None, None, "unfinished"]
    assert found["chosen"] == "bb"
    assert len(engine.asked) == 2


@pytest.mark.parametrize("one", ["vast", "odd", "nan"])
def test_one_that_cannot_be_rated_is_passed_over(one):
    found = rate("a", one, "bb")
    assert found["rewards"] == [1.0, None, 2.0]
    assert found["objections"] == [None, "no_reward", None]
    assert (found["chosen"], found["rejected"]) == ("bb", "a")


def test_where_none_can_be_rated_the_record_fails():
    assert isinstance(rate("odd", "odd too"), TagError)
    with pytest.raises(RequestError, match="too long"):
        rate("vast", "vast too")


def test_an_engine_that_fails_fails_the_record_and_not_the_response():
    with pytest.raises(BackendError, match="lost"):
        rate("a", "bb", "down")


def test_without_a_pair_the_columns_say_why():
    found = rate("same", "same")
    assert found["no_pair"] == "equal_texts"
    names = ("pair", "chosen", "rejected", "chosen_reward", "rejected_reward", "margin")
    assert [found[name] for name in names] == [None] * 6
    assert rate("", "", objections=["empty", "empty"])["no_pair"] == "too_few"


def test_the_whole_conversation_is_rated():
    engine = ScriptedEngine()
    prompt = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "Two?"},
    ]
    rate("2", "two", prompt=prompt, engine=engine)
    roles = ["system", "user", "assistant", "user", "assistant"]
    assert [[turn.role for turn in turns] for turns in engine.asked] == [roles, roles]
    assert {turns[-1].content for turns in engine.asked} == {"2", "two"}


def test_the_reward_is_the_first_number():
    assert number_column(Length()) == "characters"

    class Mood(Tagger):
        name = "mood"
        schema = {"type": "object", "properties": {"mood": {"type": "string"}}}

    with pytest.raises(UsageError, match="no number"):
        number_column(Mood())


def test_the_last_answer_is_what_is_sampled_again():
    record = Record(
        id="r",
        index=0,
        instruction="One?",
        response="1",
        extra={
            "conversations": [
                {"from": "human", "value": "One?"},
                {"from": "gpt", "value": "<think>hm</think>1"},
                {"from": "human", "value": "Two?"},
                {"from": "gpt", "value": "2"},
            ]
        },
    )
    turns = question(record)
    assert [turn.content for turn in turns] == ["One?", "<think>hm</think>1", "Two?"]
    assert [turn.content for turn in as_asked(record, turns)] == ["One?", "1", "Two?"]


def test_a_prompt_without_an_answer_is_asked_and_an_empty_system_prompt_kept():
    record = Record(id="r", index=0, instruction="One?", response="", system="")
    assert question(record) == [Turn("user", "One?")]
    assert as_asked(record, question(record)) == [Turn("system", ""), Turn("user", "One?")]
