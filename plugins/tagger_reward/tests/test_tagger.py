"""What is scored, and which number is the reward."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from magpie_core import Record
from magpie_core.errors import EngineDeadError, RequestError
from magpie_core.tagger import TagError
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_core.testing.scripted import ScriptedEngine
from magpie_tagger_reward import RewardTagger


class TestReward(TaggerContract):
    tagger = RewardTagger
    scores = {
        (1.25,): {"instruct_reward": 1.25, "reward_model": "scripted"},
        (-12.0,): {"instruct_reward": -12.0},
    }


class TestOneOutputOfSeveral(TaggerContract):
    tagger = RewardTagger
    options = {"output": 2}
    scores = {(0.5, 1.5, 2.5): {"instruct_reward": 2.5}}


def record(**fields: Any) -> Record:
    return Record(**{"id": "r", "index": 0, "instruction": "Ask.", "response": "Answer."} | fields)


def tag(one: Record, engine: ScriptedEngine, **options: Any) -> Any:
    [found] = asyncio.run(RewardTagger(**options).tag([one], engine))
    return found


@pytest.mark.parametrize(
    ("options", "fields", "shown"),
    [
        ({}, {}, ["Ask.", "Answer."]),
        ({}, {"system": "Be brief."}, ["Be brief.", "Ask.", "Answer."]),
        ({"system": False}, {"system": "Be brief."}, ["Ask.", "Answer."]),
        (
            {},
            {
                "extra": {
                    "conversations": [
                        {"from": who, "value": words}
                        for who, words in zip(
                            ["human", "gpt"] * 2, ["A", "B", "C", "D"], strict=True
                        )
                    ]
                }
            },
            ["A", "B", "C", "D"],
        ),
    ],
)
def test_the_whole_conversation_is_scored(
    options: dict[str, Any], fields: dict[str, Any], shown: list[str]
) -> None:
    engine = ScriptedEngine(scores=[1.0])
    tag(record(**fields), engine, **options)
    assert [[turn.content for turn in turns] for turns in engine.asked] == [shown]


@pytest.mark.parametrize(
    "fields",
    [
        {"response": ""},
        {"extra": {"conversations": [{"from": "human", "value": "A"}]}},
    ],
)
def test_without_a_response_there_is_nothing_to_score(fields: dict[str, Any]) -> None:
    engine = ScriptedEngine(scores=[1.0])
    assert isinstance(tag(record(**fields), engine), TagError)
    assert engine.asked == []


def test_several_outputs_are_named(tmp_path: Path) -> None:
    labels = {"id2label": {"0": "helpful", "1": "harmless"}}
    (tmp_path / "config.json").write_text(json.dumps(labels))
    engine = ScriptedEngine(scores=[1.0, 2.0], checkpoint=str(tmp_path))
    with pytest.raises(RequestError, match=r"2 outputs \(0 = helpful, 1 = harmless\).*output = 0"):
        tag(record(), engine)
    with pytest.raises(RequestError, match=r"no output 7 \(there are: 0 = helpful, 1 = harmless\)"):
        tag(record(), engine, output=7)


@pytest.mark.parametrize("config", ["no JSON", "[]", '{"id2label": 3}', "{}"])
def test_outputs_without_names_are_numbered(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    for checkpoint in (str(tmp_path), "nobody/has-this", "not a name at all"):
        with pytest.raises(RequestError, match=r"2 outputs \(0, 1\)"):
            tag(record(), ScriptedEngine(scores=[1.0, 2.0], checkpoint=checkpoint))


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_reward(score: float) -> None:
    with pytest.raises(RequestError, match="no number"):
        tag(record(), ScriptedEngine(scores=[score]))


def test_no_output_is_an_error() -> None:
    with pytest.raises(RequestError, match="0 outputs"):
        tag(record(), ScriptedEngine(scores=[]))


@pytest.mark.parametrize("options", [{"output": -1}, {"output": "first"}, {"system": "no"}])
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, RewardTagger)


def test_a_dead_engine_is_not_swallowed() -> None:
    class Dead(ScriptedEngine):
        async def score(self, turns: Any) -> list[float]:
            raise EngineDeadError("gone")

    with pytest.raises(EngineDeadError):
        tag(record(), Dead())
