"""What becomes of a model's answers, as JSON and as models write them freely."""

import asyncio
import json
from typing import Any

import pytest

from magpie_core import Record, TagError
from magpie_core.testing.contracts.tagger import TaggerContract
from magpie_core.testing.scripted import ScriptedEngine
from magpie_tagger_llm import CategoryTagger, DifficultyTagger, QualityTagger

RECORD = Record(id="a", index=0, instruction="List three rivers.", response="Rhine, Po, Ebro.")


class TestQuality(TaggerContract):
    tagger = QualityTagger
    answers = {
        '{"explanation":"Clear.","quality":"good"}': {
            "input_quality": "good",
            "quality_explanation": "Clear.",
            "quality_generator": "scripted",
        },
        '{"quality":" Very  Poor.","explanation":"Nothing to act on."}': {
            "input_quality": "very poor"
        },
    }
    refused = (
        "good",
        '["good"]',
        '{"explanation":"x","quality":"splendid"}',
        '{"explanation":"x","quality":3}',
        '{"explanation":"x"}',
        '{"explanation":"x","quality":"good"',
    )


class TestDifficulty(TaggerContract):
    tagger = DifficultyTagger
    answers = {
        '{"intent":"rivers","knowledge":"geography","difficulty":"easy"}': {
            "intent": "rivers",
            "knowledge": "geography",
            "difficulty": "easy",
            "difficulty_generator": "scripted",
        },
        '{"intent":"i","knowledge":"k","difficulty":"VERY_HARD"}': {"difficulty": "very hard"},
    }
    refused = ('{"intent":"i","knowledge":"k","difficulty":"moderate"}', "{}", "")


class TestCategory(TaggerContract):
    tagger = CategoryTagger
    answers = {
        '{"category":"Math","others":["Reasoning","Math","Reasoning"]}': {
            "task_category": "Math",
            "other_task_category": ["Reasoning"],
            "task_category_generator": "scripted",
        },
        '{"category":"Other","others":[]}': {"task_category": "Others", "other_task_category": []},
        '{"category":"coding and debugging","others":["others"]}': {
            "task_category": "Coding & Debugging",
            "other_task_category": ["Others"],
        },
        '{"category":"Translation","others":["editing"]}': {
            "task_category": "Others",
            "other_task_category": ["Translation", "Editing"],
        },
        '{"category":"Role-Playing"}': {"task_category": "Role playing"},
    }
    refused = ('{"others":[]}', '{"category":" "}', '{"category":"Math","others":"Reasoning"}', "7")


@pytest.mark.parametrize("kind", [QualityTagger, DifficultyTagger, CategoryTagger])
def test_the_prompt_states_the_answer_first_and_quotes_the_instruction_last(kind: Any) -> None:
    engine = ScriptedEngine(["{}"])
    asyncio.run(kind().tag([RECORD], engine))
    [[turn]] = engine.asked
    assert turn.role == "user"
    assert turn.content.startswith("Answer with one JSON object")
    assert turn.content.rstrip().splitlines()[-2] == RECORD.instruction
    for key in kind.answer["properties"]:
        assert f'"{key}"' in turn.content
    assert engine.schemas == [kind.answer]
    assert RECORD.response not in turn.content


@pytest.mark.parametrize(
    ("kind", "key"), [(QualityTagger, "quality"), (DifficultyTagger, "difficulty")]
)
def test_an_unknown_ordered_label_is_quoted_in_the_failure(kind: Any, key: str) -> None:
    said = dict.fromkeys(kind.answer["properties"], "x") | {key: "so-so"}
    [found] = asyncio.run(kind().tag([RECORD], ScriptedEngine([json.dumps(said)])))
    assert isinstance(found, TagError)
    assert "so-so" in str(found)
