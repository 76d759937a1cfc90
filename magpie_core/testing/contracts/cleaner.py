"""What every cleaner promises. It knows the role, not what a cleaner is for.

Inherit it, name the class, and give what it makes of texts (None: nothing is left, it rejects)::

    class TestShortener(CleanerContract):
        cleaner = ShortenerCleaner
        cleans = {"one two": "one", "-": None}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import pytest

from magpie_core.filters import Cleaner, Reject
from magpie_core.plugins import load_plugins
from magpie_core.testing.contracts.contract import (
    Contract,
    check_offered,
    check_snake_case,
    made,
    seconds,
)
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS, gigantic_texts


class CleanerContract(Contract):
    """Checks for one cleaner class."""

    cleaner: ClassVar[type[Cleaner]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options for ``cleans``, as a recipe writes them."""
    cleans: ClassVar[Mapping[str, str | None]] = {}
    """What it makes of texts; None when it rejects them."""
    seconds_per_megabyte: ClassVar[float] = 2.0
    """How long a text of a million characters may take. A second is plenty on an idle machine."""

    def make(self, options: Mapping[str, Any]) -> Cleaner:
        """A cleaner with ``options``, validated the way a run does it."""
        return made(self.cleaner, Cleaner, options)

    def clean(self, text: str) -> str | None:
        """What is left of ``text``, or None when it is rejected with a good reason."""
        left = self.make(self.options).clean(text)
        if isinstance(left, Reject):
            check_snake_case(left.reason, "the reason")
            return None
        assert isinstance(left, str), f"{text!r} became {left!r}, neither a text nor a Reject"
        return left

    def test_is_named_in_snake_case(self) -> None:
        """Recipes and statistics write the name."""
        check_snake_case(self.cleaner.name, "the cleaner's name")

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_filters``, and no other plugin has its name."""
        plugins = load_plugins()
        check_offered(plugins.cleaners(), self.cleaner, plugins.broken, "magpie_register_filters")

    def test_works_without_options(self) -> None:
        """Every option has a default, so that the name alone is a recipe."""
        assert self.cleaner() == self.make({}), (
            "made without options twice, it is not equal: keep no state outside its fields"
        )

    def test_refuses_unknown_options(self) -> None:
        """A misspelt option in a recipe is an error, not a default."""
        with pytest.raises(msgspec.ValidationError):
            self.make({"no_such_option": 1})

    def test_cleans_what_it_should(self) -> None:
        """Every text of ``cleans`` becomes what stands there."""
        assert self.cleans, (
            "give `cleans`: texts with what it makes of them, None where nothing is left"
        )
        made = {text: self.clean(text) for text in self.cleans}
        wrong = {
            text: (made[text], want) for text, want in self.cleans.items() if made[text] != want
        }
        assert not wrong, f"texts of `cleans`, with what became of them and what should: {wrong}"

    def test_leaves_legitimate_instructions_alone(self) -> None:
        """No honest instruction is changed."""
        made = {text: self.clean(text) for text in LEGITIMATE_INSTRUCTIONS}
        harmed = {text: left for text, left in made.items() if left != text}
        assert not harmed, f"honest instructions that it changes, with what it leaves: {harmed}"

    def test_is_idempotent(self) -> None:
        """Cleaning twice is cleaning once."""
        for text in [*self.cleans, *LEGITIMATE_INSTRUCTIONS, *NASTY_TEXTS.values()]:
            once = self.clean(text)
            assert once is None or self.clean(once) == once, (
                f"{text!r} becomes {once!r}, and that {self.clean(once)!r}: clean until nothing is left to do"
            )

    @pytest.mark.parametrize("nasty", NASTY_TEXTS)
    def test_survives_nasty_texts(self, nasty: str) -> None:
        """No text raises: one strange sample must not end a run."""
        self.clean(NASTY_TEXTS[nasty])

    def test_is_linear_in_gigantic_texts(self) -> None:
        """A runaway sample does not hold up the run."""
        for shape, text in gigantic_texts().items():
            taken = seconds(lambda text=text: self.clean(text))  # type: ignore[misc]
            assert taken < self.seconds_per_megabyte, (
                f"{taken:.1f} s for a megabyte of {shape}, at most {self.seconds_per_megabyte:g}: a pattern "
                "that goes back over the text? One runaway sample would hold up a whole run"
            )
