"""What every strategy promises. It knows the role, not which pairs are good ones.

Inherit it, name the class, and say which pairs it makes::

    class TestClosest(StrategyContract):
        strategy = ClosestStrategy
        pairs = [([("a", 1.0), ("b", 3.0), ("c", 2.0)], ("b", "c"))]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import pytest
import tomli_w

from magpie_core.plugins import load_plugins
from magpie_core.preference import Paired, Rated, Strategy, pair_up
from magpie_core.record import Turn
from magpie_core.testing.contracts.contract import (
    Contract,
    check_offered,
    check_snake_case,
    made,
)
from magpie_core.testing.texts import NASTY_TEXTS

Texts = Sequence[tuple[str, float]]
"""Responses with their rewards."""
TRIED: tuple[Texts, ...] = (
    [("a", 0.0), ("b", 1.0)],
    [("b", 1.0), ("a", 0.0)],
    [("a", -3.5), ("b", 2.0), ("c", 2.0), ("d", 0.1)],
    [("a", 1.0), ("a", 1.0), ("b", 0.5), ("c", 0.5)],
    [(f"{text}{at}", float(at)) for at, text in enumerate(NASTY_TEXTS)],
)


class StrategyContract(Contract):
    """Checks for one strategy class."""

    strategy: ClassVar[type[Strategy]]
    """The class under test, as registered."""
    options: ClassVar[Mapping[str, Any]] = {}
    """Options, as a recipe writes them."""
    pairs: ClassVar[Sequence[tuple[Texts, tuple[str, str] | str]]] = ()
    """Responses with rewards; the texts chosen and rejected, or why there is no pair."""

    def make(self) -> Strategy:
        """A fresh one with ``options``, validated as a recipe's are."""
        return made(self.strategy, Strategy, self.options)

    def rated(self, texts: Texts) -> list[Rated]:
        """What a strategy is given for ``texts``; replace it where some come from elsewhere."""
        return [Rated(place, text, reward) for place, (text, reward) in enumerate(texts)]

    def test_is_registered_and_alone_with_its_name(self) -> None:
        """The class comes through ``magpie_register_strategies``, under a name that can be typed."""
        check_snake_case(
            self.strategy.name.replace("-", "_"), "the strategy's name, hyphens apart,"
        )
        plugins = load_plugins()
        check_offered(
            plugins.strategies(), self.strategy, plugins.broken, "magpie_register_strategies"
        )

    def test_options_are_plain_data(self) -> None:
        """They are written to the set's settings and tell a later call what it was made with."""
        made = self.make()
        assert self.make() == made, (
            "made with the same options twice, it is not equal: keep no state outside its fields"
        )
        plain = {**msgspec.to_builtins(made), **made.settings()}
        tomli_w.dumps({name: value for name, value in plain.items() if value is not None})

    def test_makes_the_pairs_it_says(self) -> None:
        """``pairs``, by the core's rules over what the strategy says."""
        for texts, wanted in self.pairs:
            found = pair_up(self.make(), self.rated(texts))
            said = (found.chosen.text, found.rejected.text) if isinstance(found, Paired) else found
            assert said == wanted, f"{texts}: {said!r}, wanted {wanted!r}"

    @pytest.mark.parametrize("texts", TRIED, ids=range(len(TRIED)))
    def test_takes_two_of_what_it_is_given_or_says_why_not(self, texts: Texts) -> None:
        """A response that nobody sampled would have no reward; a reason goes into statistics."""
        rated = self.rated(texts)
        found = self.make().pair(rated)
        if isinstance(found, str):
            check_snake_case(found, "the reason")
            return
        chosen, rejected = found
        assert chosen in rated, f"{chosen} was never given"
        assert rejected in rated, f"{rejected} was never given"

    @pytest.mark.parametrize("texts", TRIED, ids=range(len(TRIED)))
    def test_gives_the_same_answer_again(self, texts: Texts) -> None:
        """A call that goes on where another was stopped must make the pairs that one would have made."""
        rated = self.rated(texts)
        before = list(rated)
        first, again = self.make().pair(rated), self.make().pair(list(before))
        assert first == again, f"{first!r}, then {again!r} for the same responses"
        assert rated == before, "it changed what it was given"

    def test_brings_texts_or_nothing(self) -> None:
        """What ``more`` brings is rated as the sampled ones are."""
        for text in NASTY_TEXTS:
            found = self.make().more([Turn("user", text)])
            strange = [one for one in found if not isinstance(one, str)]
            assert not strange, f"`more` brings {strange[:3]!r}, which are no texts to be rated"
