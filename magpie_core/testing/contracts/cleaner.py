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
from magpie_core.testing.contracts.filter import SNAKE_CASE, refuse_quiet_overrides, seconds
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS, NASTY_TEXTS, gigantic_texts


class CleanerContract:
    """Checks for one cleaner class."""

    cleaner: ClassVar[type[Cleaner]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options for ``cleans``, as a recipe writes them."""
    cleans: ClassVar[Mapping[str, str | None]] = {}
    """What it makes of texts; None when it rejects them."""
    seconds_per_megabyte: ClassVar[float] = 2.0
    """How long a text of a million characters may take. A second is plenty on an idle machine."""

    def __init_subclass__(cls) -> None:
        refuse_quiet_overrides(cls, CleanerContract)

    def make(self, options: Mapping[str, Any]) -> Cleaner:
        """A cleaner with ``options``, validated the way a run does it."""
        return msgspec.convert(dict(options), self.cleaner)

    def clean(self, text: str) -> str | None:
        """What is left of ``text``, or None when it is rejected with a good reason."""
        left = self.make(self.options).clean(text)
        if isinstance(left, Reject):
            assert SNAKE_CASE.fullmatch(left.reason)
            return None
        assert isinstance(left, str)
        return left

    def test_is_named_in_snake_case(self) -> None:
        """Recipes and statistics write the name."""
        assert SNAKE_CASE.fullmatch(self.cleaner.name)

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_filters``, and no other plugin has its name."""
        plugins = load_plugins()
        assert plugins.cleaners().get(self.cleaner.name) is self.cleaner
        assert not [info for info in plugins.broken if self.cleaner.name in str(info.problem)]

    def test_works_without_options(self) -> None:
        """Every option has a default, so that the name alone is a recipe."""
        assert self.cleaner() == self.make({})

    def test_refuses_unknown_options(self) -> None:
        """A misspelt option in a recipe is an error, not a default."""
        with pytest.raises(msgspec.ValidationError):
            self.make({"no_such_option": 1})

    def test_cleans_what_it_should(self) -> None:
        """Every text of ``cleans`` becomes what stands there."""
        assert {text: self.clean(text) for text in self.cleans} == dict(self.cleans)

    def test_leaves_legitimate_instructions_alone(self) -> None:
        """No honest instruction is changed."""
        assert [self.clean(text) for text in LEGITIMATE_INSTRUCTIONS] == list(
            LEGITIMATE_INSTRUCTIONS
        )

    def test_is_idempotent(self) -> None:
        """Cleaning twice is cleaning once."""
        for text in [*self.cleans, *LEGITIMATE_INSTRUCTIONS, *NASTY_TEXTS.values()]:
            once = self.clean(text)
            assert once is None or self.clean(once) == once

    @pytest.mark.parametrize("nasty", NASTY_TEXTS)
    def test_survives_nasty_texts(self, nasty: str) -> None:
        """No text raises: one strange sample must not end a run."""
        self.clean(NASTY_TEXTS[nasty])

    def test_is_linear_in_gigantic_texts(self) -> None:
        """A runaway sample does not hold up the run."""
        for shape, text in gigantic_texts().items():
            taken = seconds(lambda text=text: self.clean(text))  # type: ignore[misc]
            assert taken < self.seconds_per_megabyte, f"{taken:.1f} s for a megabyte of {shape}"
