"""Taggers written in a recipe."""

import asyncio
from types import SimpleNamespace

import pytest

from magpie_core.errors import SettingsError, UnknownNameError, UsageError
from magpie_core.plugins import load_plugins
from magpie_core.record import Record
from magpie_core.tagger import TagError
from magpie_core.tagging.choosing import choose_taggers
from magpie_core.tagging.custom import custom_tagger
from magpie_core.testing.scripted import ScriptedEngine

PROMPT = 'How clear is {instruction}? Think of {"a": 1} and of {this}.'
RECORD = Record(id="a", index=0, instruction="say {response}", response="{instruction}!")


def tag(tagger, *answers):
    engine = ScriptedEngine(answers)
    return asyncio.run(tagger.tag([RECORD], engine)), engine


def test_its_columns_are_the_answer():
    tagger = custom_tagger("clarity", {"prompt": PROMPT, "columns": {"clarity": ["low", "high"]}})
    [found], engine = tag(tagger, '{"clarity": "HIGH"}')
    assert found == {"clarity": "high"}
    [[turn]] = engine.asked
    assert 'How clear is say {response}? Think of {"a": 1} and of {this}.' in turn.content
    assert '"clarity": one of "low", "high"' in turn.content
    assert tagger.looks_at == "instruction"


def test_with_a_response_in_the_prompt_it_looks_at_the_response():
    options = {
        "prompt": "{instruction} => {response}",
        "schema": {"properties": {"n": {"type": "integer"}}},
        "max_tokens": 9,
    }
    tagger = custom_tagger("fit", options)
    assert (tagger.looks_at, tagger.max_tokens) == ("response", 9)
    _, engine = tag(tagger, '{"n": 1}')
    assert engine.asked[0][0].content.endswith("say {response} => {instruction}!")
    assert engine.schemas[0]["type"] == "object"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prompt": "Is it clear?", "columns": {"clarity": "text"}}, "neither"),
        ({"prompt": PROMPT}, "either `columns` or `schema`"),
        (
            {"prompt": PROMPT, "columns": {"a": "text"}, "schema": {}},
            "either `columns` or `schema`",
        ),
        ({"prompt": PROMPT, "columns": {}}, "no `properties`"),
        ({"prompt": PROMPT, "schema": {"type": "object"}}, "no `properties`"),
        ({"prompt": PROMPT, "columns": {"a": "txt"}}, "'txt' is no column"),
        ({"prompt": PROMPT, "columns": {"response": "text"}}, "`response` is a column"),
        ({"prompt": PROMPT, "columns": {"a": {"type": "strnig"}}}, "no JSON schema"),
        ({"prompt": PROMPT, "colums": {"a": "text"}}, "colums"),
        ({"prompt": "", "columns": {"a": "text"}}, "length"),
        ({"prompt": PROMPT, "columns": {"a": "text"}, "max_tokens": 0}, "max_tokens"),
    ],
)
def test_what_is_wrong_is_said(options, said):
    with pytest.raises(SettingsError) as caught:
        custom_tagger("clarity", options)
    assert said in caught.value.message
    assert "clarity" in caught.value.message


def plugins_with(*kinds):
    return load_plugins({"mine": SimpleNamespace(magpie_register_taggers=_offering(*kinds))})


def _offering(*kinds):
    from magpie_core import hookimpl

    return hookimpl(lambda: list(kinds), specname="magpie_register_taggers")


def test_names_are_chosen_once_each_and_unknown_ones_named():
    sections = {"clarity": {"prompt": PROMPT, "columns": {"clarity": "text"}}}
    plugins = load_plugins()
    assert [one.name for one in choose_taggers(["clarity", "clarity"], sections, plugins)] == [
        "clarity"
    ]
    with pytest.raises(UnknownNameError) as caught:
        choose_taggers(["clariti"], sections, plugins)
    assert "did you mean `clarity`?" in caught.value.hint
    with pytest.raises(UsageError, match="clarity"):
        choose_taggers([], sections, plugins)


@pytest.mark.parametrize("name", ["../clarity", "a/b", ".x", "a b"])
def test_a_name_that_is_no_folder_is_refused(name):
    with pytest.raises(SettingsError, match="cannot name a folder"):
        choose_taggers([name], {name: {"prompt": PROMPT, "columns": {"c": "text"}}}, load_plugins())


def test_answers_and_scores_need_two_calls():
    from magpie_core.tagger import Tagger

    class Scorer(Tagger):
        name = "scorer"
        schema = {"type": "object", "properties": {"s": {"type": "number"}}}
        needs = "score"

        async def tag(self, records, engine):
            return []

    plugins = plugins_with(Scorer)
    sections = {"clarity": {"prompt": PROMPT, "columns": {"clarity": "text"}}}
    assert [one.name for one in choose_taggers(["scorer"], sections, plugins)] == ["scorer"]
    with pytest.raises(UsageError, match="one call loads one checkpoint"):
        choose_taggers(["clarity", "scorer"], sections, plugins)


def test_without_a_response_there_is_nothing_to_ask_about():
    tagger = custom_tagger("fit", {"prompt": "{response}?", "columns": {"n": "integer"}})
    engine = ScriptedEngine(['{"n": 1}'])
    silent = Record(id="a", index=0, instruction="say it", response=" ")
    [found] = asyncio.run(tagger.tag([silent], engine))
    assert isinstance(found, TagError)
    assert engine.asked == []
