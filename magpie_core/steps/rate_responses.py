"""Rewards for the responses of an instruction, and the pair they make. Any tagger with a number rates."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from magpie_core.errors import RequestError, UsageError
from magpie_core.preference import Paired, Rated, Strategy, pair_up
from magpie_core.record import REASONING, SAMPLED_REASONINGS, SPEAKERS, WHOLE, Record, Turn
from magpie_core.tagger import TagError, Tagger, TaggerEngine

NO_REWARD = "no_reward"
"""What is objected to a response that the tagger could not rate: as a rule it is too long."""
NUMBERS = ("number", "integer")


class Rater(Tagger):
    """Rates the responses that passed the filters and makes the pair; the columns are whole then."""

    name: ClassVar[str] = "rewards"
    looks_at = "response"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["prompt", "responses", "objections", "rewards", "pair", "no_pair"],
    }

    by: Tagger
    """Rates one response at a time."""
    column: str
    """The number among its columns."""
    strategy: Strategy
    margin: float

    @property
    def remedy(self) -> str | None:  # type: ignore[override]
        """That of the tagger."""
        return self.by.remedy

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """The columns of each record, which has those of the sampler in ``extra``."""
        return [await self._one(record, engine) for record in records]

    async def _one(self, record: Record, engine: TaggerEngine | None) -> dict[str, Any] | TagError:
        prompt = [Turn(**one) for one in record.extra["prompt"]]
        more = [one.strip() for one in self.strategy.more(prompt) if one.strip()]
        sampled = len(record.extra["responses"])
        responses: list[str] = [*record.extra["responses"], *more]
        objections: list[str | None] = [*record.extra["objections"], *[None] * len(more)]
        usable = [place for place, one in enumerate(objections) if one is None]
        found = await self._rewards(record, [responses[place] for place in usable], engine)
        failed = [one for one in found if isinstance(one, BaseException)]
        for error in failed:
            if len(failed) == len(found) or not isinstance(error, TagError | RequestError):
                if isinstance(error, TagError):
                    return error
                raise error
        rewards: list[float | None] = [None] * len(responses)
        for place, one in zip(usable, found, strict=True):
            if isinstance(one, BaseException):
                objections[place] = NO_REWARD
            else:
                rewards[place] = one
        rated = [
            Rated(place, responses[place].strip(), reward, sampled=place < sampled)
            for place, reward in enumerate(rewards)
            if reward is not None
        ]
        pair = pair_up(self.strategy, rated, self.margin)
        return {
            "prompt": record.extra["prompt"],
            "responses": responses,
            "rewards": rewards,
            "objections": objections,
            **_columns(pair),
            **_thoughts(record.extra.get(SAMPLED_REASONINGS), pair, len(more)),
        }

    async def _rewards(
        self, record: Record, texts: Sequence[str], engine: TaggerEngine | None
    ) -> list[float | BaseException]:
        """The reward of each text, or why it has none."""
        if self.by.together and texts:
            try:
                return [*await self.by.rate(texts, engine)]
            except TagError as error:
                return [error] * len(texts)
        return await asyncio.gather(
            *(self._reward(record, text, engine) for text in texts),
            return_exceptions=True,  # none is left running when another one fails
        )

    async def _reward(self, record: Record, text: str, engine: TaggerEngine | None) -> float:
        """The number that ``text`` gets.

        Raises:
            TagError: there is none. For other errors see ``Tagger.tag``.
        """
        [said] = await self.by.tag([_answered(record, text)], engine)
        if isinstance(said, TagError):
            raise said
        number = said.get(self.column)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise TagError(
                f"`{self.by.name}` gave {number!r} as `{self.column}`, which is no number"
            )
        if not math.isfinite(number):
            raise TagError(f"`{self.by.name}` gave {number} as `{self.column}`")
        return float(number)


def _answered(record: Record, text: str) -> Record:
    """``record`` as if ``text`` were its answer: the newest exchange, and of a longer talk all turns too."""
    turns = [Turn(**one) for one in record.extra["prompt"]]
    system = turns[0].content if turns[0].role == "system" else None
    whole = [*turns, Turn("assistant", text)]
    longer = len(turns) > (1 if system is None else 2)
    return Record(
        id=record.id,
        index=record.index,
        instruction=turns[-1].content,
        response=text,
        system=system,
        extra={WHOLE: [{"from": SPEAKERS[one.role], "value": one.content} for one in whole]}
        if longer
        else {},
    )


def _thoughts(
    reasonings: Sequence[str | None] | None, pair: Paired | str, more: int
) -> dict[str, Any]:
    """What was thought before each response, and before the two of the pair; nothing where nothing was."""
    if reasonings is None:
        return {}
    every = [*reasonings, *[None] * more]
    places = (None, None) if isinstance(pair, str) else (pair.chosen.place, pair.rejected.place)
    return {SAMPLED_REASONINGS: every} | {
        f"{side}_{REASONING}": None if place is None else every[place]
        for side, place in zip(("chosen", "rejected"), places, strict=True)
    }


def _columns(pair: Paired | str) -> dict[str, Any]:
    """The pair, or why there is none."""
    if isinstance(pair, str):
        names = ("chosen", "rejected", "chosen_reward", "rejected_reward", "margin", "pair")
        return {**dict.fromkeys(names), "no_pair": pair}
    return {
        "chosen": pair.chosen.text,
        "rejected": pair.rejected.text,
        "chosen_reward": pair.chosen.reward,
        "rejected_reward": pair.rejected.reward,
        "margin": pair.margin,
        "pair": [pair.chosen.place, pair.rejected.place],
        "no_pair": None,
    }


def number_column(tagger: Tagger) -> str:
    """The first number among the columns of ``tagger``: what it is asked for as a reward.

    Raises:
        UsageError: it gives none.
    """
    properties: Mapping[str, Mapping[str, Any]] = tagger.schema.get("properties", {})
    for name, column in properties.items():
        if column.get("type") in NUMBERS:
            return name
    raise UsageError(
        f"tagger `{tagger.name}` gives no number to compare responses by "
        f"(its columns: {', '.join(properties) or 'none'})",
        hint="--by reward --reward Skywork/Skywork-Reward-V2-Qwen3-0.6B",
    )
