"""What the guard is shown, and what becomes of its answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from magpie_core import Record, Turn
from magpie_core.errors import EngineDeadError, RequestError
from magpie_core.tagger import TagError
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_core.testing.scripted import ScriptedEngine
from magpie_tagger_safety import SafetyTagger

UNSAFE = {"llama_guard_2": "unsafe\nS1,S9", "safe": False, "safety_codes": ["S1", "S9"]}


class TestSafety(TaggerContract):
    tagger = SafetyTagger
    answers = {
        "safe": {
            "llama_guard_2": "safe",
            "safe": True,
            "safety_codes": [],
            "safety_generator": "scripted",
        },
        "\n\nunsafe\nS1,S9": UNSAFE,
    }
    refused = ("", "Sure! Here is how.", "safe\nS1", '{"safe": true}')


class TestSafetyOfInstructions(TestSafety):
    options = {"judge": "instruction"}


def record(**fields: Any) -> Record:
    return Record(**{"id": "r", "index": 0, "instruction": "Ask.", "response": "Answer."} | fields)


LONG = [
    {"from": "system", "value": "Be brief."},
    {"from": "human", "value": "One?"},
    {"from": "gpt", "value": "Two."},
    {"from": "human", "value": "Three?"},
    {"from": "gpt", "value": "Four."},
]


@pytest.mark.parametrize(
    ("judge", "fields", "shown"),
    [
        ("response", {}, ["Ask.", "Answer."]),
        ("instruction", {}, ["Ask."]),
        ("response", {"response": ""}, ["Ask."]),
        ("response", {"system": "Be brief."}, ["Ask.", "Answer."]),
        ("response", {"extra": {"conversations": LONG}}, ["One?", "Two.", "Three?", "Four."]),
        ("instruction", {"extra": {"conversations": LONG}}, ["One?", "Two.", "Three?"]),
        ("response", {"extra": {"conversations": "no turns"}}, ["Ask.", "Answer."]),
        ("response", {"extra": {"conversations": [LONG[2], *LONG[3:]]}}, ["Three?", "Four."]),
    ],
)
def test_the_guard_sees_the_conversation_up_to_what_it_judges(
    judge: Any, fields: dict[str, Any], shown: list[str]
) -> None:
    turns = SafetyTagger(judge=judge).conversation(record(**fields))
    assert [turn.content for turn in turns] == shown
    assert [turn.role for turn in turns] == (["user", "assistant"] * 2)[: len(shown)]


def test_no_schema_is_asked_for() -> None:
    engine = ScriptedEngine(["safe"])
    asyncio.run(SafetyTagger().tag([record()], engine))
    assert engine.schemas == [None]
    assert engine.asked == [[Turn("user", "Ask."), Turn("assistant", "Answer.")]]


def test_a_failure_holds_what_was_said() -> None:
    [found] = asyncio.run(SafetyTagger().tag([record()], ScriptedEngine(["I cannot judge this"])))
    assert isinstance(found, TagError)
    assert "I cannot judge this" in str(found)


@pytest.mark.parametrize("error", [RequestError("too long"), EngineDeadError("gone")])
def test_errors_of_the_engine_are_not_swallowed(error: Exception) -> None:
    with pytest.raises(type(error)):
        asyncio.run(SafetyTagger().tag([record()], ScriptedEngine([error])))
