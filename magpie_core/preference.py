"""The role that makes a pair of several responses. Knows texts and rewards; no model and no file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from magpie_core.record import Turn


class Rated(msgspec.Struct, frozen=True):
    """One response that could be in a pair."""

    place: int
    """Among all responses to the instruction, from 0."""
    text: str
    """Without white space at its ends."""
    reward: float
    """A finite number; higher is better."""
    sampled: bool = True
    """False for one that the strategy brought, see ``Strategy.more``."""


class Strategy(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Says which of an instruction's responses is chosen and which is rejected.

    Whatever it says, two equal texts or two equal rewards make no pair, nor do rewards that are nearer
    than the margin or the wrong way round. The best response against the second best::

        class ClosestStrategy(Strategy):
            name = "closest"

            def pair(self, rated):
                best, second, *_ = sorted(rated, key=lambda one: -one.reward)
                return best, second
    """

    name: ClassVar[str]

    @abstractmethod
    def pair(self, rated: Sequence[Rated]) -> tuple[Rated, Rated] | str:
        """The chosen and the rejected one, or a reason in snake_case why there is no pair.

        The same responses always get the same answer.

        Args:
            rated: as they were sampled, at least two, neither all of one text nor all of one reward.
        """
        raise NotImplementedError

    def more(self, prompt: Sequence[Turn]) -> Sequence[str]:
        """Responses from elsewhere to ``prompt``: rated as the sampled ones are, and kept after them."""
        return ()

    def settings(self) -> dict[str, Any]:
        """What decides its pairs besides its options, as TOML values.

        Raises:
            MagpieError: an option cannot be used.
        """
        return {}


class Paired(msgspec.Struct, frozen=True):
    """A pair that keeps the rules."""

    chosen: Rated
    rejected: Rated

    @property
    def margin(self) -> float:
        """Reward of the chosen response less that of the rejected one; above 0."""
        return self.chosen.reward - self.rejected.reward


TOO_FEW = "too_few"
EQUAL_TEXTS = "equal_texts"
EQUAL_REWARDS = "equal_rewards"
SMALL_MARGIN = "small_margin"
"""Why there is no pair, besides what a strategy says: fewer than two responses that passed the filters and
have a reward, and so on."""


def pair_up(strategy: Strategy, rated: Sequence[Rated], margin: float = 0.0) -> Paired | str:
    """The pair that ``strategy`` makes of ``rated``, or why there is none.

    Args:
        strategy: which two.
        rated: those that could be in it.
        margin: the smallest difference of rewards; any above 0 where it is 0.
    """
    if len(rated) < 2:
        return TOO_FEW
    if len({one.text for one in rated}) == 1:
        return EQUAL_TEXTS
    if len({one.reward for one in rated}) == 1:
        return EQUAL_REWARDS
    found = strategy.pair(rated)
    if isinstance(found, str):
        return found
    pair = Paired(*found)
    if pair.chosen.text == pair.rejected.text:
        return EQUAL_TEXTS
    if pair.chosen.reward == pair.rejected.reward:
        return EQUAL_REWARDS
    return pair if pair.margin > 0 and pair.margin >= margin else SMALL_MARGIN
