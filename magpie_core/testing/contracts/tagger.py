"""What every tagger promises. It knows the role, not what a tagger looks for.

Inherit it, name the class, and say what becomes of an engine's answers::

    class TestQuality(TaggerContract):
        tagger = QualityTagger
        answers = {'{"explanation": "clear", "quality": "Good"}': {"input_quality": "good"}}
        refused = ("no JSON", '{"quality": "splendid"}')

A tagger that needs scores gives ``scores`` instead, one that needs no engine ``columns``.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import msgspec
import pytest
import tomli_w

from magpie_core.errors import UsageError
from magpie_core.plugins import load_plugins
from magpie_core.record import Record
from magpie_core.tagger import TagError, Tagger
from magpie_core.tagging.conditions import Condition, meets
from magpie_core.tagging.schemas import checker
from magpie_core.testing.contracts.contract import Contract, check_offered, check_snake_case, made
from magpie_core.testing.scripted import ScriptedEngine
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS

Result = dict[str, Any] | TagError


def a_record(instruction: str, response: str = "Certainly.", index: int = 0) -> Record:
    """A record with these words."""
    return Record(id=f"r-{index}", index=index, instruction=instruction, response=response)


class TaggerContract(Contract):
    """Checks for one tagger class."""

    tagger: ClassVar[type[Tagger]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options for the samples, as a recipe writes them."""
    answers: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What an engine may answer, and columns that must follow; others may be there too."""
    refused: ClassVar[Sequence[str]] = ()
    """Answers no columns follow from: a ``TagError``, nothing else."""
    scores: ClassVar[Mapping[tuple[float, ...], Mapping[str, Any]]] = {}
    """The same for an engine that scores."""
    columns: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """The same without an engine: instructions and columns."""

    def make(self) -> Tagger:
        """A tagger with ``options``, validated the way the command does it."""
        return made(self.tagger, Tagger, self.options)

    def tag(self, records: Sequence[Record], engine: ScriptedEngine | None) -> list[Result]:
        """What a fresh tagger says of ``records``."""
        return list(asyncio.run(self.make().tag(records, engine)))

    def engine(self) -> ScriptedEngine | None:
        """An engine that gives the first sample's answer or scores; None where none is needed."""
        if self.tagger.needs is None:
            return None
        return ScriptedEngine(
            answers=list(self.answers)[:1] or ("",),
            scores=next(iter(self.scores), (0.0,)),
        )

    def test_its_columns_can_be_asked_for_in_a_gate(self) -> None:
        """Every column has a condition, or is said to have none; a missing value meets no condition."""
        for name, schema in self.tagger.schema["properties"].items():
            for value in (*schema.get("enum", ()), "1", "true", "DE"):
                with suppress(UsageError):
                    met = meets(Condition(name, "==", str(value)), schema)(None)
                    assert met is False, f"a record without `{name}` meets `{name} == {value}`"

    def test_is_named_in_snake_case(self) -> None:
        """Folders and recipes write the name."""
        check_snake_case(self.tagger.name, "the tagger's name")

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_taggers``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.taggers(), self.tagger, plugins.broken, "magpie_register_taggers")

    def test_says_what_it_is(self) -> None:
        """A line for ``magpie tag --list``, what it needs, and how many records it takes at a time."""
        one = self.tagger
        assert (one.__doc__ or "").strip(), (
            f"{one.__name__} has no docstring for `magpie tag --list`"
        )
        assert one.needs in (None, "answer", "score"), f"`needs` is {one.needs!r}"
        assert one.looks_at in ("instruction", "response"), f"`looks_at` is {one.looks_at!r}"
        assert one.batch >= 1, f"`batch` is {one.batch}: it would never be given a record"

    def test_its_schema_names_its_columns(self) -> None:
        """Readers find the columns there, and gates the order of labels."""
        assert self.tagger.schema["type"] == "object", "columns have names: the schema is an object"
        assert self.tagger.schema["properties"], "the schema names no column under `properties`"
        checker(self.tagger.schema)

    def test_works_without_options(self) -> None:
        """Every option has a default, so that the name alone is enough."""
        assert msgspec.convert({}, self.tagger) == self.tagger(), (
            "made without options twice, it is not equal: keep no state outside its fields"
        )

    def test_refuses_unknown_options(self) -> None:
        """A misspelt option in a recipe is an error, not a default."""
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"no_such_option": 1}, self.tagger)

    def test_its_settings_can_be_stored(self) -> None:
        """They are written beside the columns, and read again."""
        settings = self.make().settings()
        read = tomllib.loads(tomli_w.dumps(settings))
        assert read == settings, (
            f"settings {settings} are read again as {read}: use TOML's own values"
        )

    def test_the_samples_give_their_columns(self) -> None:
        """And the columns satisfy the schema."""
        wrong = checker(self.tagger.schema)
        cases: list[tuple[Record, ScriptedEngine | None, Mapping[str, Any]]] = [
            *((a_record("Say it."), ScriptedEngine([said]), c) for said, c in self.answers.items()),
            *((a_record("Say it."), ScriptedEngine(scores=s), c) for s, c in self.scores.items()),
            *((a_record(text), None, columns) for text, columns in self.columns.items()),
        ]
        assert cases, "give samples: answers, scores or columns"
        for record, engine, expected in cases:
            answers = self.tag([record], engine)
            assert len(answers) == 1, f"one record, {len(answers)} answers: {answers!r}"
            found = answers[0]
            about = engine.answers if engine else record.instruction
            assert isinstance(found, dict), f"no columns for {about!r}: {found!r}"
            columns = {key: found.get(key) for key in expected}
            assert columns == dict(expected), f"{about!r} gives {columns}, not {dict(expected)}"
            assert wrong(found) is None, (
                f"{found} is not of the tagger's own schema: {wrong(found)}"
            )

    def test_what_does_not_fit_is_a_tag_error(self) -> None:
        """It is tried again and counted; any other error would be taken for a mistake in the plugin."""
        for said in self.refused:
            [found] = self.tag([a_record("Say it.")], ScriptedEngine([said]))
            assert isinstance(found, TagError), f"{said!r} gave {found!r}"

    def test_gives_one_answer_for_each_record(self) -> None:
        """In order, whatever the texts are."""
        texts = [*LEGITIMATE_INSTRUCTIONS[:20], *NASTY_TEXTS.values(), ""]
        records = [a_record(text, response=text[::-1], index=k) for k, text in enumerate(texts)]
        found = self.tag(records, self.engine())
        assert len(found) == len(records), (
            f"{len(records)} records, {len(found)} answers: they are matched by their order, so give a "
            "TagError where there are no columns, and leave none out"
        )
        strange = [one for one in found if not isinstance(one, dict | TagError)]
        assert not strange, f"{strange[:3]!r} are neither columns nor a TagError"
        assert self.tag([], self.engine()) == [], "of no records it says something"

    def test_the_prompt_holds_the_instruction_as_it_is(self) -> None:
        """Braces and placeholders in it are text."""
        engine = self.engine()
        if engine is None:
            pytest.skip("it asks nobody")
        nasty = "Fill {response} and {instruction} into {{this}} %s \\1 <|eot_id|>"
        self.tag([a_record(nasty)], engine)
        assert any(nasty in turn.content for turns in engine.asked for turn in turns), (
            f"{nasty!r} does not stand in what it asks: {engine.asked}; put texts in without formatting them"
        )

    def test_does_not_change_the_tagger(self) -> None:
        """The same tagger is given every record."""
        one = self.make()
        asyncio.run(one.tag([a_record("Say it.")], self.engine()))
        assert one == self.make(), "tagging changed the tagger's own fields"
