"""What every filter promises. It knows the role, not what a filter is for.

Inherit it, name the class, and give texts it keeps and texts it turns down::

    class TestShouting(FilterContract):
        filter = ShoutingFilter
        keeps = ["Say it softly."]
        rejects = {"SAY IT LOUDLY!": "shouting"}
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.errors import MagpieError
from magpie_core.filters import Draft, Filter, Stage
from magpie_core.plugins import load_plugins
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS, gigantic_texts

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def refuse_quiet_overrides(subclass: type, contract: type) -> None:
    """Raise TypeError when ``subclass`` replaces a check of ``contract`` without an ``xfail`` mark."""
    for name in vars(subclass):
        if name.startswith("test_") and hasattr(contract, name):
            marks = getattr(vars(subclass)[name], "pytestmark", [])
            if not any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks):
                raise TypeError(
                    f"{subclass.__name__}.{name} replaces a check of {contract.__name__}; "
                    "mark it with pytest.mark.xfail(reason=...)"
                )


class FilterContract:
    """Checks for one filter class, in each of its stages."""

    filter: ClassVar[type[Filter]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options for ``keeps`` and ``rejects``, as a recipe writes them."""
    keeps: ClassVar[Sequence[str]] = ()
    """Texts it must keep."""
    rejects: ClassVar[Mapping[str, str]] = {}
    """Texts it must turn down, with the reason."""
    required: ClassVar[Mapping[str, Any]] = {}
    """Options it cannot do without, such as a file; asked for without them it must say so."""
    keeps_legitimate: ClassVar[bool] = True
    """Whether it must keep ``LEGITIMATE_INSTRUCTIONS``; say False only for a filter that selects."""
    seconds_per_megabyte: ClassVar[float] = 2.0
    """How long a text of a million characters may take. A second is plenty on an idle machine."""

    def __init_subclass__(cls) -> None:
        refuse_quiet_overrides(cls, FilterContract)

    def draft(self, text: str, stage: Stage) -> Draft:
        """The draft that holds ``text`` at ``stage``; replace it when more than the text counts."""
        if stage == "instruction":
            return Draft(index=0, instruction=text)
        return Draft(index=0, instruction="Say something.", response=text)

    def judge(self, text: str, options: Mapping[str, Any] | None = None) -> dict[Stage, str | None]:
        """What a fresh filter says about ``text``, by stage."""
        one = self.make(self.options if options is None else options)
        return {stage: one.reject(self.draft(text, stage)) for stage in self.filter.stages}

    def make(self, options: Mapping[str, Any]) -> Filter:
        """A filter with ``options``, validated the way a run does it."""
        return msgspec.convert(dict(options), self.filter)

    def test_is_named_in_snake_case(self) -> None:
        """Recipes and statistics write the name."""
        assert SNAKE_CASE.fullmatch(self.filter.name)

    def test_names_its_stages(self) -> None:
        """A stage nobody knows would never be run."""
        assert self.filter.stages
        assert set(self.filter.stages) <= {"instruction", "response"}

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_filters``, and no other plugin has its name."""
        plugins = load_plugins()
        assert plugins.filters().get(self.filter.name) is self.filter
        assert not [info for info in plugins.broken if self.filter.name in str(info.problem)]

    def test_works_without_options(self) -> None:
        """Every option but ``required`` has a default, so that the name alone is a recipe."""
        assert self.filter(**self.required) == self.make(self.required)
        if self.required:
            with pytest.raises(MagpieError) as caught:
                self.make({})
            assert caught.value.hint

    def test_refuses_unknown_options(self) -> None:
        """A misspelt option in a recipe is an error, not a default."""
        with pytest.raises(msgspec.ValidationError):
            self.make({"no_such_option": 1})

    def test_keeps_what_it_should(self) -> None:
        """Every text of ``keeps`` is kept, in every stage."""
        wrong = {text: said for text in self.keeps if any((said := self.judge(text)).values())}
        assert not wrong

    def test_turns_down_what_it_should(self) -> None:
        """Every text of ``rejects`` is turned down with its reason, in every stage."""
        wanted = {
            text: dict.fromkeys(self.filter.stages, why) for text, why in self.rejects.items()
        }
        assert {text: self.judge(text) for text in self.rejects} == wanted

    def test_gives_reasons_in_snake_case(self) -> None:
        """Reasons are keys of the statistics."""
        assert all(SNAKE_CASE.fullmatch(reason) for reason in self.rejects.values())

    def test_keeps_legitimate_instructions(self) -> None:
        """Without options, no honest instruction is lost."""
        if not self.keeps_legitimate:
            pytest.skip("a filter that selects")
        lost = {
            text: said
            for text in LEGITIMATE_INSTRUCTIONS
            if any((said := self.judge(text, self.required)).values())
        }
        assert not lost

    def test_says_the_same_again(self) -> None:
        """The same draft gets the same answer, in whatever order drafts come."""
        texts = [*self.keeps, *self.rejects, *LEGITIMATE_INSTRUCTIONS, *NASTY_TEXTS.values()]
        one = self.make(self.options)
        for stage in self.filter.stages:
            there = [one.reject(self.draft(text, stage)) for text in texts]
            back = [one.reject(self.draft(text, stage)) for text in reversed(texts)]
            assert there == back[::-1]
        assert one == self.make(self.options), "judging changed the filter"

    def test_does_not_change_the_draft(self) -> None:
        """Filters judge; cleaners rewrite."""
        for text in [*self.keeps, *self.rejects]:
            for stage in self.filter.stages:
                draft, same = self.draft(text, stage), self.draft(text, stage)
                self.make(self.options).reject(draft)
                assert draft == same

    @pytest.mark.parametrize("nasty", NASTY_TEXTS)
    def test_survives_nasty_texts(self, nasty: str) -> None:
        """No text raises: one strange sample must not end a run."""
        for reason in self.judge(NASTY_TEXTS[nasty]).values():
            assert reason is None or SNAKE_CASE.fullmatch(reason)

    def test_is_linear_in_gigantic_texts(self) -> None:
        """A runaway sample does not hold up the run."""
        for shape, text in gigantic_texts().items():
            taken = seconds(lambda text=text: self.judge(text)) / len(self.filter.stages)  # type: ignore[misc]
            assert taken < self.seconds_per_megabyte, f"{taken:.1f} s for a megabyte of {shape}"


def seconds(action: Callable[[], object]) -> float:
    """How much processor time ``action`` takes; other processes do not count."""
    start = time.process_time()
    action()
    return time.process_time() - start
