"""What every filter promises. It knows the role, not what a filter is for.

Inherit it, name the class, and give texts it keeps and texts it turns down::

    class TestShouting(FilterContract):
        filter = ShoutingFilter
        keeps = ["Say it softly."]
        rejects = {"SAY IT LOUDLY!": "shouting"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.errors import MagpieError
from magpie_core.filters import Draft, Filter, Stage
from magpie_core.plugins import load_plugins
from magpie_core.testing.contracts.contract import (
    SNAKE_CASE,
    Contract,
    check_offered,
    check_snake_case,
    made,
    seconds,
)
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS, gigantic_texts


class FilterContract(Contract):
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
        return made(self.filter, Filter, options)

    def test_is_named_in_snake_case(self) -> None:
        """Recipes and statistics write the name."""
        check_snake_case(self.filter.name, "the filter's name")

    def test_names_its_stages(self) -> None:
        """A stage nobody knows would never be run."""
        stages = self.filter.stages
        assert not isinstance(stages, str), f"`stages` is one text: write it as ({stages!r},)"
        assert stages, "`stages` is empty, so no run would ever ask it"
        unknown = set(stages) - {"instruction", "response"}
        assert not unknown, f"`stages` names {unknown}: there are instruction and response"

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_filters``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.filters(), self.filter, plugins.broken, "magpie_register_filters")

    def test_works_without_options(self) -> None:
        """Every option but ``required`` has a default, so that the name alone is a recipe."""
        assert self.filter(**self.required) == self.make(self.required), (
            "made with the same options twice, it is not equal: keep no state outside its fields"
        )
        if self.required:
            with pytest.raises(MagpieError) as caught:
                self.make({})
            assert caught.value.hint, "the error for a missing option has no hint with the way out"

    def test_refuses_unknown_options(self) -> None:
        """A misspelt option in a recipe is an error, not a default."""
        with pytest.raises(msgspec.ValidationError):
            self.make({"no_such_option": 1})

    def test_has_samples_of_both_kinds(self) -> None:
        """Without a text that is kept and one that is turned down nothing below means anything."""
        assert self.keeps, "give `keeps`: texts it must keep, those it nearly turns down first"
        assert self.rejects, (
            "give `rejects`: texts it must turn down, each with the reason it gives"
        )

    def test_keeps_what_it_should(self) -> None:
        """Every text of ``keeps`` is kept, in every stage."""
        wrong = {text: said for text in self.keeps if any((said := self.judge(text)).values())}
        assert not wrong, (
            f"texts of `keeps` that are turned down, with the reason by stage: {wrong}"
        )

    def test_turns_down_what_it_should(self) -> None:
        """Every text of ``rejects`` is turned down with its reason, in every stage."""
        wanted = {
            text: dict.fromkeys(self.filter.stages, why) for text, why in self.rejects.items()
        }
        said = {text: self.judge(text) for text in self.rejects}
        wrong = {text: (said[text], wanted[text]) for text in wanted if said[text] != wanted[text]}
        assert not wrong, (
            f"texts of `rejects`, with what it says by stage and what it should: {wrong}"
        )

    def test_gives_reasons_in_snake_case(self) -> None:
        """Reasons are keys of the statistics."""
        for reason in self.rejects.values():
            check_snake_case(reason, "the reason")

    def test_keeps_legitimate_instructions(self) -> None:
        """Without options, no honest instruction is lost."""
        if not self.keeps_legitimate:
            pytest.skip("a filter that selects")
        lost = {
            text: said
            for text in LEGITIMATE_INSTRUCTIONS
            if any((said := self.judge(text, self.required)).values())
        }
        assert not lost, (
            f"honest instructions that it turns down, with the reason by stage: {lost}; let it keep them, or "
            "say `keeps_legitimate = False` for a filter whose work is to select"
        )

    def test_says_the_same_again(self) -> None:
        """The same draft gets the same answer, in whatever order drafts come."""
        texts = [*self.keeps, *self.rejects, *LEGITIMATE_INSTRUCTIONS, *NASTY_TEXTS.values()]
        one = self.make(self.options)
        for stage in self.filter.stages:
            there = [one.reject(self.draft(text, stage)) for text in texts]
            back = [one.reject(self.draft(text, stage)) for text in reversed(texts)]
            changed = [t for t, a, b in zip(texts, there, back[::-1], strict=True) if a != b]
            assert not changed, (
                f"the answer depends on what came before for {changed[:3]!r}: runs finish their records in "
                "any order, so a draft must be judged by itself"
            )
        assert one == self.make(self.options), "judging changed the filter's own fields"

    def test_does_not_change_the_draft(self) -> None:
        """Filters judge; cleaners rewrite."""
        for text in [*self.keeps, *self.rejects]:
            for stage in self.filter.stages:
                draft, same = self.draft(text, stage), self.draft(text, stage)
                self.make(self.options).reject(draft)
                assert draft == same, (
                    f"it changed the draft of {text!r}: filters judge, cleaners rewrite"
                )

    @pytest.mark.parametrize("nasty", NASTY_TEXTS)
    def test_survives_nasty_texts(self, nasty: str) -> None:
        """No text raises: one strange sample must not end a run."""
        for reason in self.judge(NASTY_TEXTS[nasty]).values():
            assert reason is None or SNAKE_CASE.fullmatch(reason), (
                f"{reason!r} is neither None nor a reason in snake_case"
            )

    def test_is_linear_in_gigantic_texts(self) -> None:
        """A runaway sample does not hold up the run."""
        for shape, text in gigantic_texts().items():
            taken = seconds(lambda text=text: self.judge(text)) / len(self.filter.stages)  # type: ignore[misc]
            assert taken < self.seconds_per_megabyte, (
                f"{taken:.1f} s for a megabyte of {shape}, at most {self.seconds_per_megabyte:g}: a pattern "
                "that goes back over the text? One runaway sample would hold up a whole run"
            )
