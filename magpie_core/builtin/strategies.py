"""The strategies that come with the core: best against worst, and against another model's responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from magpie_core.hookspecs import hookimpl
from magpie_core.preference import TOO_FEW, Rated, Strategy
from magpie_core.record import Turn

NO_OTHER = "no_other"
"""Why there is no pair where the other model has no response to a prompt, or none that could be rated."""


class BestWorstStrategy(Strategy):
    """The highest reward is chosen, the lowest rejected; of equal ones the first (arXiv 2406.08464)."""

    name = "best-worst"

    def pair(self, rated: Sequence[Rated]) -> tuple[Rated, Rated]:
        """The two extremes."""
        return best(rated), worst(rated)


class _WithOther(Strategy):
    """Brings the response that another run or file has to the same prompt."""

    other: str
    """A run or a file; its first response to a prompt counts."""

    def more(self, prompt: Sequence[Turn]) -> Sequence[str]:
        """The other's response, if it has one."""
        found = _responses(self.other).get(_digest(prompt))
        return () if found is None else (found,)

    def settings(self) -> dict[str, Any]:
        """Which records the other holds."""
        from magpie_core.dataset.source import open_source

        with open_source(Path(self.other)) as source:
            return {"source": source.identity}


class AgainstOtherStrategy(_WithOther):
    """The best sampled response is chosen, the other model's rejected: a base model, say."""

    name = "against-other"

    def pair(self, rated: Sequence[Rated]) -> tuple[Rated, Rated] | str:
        """The best of ours, and theirs."""
        ours, theirs = _sides(rated)
        if not theirs:
            return NO_OTHER
        return (best(ours), theirs[0]) if ours else TOO_FEW


class OtherBestStrategy(_WithOther):
    """The other model's response is chosen, the worst sampled one rejected: a larger model, say."""

    name = "other-best"

    def pair(self, rated: Sequence[Rated]) -> tuple[Rated, Rated] | str:
        """Theirs, and the worst of ours."""
        ours, theirs = _sides(rated)
        if not theirs:
            return NO_OTHER
        return (theirs[0], worst(ours)) if ours else TOO_FEW


def best(rated: Iterable[Rated]) -> Rated:
    """The one with the highest reward, of equal ones the first."""
    return max(rated, key=lambda one: one.reward)


def worst(rated: Iterable[Rated]) -> Rated:
    """The one with the lowest reward, of equal ones the first."""
    return min(rated, key=lambda one: one.reward)


def _sides(rated: Sequence[Rated]) -> tuple[list[Rated], list[Rated]]:
    ours = [one for one in rated if one.sampled]
    return ours, [one for one in rated if not one.sampled]


@lru_cache(maxsize=1)
def _responses(path: str) -> Mapping[bytes, str]:
    """The last answers of a run or file by their prompts; read once, and held in memory."""
    from magpie_core.dataset.conversation import conversation_of
    from magpie_core.dataset.source import open_source

    found: dict[bytes, str] = {}
    with open_source(Path(path)) as source:
        for record in source.records():
            turns = conversation_of(record)
            if turns[-1].role == "assistant":
                found.setdefault(_digest(turns[:-1]), turns[-1].content)
    return found


def _digest(prompt: Sequence[Turn]) -> bytes:
    """What the user said, all turns: two models need not have answered the earlier ones alike."""
    said = "\0".join(one.content for one in prompt if one.role == "user")
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@hookimpl
def magpie_register_strategies() -> list[type[Strategy]]:
    """Offer them."""
    return [AgainstOtherStrategy, BestWorstStrategy, OtherBestStrategy]
