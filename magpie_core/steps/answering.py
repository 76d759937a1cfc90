"""Ask for answers, and keep what was thought apart from what was said. Knows no record and no run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from magpie_core.backend import Backend, Completion
from magpie_core.chat.reasoning import Marks, Reasoning
from magpie_core.plan import Side
from magpie_core.record import CUT, REASONING
from magpie_core.sampling import Sampling, sample_seed
from magpie_core.steps.asking import ask, ask_several
from magpie_core.steps.judging import Objection

UNCLOSED = Objection("unfinished_reasoning", REASONING)
NO_ANSWER = Objection("no_answer", REASONING)


class Answer(NamedTuple):
    """One sampled answer."""

    text: str
    """What was said, without the white space around it; empty where the model never came to it."""
    reasoning: str | None
    """What was thought before; None where nothing was."""
    finish_reason: str
    tokens: int
    """Sampled, those of the reasoning too."""
    cut: bool | None
    """Whether the budget ended the reasoning; None where there is no budget."""
    objection: Objection | None
    """What speaks against it before any filter has seen it: there is no answer in it."""

    @property
    def shown(self) -> str:
        """What there is to see: of an answer that never came, what was thought."""
        return self.text or self.reasoning or ""

    def columns(self) -> dict[str, Any]:
        """What of it becomes columns of a record.

        With a budget every record says whether it was cut, so that ``NOT reasoning_cut`` keeps those that
        did not think at all.
        """
        found: dict[str, Any] = {} if self.reasoning is None else {REASONING: self.reasoning}
        return found if self.cut is None else found | {CUT: self.cut}


class Answering:
    """Samples answers of one side.

    With a budget, at most so many tokens are sampled first. A reasoning that has not ended by then is ended
    for the model, as it would have done itself, and it goes on with the answer.

    Args:
        side: prompts, sampling and format of the checkpoint that answers.
        backend: open.
        seed: of the run, or of the step.
        budget: most tokens of a reasoning; None for no limit but that of the whole sample.
        sampling: in place of the side's.
    """

    def __init__(
        self,
        side: Side,
        backend: Backend,
        seed: int,
        budget: int | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        prompts = side.prompts
        self._side = side
        self._backend = backend
        self._seed = seed
        self._budget = budget
        self._sampling = sampling or side.sampling
        self._reasoning = Reasoning(prompts.chat, prompts.tokenizer, prompts.encode)

    async def one(self, prompt: Sequence[int], index: int, step: str) -> Answer:
        """One answer. Raises what ``ask_several`` does."""
        return (await self.several(prompt, index, step, 1))[0]

    async def several(self, prompt: Sequence[int], index: int, step: str, n: int) -> list[Answer]:
        """``n`` answers to one prompt; their seeds follow from ``index`` and ``step``.

        Raises:
            EngineDeadError: the engine is gone.
            RequestError: the request was refused.
            BackendError: it failed every time.
        """
        seed = sample_seed(self._seed, index, step)
        if self._budget is None:
            found = await ask_several(self._backend, prompt, self._sampling, seed, n)
            return [self._answer(one, len(one.token_ids)) for one in found]
        first = replace(self._sampling, max_tokens=self._budget)
        begun = await ask_several(self._backend, prompt, first, seed, n)
        ended = await asyncio.gather(
            *(
                self._ended(prompt, one, sample_seed(self._seed, index, f"{step}-goes-on-{place}"))
                for place, one in enumerate(begun)
            ),
            return_exceptions=True,  # none is left running when another one fails
        )
        if failed := [one for one in ended if isinstance(one, BaseException)]:
            raise failed[0]
        return [one for one in ended if isinstance(one, Answer)]

    async def _ended(self, prompt: Sequence[int], begun: Completion, seed: int) -> Answer:
        """The whole of what ``begun`` begins."""
        sampled = len(begun.token_ids)
        if begun.finish_reason == "stop":
            return self._answer(begun, sampled, cut=False)
        unclosed = self._reasoning.of(begun).unclosed
        written = list(begun.token_ids) + self._closed(unclosed)
        room = self._sampling.max_tokens - sampled
        if self._too_long(len(prompt) + len(written)) or room < 1:
            return self._answer(begun, sampled, cut=False)
        rest = await ask(
            self._backend, [*prompt, *written], replace(self._sampling, max_tokens=room), seed
        )
        whole = replace(rest, token_ids=(*written, *rest.token_ids), text=self._text(written, rest))
        return self._answer(whole, sampled + len(rest.token_ids), cut=unclosed is not None)

    def _closed(self, marks: Marks | None) -> list[int]:
        return [] if marks is None else self._reasoning.closing_ids(marks)

    def _text(self, written: Sequence[int], rest: Completion) -> str:
        """Text of both parts; decoded together, since tokens know what stands before them."""
        ids = [*written, *rest.token_ids]
        if isinstance(rest.stop_reason, int) and ids[-1] == rest.stop_reason:
            ids.pop()
        text = self._reasoning.text_of(ids)
        if isinstance(rest.stop_reason, str):
            before, found, _ = text.rpartition(rest.stop_reason)
            return before if found else text
        return text

    def _too_long(self, tokens: int) -> bool:
        known = [one for one in (self._side.context_length, self._backend.max_context) if one]
        return bool(known) and tokens >= min(known)

    def _answer(self, sample: Completion, tokens: int, *, cut: bool | None = None) -> Answer:
        said = self._reasoning.of(sample)
        objection = None
        if said.unclosed is not None:
            objection = UNCLOSED
        elif said.reasoning is not None and not said.answer:
            objection = NO_ANSWER
        return Answer(said.answer, said.reasoning, sample.finish_reason, tokens, cut, objection)
