"""Taggers that ask an engine about one record at a time."""

from __future__ import annotations

import pytest

from magpie_core import EngineTagger, RequestError, TagError
from magpie_core.testing.contracts.tagger import a_record
from magpie_core.testing.scripted import ScriptedEngine


class Mood(EngineTagger):
    """Says what the engine does."""

    name = "mood"
    schema = {"type": "object", "properties": {"mood": {"type": "string"}}}
    needs = "answer"

    async def one(self, record, engine):
        return {"mood": await engine.answer(record.turns[:1])}


async def test_each_record_is_asked_about_and_one_without_an_answer_costs_itself():
    engine = ScriptedEngine(["low", TagError("cannot say"), "high"])
    records = [a_record(f"Say {number}.", index=number) for number in range(3)]
    low, none, high = await Mood().tag(records, engine)
    assert (low, high) == ({"mood": "low"}, {"mood": "high"})
    assert isinstance(none, TagError)
    assert [turns[0].content for turns in engine.asked] == ["Say 0.", "Say 1.", "Say 2."]


async def test_other_errors_are_not_taken_for_answers():
    with pytest.raises(RequestError, match="too long"):
        await Mood().tag([a_record("Say it.")], ScriptedEngine([RequestError("too long")]))
    with pytest.raises(ValueError, match="`mood` needs an engine"):
        await Mood().tag([a_record("Say it.")], None)
