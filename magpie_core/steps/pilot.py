"""The pilot: a few instructions, drawn and judged before the rest is paid for. Writes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import NamedTuple

from magpie_core.backend import Backend, Completion
from magpie_core.errors import BackendError, EngineDeadError, PreflightError
from magpie_core.filters import Draft
from magpie_core.plan import Plan, Side
from magpie_core.preflight.check import Check
from magpie_core.sampling import sample_seed
from magpie_core.steps.asking import ask

HOPELESS_SHARE = 0.75
"""A pilot is hopeless when this share of its samples fails in the same way. With eight samples of a
model whose true rate is 40 %, six or more fail by chance in one run of twenty: hence not lower."""


class Hopeless(NamedTuple):
    """One way to fail, and what to do about it."""

    reasons: tuple[str, ...]
    """For which a filter turned the instruction down."""
    hint: str


FROM_NOTHING = Hopeless(
    ("empty", "reasoning", "bare_answer"),
    "this checkpoint seems not to write instructions from nothing (reasoning models seldom do): take its "
    "sibling that does not reason, and let this one answer: --checkpoint SIBLING --respond-with CHECKPOINT",
)
ANSWERS = Hopeless(
    ("assistant_greeting",),
    "the model answers instead of asking: its chat template is applied twice or the pre-query is wrong, "
    "see: magpie probe CHECKPOINT",
)
ENDLESS = Hopeless(
    ("no_stop",),
    "no stop token was met: raise --max-instruction-tokens, or see the stop tokens in: "
    "magpie probe CHECKPOINT",
)


async def pilot(plan: Plan, backend: Backend, samples: int) -> Check:
    """Draw a few instructions and judge them: empty, greeting the user, never stopping.

    Raises:
        PreflightError: most samples fail in the same way, or none is kept.
        EngineDeadError: the engine is gone.
    """
    side = plan.instruction
    prompt = side.prompts.for_instruction(side.system)
    seeds = [sample_seed(plan.recipe.run.seed, index, "pilot") for index in range(samples)]
    answers = await asyncio.gather(
        *(ask(backend, prompt, side.sampling, seed) for seed in seeds), return_exceptions=True
    )
    for one in answers:
        if isinstance(one, EngineDeadError) or not isinstance(one, Completion | Exception):
            raise one
    reasons = [_reason(plan, one) for one in answers]
    for way in (FROM_NOTHING, ANSWERS, ENDLESS):
        alike = [at for at, reason in enumerate(reasons) if reason in way.reasons]
        if len(alike) >= max(2, HOPELESS_SHARE * samples):
            first = answers[alike[0]]
            named = " or ".join(f"`{one}`" for one in way.reasons if one in reasons)
            raise PreflightError(
                f"pilot: {len(alike)} of {samples} instructions were rejected as {named}, "
                f"the first: {_shown(first)}",
                hint=_hint(way.hint, side),
            )
    kept = reasons.count(None)
    if kept == 0 and samples > 1:
        found = ", ".join(f"{reason} {n}" for reason, n in Counter(reasons).most_common(4))
        raise PreflightError(
            f"pilot: none of {samples} instructions was kept ({found}), the first: "
            f"{_shown(answers[0])}",
            hint=f"magpie probe {side.checkpoint.name}   # or --pilot 0 to go on regardless",
        )
    return Check("pilot", "ok", f"{kept} of {samples} sampled instructions kept")


def _hint(hint: str, side: Side) -> str:
    sibling = side.family.instructions_from if side.family else None
    return hint.replace("CHECKPOINT", side.checkpoint.name).replace("SIBLING", sibling or "SIBLING")


def _reason(plan: Plan, answer: Completion | BaseException) -> str | None:
    """Why the run would turn this sample down, or None."""
    if isinstance(answer, BaseException):
        return "request_failed" if isinstance(answer, BackendError) else type(answer).__name__
    draft = Draft(index=0, instruction=answer.text, finish_reason=answer.finish_reason)
    try:
        objection = plan.judges.instruction(draft)
    except Exception as error:  # a plugin's mistake: the run would record it and go on
        return f"{type(error).__name__}: {error}"
    return objection.reason if objection else None


def _shown(answer: Completion | BaseException) -> str:
    return repr(answer.text[:80]) if isinstance(answer, Completion) else str(answer)
