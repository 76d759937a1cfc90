"""The method step by step, while it is watched: the pre-query, an instruction, its response, in small pieces.

A run samples whole texts; engines here do not stream. So a text is sampled in pieces of a few tokens, each
from what was sampled before: the same distribution (but for penalties on what is in the sample, which forget
earlier pieces), with other seeds than a run's. Knows no web.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from magpie_core.backend import Backend, Completion
from magpie_core.chat.reasoning import Reasoning
from magpie_core.filters import Draft
from magpie_core.plan import Plan, Side
from magpie_core.sampling import sample_seed
from magpie_core.steps.judging import Objection

PIECE = 8
"""Tokens of one request. Smaller is smoother and slower."""
MOST_TOKENS = 2_048
"""Of one text, whatever the settings allow: somebody is waiting for it."""

Event = dict[str, Any]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reader wants to watch."""

    checkpoint: str = "tiny"
    family: str | None = None
    backend: str = "transformers"
    system: str | None = None
    seed: int = 0
    go_on: bool = False
    """Answer also what a run would have turned down."""

    @property
    def engine(self) -> tuple[str, str | None, str]:
        """What decides the engine."""
        return self.checkpoint, self.family, self.backend


async def watch(plan: Plan, backend: Backend, wish: Wish) -> AsyncIterator[Event]:
    """What happens, in order; each event says in ``kind`` what it is.

    ``prompt`` (its tokens), ``piece`` (tokens and the text so far), ``sampled`` (the whole, why it ended),
    ``judged`` (raw and cleaned, and who turned it down), ``end``.

    Raises:
        MagpieError: the engine could not do it.
    """
    samples: list[Completion] = []
    side = plan.instruction
    prompt = side.prompts.for_instruction(wish.system)
    async for event in _sampled(side, backend, prompt, wish.seed, "instruction", samples):
        yield event
    draft = Draft(index=0, instruction=samples[0].text, system=wish.system)
    draft.finish_reason = samples[0].finish_reason
    objection = plan.judges.instruction(draft)
    yield _judged("instruction", samples[0].text, draft.instruction, objection)
    if (objection is not None and not wish.go_on) or not draft.instruction.strip():
        yield {"kind": "end"}
        return
    side = plan.response
    prompt = side.prompts.for_response(draft.instruction, wish.system)
    async for event in _sampled(side, backend, prompt, wish.seed, "response", samples):
        yield event
    yield _answered(plan, side, draft, samples[1])
    yield {"kind": "end"}


async def _sampled(
    side: Side,
    backend: Backend,
    prompt: Sequence[int],
    seed: int,
    step: str,
    samples: list[Completion],
) -> AsyncIterator[Event]:
    """The events of one text; its sample is put into ``samples``."""
    yield {"kind": "prompt", "step": step, "tokens": tokens_of(side, prompt)}
    async for one in _pieces(side, backend, prompt, seed, step):
        if isinstance(one, Completion):
            samples.append(one)
            finish, tokens = one.finish_reason, len(one.token_ids)
            yield {"kind": "sampled", "step": step, "finish": finish, "count": tokens}
        else:
            yield one


def tokens_of(side: Side, ids: Sequence[int]) -> list[list[Any]]:
    """Each token as its id, its text, and whether it is a special one."""
    tokenizer = side.checkpoint.tokenizer
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special = set(tokenizer.all_special_ids)
    special |= {one for one, token in added.items() if getattr(token, "special", False)}
    return [[one, str(tokenizer.decode([one])), one in special] for one in ids]


async def _pieces(
    side: Side, backend: Backend, prompt: Sequence[int], seed: int, step: str
) -> AsyncIterator[Event | Completion]:
    """Pieces as they come, and last the whole sample."""
    sampling, ids, text = side.sampling, list[int](), ""
    room = min(sampling.max_tokens, MOST_TOKENS)
    finish, reason = "length", None
    limits = [one for one in (side.context_length, backend.max_context) if one]
    if limits:
        room = min(room, min(limits) - len(prompt))
    seeds = backend.capabilities.seeds
    while len(ids) < room:
        asked = replace(
            sampling,
            max_tokens=min(PIECE, room - len(ids)),
            seed=sample_seed(seed, 0, f"{step}-piece-{len(ids)}") if seeds else None,
            first_token=sampling.first_token if not ids else None,
        )
        [piece] = await backend.complete([*prompt, *ids], asked, 1)
        ids += piece.token_ids
        ended = piece.finish_reason == "stop"
        text = text + piece.text if isinstance(piece.stop_reason, str) else _text(side, ids, piece)
        yield {
            "kind": "piece",
            "step": step,
            "tokens": tokens_of(side, piece.token_ids),
            "text": text,
        }
        if ended:
            finish, reason = "stop", piece.stop_reason
            break
    yield Completion(
        token_ids=tuple(ids),
        text=text,
        finish_reason="stop" if finish == "stop" else "length",
        stop_reason=reason,
    )


def _text(side: Side, ids: Sequence[int], piece: Completion) -> str:
    """All that was sampled, decoded together: a character may lie across two pieces."""
    stopped = isinstance(piece.stop_reason, int) and ids[-1:] == [piece.stop_reason]
    kept = list(ids[:-1] if stopped else ids)
    return str(side.checkpoint.tokenizer.decode(kept, skip_special_tokens=True))


def _judged(step: str, raw: str, cleaned: str, objection: Objection | None) -> Event:
    return {
        "kind": "judged",
        "step": step,
        "raw": raw,
        "cleaned": cleaned,
        "reason": None if objection is None else objection.reason,
        "by": None if objection is None else objection.by,
    }


def _answered(plan: Plan, side: Side, draft: Draft, sample: Completion) -> Event:
    prompts = side.prompts
    said = Reasoning(prompts.chat, prompts.tokenizer, prompts.encode).of(sample)
    draft.response, draft.finish_reason = said.answer, sample.finish_reason
    objection = plan.judges.response(draft)
    if said.unclosed is not None:
        objection = Objection("unfinished_reasoning", "reasoning")
    found = _judged("response", sample.text, said.answer, objection)
    return {**found, "reasoning": said.reasoning}
