"""Let a conversation grow: the user's next words sampled from what was said, then the answer to them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from magpie_core.backend import Backend
from magpie_core.chat.reasoning import take_apart
from magpie_core.filters import Draft
from magpie_core.plan import Plan, Side
from magpie_core.record import REASONINGS, SPEAKERS, WHOLE, Turn
from magpie_core.sampling import sample_seed
from magpie_core.steps.answering import Answering
from magpie_core.steps.asking import ask
from magpie_core.steps.farewell import is_farewell

EMPTY = "empty"
FAREWELL = "farewell"
REPEAT = "repeat"
CONTEXT = "context"
"""What ends a conversation besides the filters: their reasons, which are written as well."""
ANSWER = "answer_"
"""Stands before a reason that is the answer's."""


@dataclass
class Grown:
    """A conversation after its growth."""

    turns: list[Turn]
    """All of it, system prompt first when there is one."""
    ended: str | None = None
    """Why it stopped before it had the exchanges wanted, in one word; None where it has them."""
    tokens: int = 0
    """Sampled, the discarded ones too."""
    reasonings: list[str | None] = field(default_factory=list)
    """What was thought before each answer."""

    @property
    def exchanges(self) -> int:
        """Questions with their answers."""
        return exchanges(self.turns)

    def columns(self) -> dict[str, Any]:
        """As columns of a record: the whole conversation in the published form."""
        found = {
            WHOLE: [{"from": SPEAKERS[one.role], "value": one.content} for one in self.turns],
            "exchanges": self.exchanges,
            "ended": self.ended,
        }
        return found | {REASONINGS: self.reasonings} if any(self.reasonings) else found


class FollowUps:
    """Adds exchanges to conversations. One that cannot go on keeps what it has.

    Args:
        plan: prompts, sampling and filters.
        backend: open; writes the user's turns.
        answering: writes the answers.
        wanted: exchanges that a conversation should have.
        system: takes the place of the system prompt while the user's next words are sampled.
    """

    def __init__(
        self,
        plan: Plan,
        backend: Backend,
        answering: Answering,
        wanted: int,
        system: str | None = None,
    ) -> None:
        self._plan = plan
        self._backend = backend
        self._answering = answering
        self._wanted = wanted
        self._system = system

    async def grow(
        self, index: int, turns: Sequence[Turn], reasonings: Sequence[str | None] = ()
    ) -> Grown:
        """``turns`` with as many exchanges more as are wanted, or as come.

        Args:
            index: of the record; with the run's seed it decides every sample's seed.
            turns: ends with an answer.
            reasonings: what was thought before the answers in ``turns``, as far as it is known.

        Raises:
            EngineDeadError: the engine is gone.
            BackendError: a request was refused, or failed every time.
            ChatTemplateError: the conversation cannot be written in this chat format.
        """
        grown = Grown(list(turns))
        unknown = [None] * (grown.exchanges - len(reasonings))
        grown.reasonings = [*reasonings, *unknown][: grown.exchanges]
        while grown.ended is None and grown.exchanges < self._wanted:
            grown.ended = await self._exchange(index, grown)
        return grown

    async def _exchange(self, index: int, grown: Grown) -> str | None:
        """Add one exchange to ``grown``, or say why there is none."""
        number = grown.exchanges + 1
        history = [said_in_history(one) for one in grown.turns]
        side = self._plan.instruction
        prompt = side.prompts.for_follow_up(history, self._system)
        if _too_long(prompt, side):
            return CONTEXT
        seed = sample_seed(self._plan.recipe.run.seed, index, f"instruction-{number}")
        asked = await ask(self._backend, prompt, side.sampling, seed)
        grown.tokens += len(asked.token_ids)
        draft = Draft(index=index, instruction=asked.text, finish_reason=asked.finish_reason)
        if (objection := self._plan.judges.instruction(draft, follow_up=True)) is not None:
            return objection.reason
        if (reason := _ends_talk(draft.instruction, grown.turns)) is not None:
            return reason

        side = self._plan.response
        turn = Turn("user", draft.instruction)
        prompt = side.prompts.for_turns([*history, turn])
        if _too_long(prompt, side):
            return CONTEXT
        answer = await self._answering.one(prompt, index, f"response-{number}")
        grown.tokens += answer.tokens
        draft.response = answer.text
        draft.finish_reason = answer.finish_reason
        objection = answer.objection or self._plan.judges.response(draft)
        if objection is not None:
            return ANSWER + objection.reason
        if not draft.response:
            return ANSWER + EMPTY
        grown.turns += [turn, Turn("assistant", draft.response)]
        grown.reasonings.append(answer.reasoning)
        return None


def exchanges(turns: Sequence[Turn]) -> int:
    """Answers in ``turns``."""
    return sum(one.role == "assistant" for one in turns)


def said_in_history(turn: Turn) -> Turn:
    """``turn`` without its reasoning, which chat templates leave out of what was said before."""
    if turn.role != "assistant":
        return turn
    said = take_apart(turn.content, closing_alone=True)
    if said.unclosed is not None or said.answer == turn.content.strip():
        return turn
    return Turn("assistant", said.answer)


def _too_long(prompt: Sequence[int], side: Side) -> bool:
    return side.context_length is not None and len(prompt) >= side.context_length


def _ends_talk(text: str, turns: Sequence[Turn]) -> str | None:
    said = _words(text)
    if not said:
        return EMPTY
    if any(said == _words(one.content) for one in turns if one.role != "system"):
        return REPEAT
    return FAREWELL if is_farewell(text) else None


def _words(text: str) -> str:
    """``text`` as it is compared: without case, white space and punctuation; pictures and signs stay."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = re.sub(r"[\s.,;:!?\"'’“”‘…()\[\]*_`-]+", " ", folded).strip()
    return bare or " ".join(folded.split())
