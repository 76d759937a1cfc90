"""The checks before the first token is paid for, and the small pilot before the rest. Prints nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from magpie_core.backend import Backend, Completion
from magpie_core.errors import ChatTemplateError, PreflightError
from magpie_core.family import Family
from magpie_core.filters import Draft
from magpie_core.plan import Plan, Side
from magpie_core.resolve import differences, token_id
from magpie_core.sampling import sample_seed

State = Literal["ok", "note", "fail"]

HOPELESS_SHARE = 0.75
"""A pilot is hopeless when this share of its samples fails in the same way. With eight samples of a
model whose true rate is 40 %, six or more fail by chance in one run of twenty: hence not lower."""
HINTS = {
    "empty": "this checkpoint may not write instructions from nothing (reasoning models often do not): "
    "choose its non-thinking sibling for instructions and keep it for responses with [response_engine]",
    "assistant_greeting": "the model answers instead of asking: its chat template is applied twice or "
    "the pre-query is wrong, see: magpie probe CHECKPOINT",
    "no_stop": "no stop token was met: raise --max-instruction-tokens, or see the stop tokens in: "
    "magpie probe CHECKPOINT",
}


class Check(msgspec.Struct, frozen=True):
    """One check: ``ok``, a ``note`` worth reading, or ``fail``, which stops the run."""

    name: str
    state: State
    detail: str


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint's prompts are made of: the contents of ``magpie probe --json``."""

    checkpoint: str
    family: str | None
    format: str
    """``derived`` or ``registered``."""
    fingerprint: str
    pre_query: str
    """Text instructions are sampled from, before the token-safe cut."""
    pre_query_ids: list[int]
    pre_query_with_system: str | None
    default_system: str | None
    system_role: str
    user_to_assistant: str
    turn_append: str
    bos: str | None
    stop_token_ids: list[int]
    stop_tokens: list[str]
    stop_strings: list[str]
    context_length: int | None
    checks: list[Check]
    problems: list[str]
    """Details of the checks that failed."""


def probe(side: Side) -> Probe:
    """Take a checkpoint's prompts apart and check them, without its weights."""
    chat, prompts, tokenizer = side.chat, side.prompts, side.checkpoint.tokenizer
    checks = static_checks(side)
    stops = side.sampling.stop_token_ids
    return Probe(
        checkpoint=side.checkpoint.name,
        family=side.family.name if side.family else None,
        format=chat.source,
        fingerprint=chat.fingerprint,
        pre_query=chat.opening(bare=prompts.bare),
        pre_query_ids=prompts.encode(prompts.pre_query_text()),
        pre_query_with_system=chat.pre_query_with_system,
        default_system=chat.default_system,
        system_role=chat.system_role,
        user_to_assistant=chat.user_to_assistant,
        turn_append=chat.turn_append,
        bos=chat.bos,
        stop_token_ids=list(stops),
        stop_tokens=[str(one) for one in tokenizer.convert_ids_to_tokens(list(stops))],
        stop_strings=list(side.sampling.stop_strings),
        context_length=side.checkpoint.context_length,
        checks=checks,
        problems=[check.detail for check in checks if check.state == "fail"],
    )


def static_checks(side: Side) -> list[Check]:
    """Template against facts, token boundary, BOS, stop tokens, context length."""
    checks = [_template(side), _boundary(side), _bos(side), _stops(side), _context(side)]
    return [*checks, _first_token(side)] if side.sampling.first_token else checks


def require(checks: Sequence[Check]) -> None:
    """Stop where a check failed.

    Raises:
        PreflightError: names every failed check.
    """
    failed = [f"{check.name}: {check.detail}" for check in checks if check.state == "fail"]
    if failed:
        raise PreflightError(
            "preflight failed: " + "; ".join(failed), hint="magpie probe CHECKPOINT"
        )


def _template(side: Side) -> Check:
    if side.family is None:
        return Check(
            "chat template", "note", "no family's facts to compare with; the template decides"
        )
    if side.chat.source == "registered":
        return Check("chat template", "note", f"registered facts of {side.family.name} are used")
    found = differences(side.chat, side.family)
    if found:
        return Check("chat template", "note", f"differs from {side.family.name}: {found[0]}")
    return Check("chat template", "ok", f"as {side.family.title} is known to render")


def _boundary(side: Side) -> Check:
    try:
        unsafe = side.prompts.unsafe_probes()
    except ChatTemplateError as error:
        return Check("token boundary", "fail", error.message)
    ids = side.prompts.encode(side.prompts.pre_query_text())
    if unsafe:
        return Check(
            "token boundary",
            "fail",
            f"the pre-query's last token merges with user text such as {unsafe[0]!r}",
        )
    return Check("token boundary", "ok", f"cut after {len(ids)} tokens: {ids}")


def _bos(side: Side) -> Check:
    tokenizer = side.checkpoint.tokenizer
    ids = side.prompts.encode(side.prompts.pre_query_text())
    bos = tokenizer.bos_token_id
    count = ids.count(bos) if bos is not None else 0
    expected = 1 if side.chat.bos else 0
    # Some families reuse the BOS token elsewhere, so only the front is held to the rule.
    front = ids[:2].count(bos) if bos is not None else 0
    state: State = "ok" if front == expected else "fail"
    word = {0: "none, and the format has none", 1: "exactly one, at the front"}.get(
        count, f"{count}"
    )
    return Check(
        "BOS", state, word if state == "ok" else f"{count} where the format has {expected}"
    )


def _stops(side: Side) -> Check:
    tokenizer, stops = side.checkpoint.tokenizer, side.sampling.stop_token_ids
    if not stops and not side.sampling.stop_strings:
        return Check("stop tokens", "fail", "none known: every sample would run to max_tokens")
    names = tokenizer.convert_ids_to_tokens(list(stops))
    strange = [
        f"{one}"
        for one, name in zip(stops, names, strict=True)
        if name is None or one >= len(tokenizer)
    ]
    if strange:
        return Check("stop tokens", "fail", f"ids outside the vocabulary: {', '.join(strange)}")
    shown = ", ".join(f"{name}={one}" for one, name in zip(stops, names, strict=True))
    wrong = _misplaced(side.family, tokenizer) if side.family else []
    if wrong:
        return Check("stop tokens", "note", f"{shown}; {wrong[0]}")
    return Check("stop tokens", "ok", shown)


def _misplaced(family: Family, tokenizer: Any) -> list[str]:
    """Stop tokens the vocabulary lacks, or has under another id than the family's release."""
    found = []
    ids = {token: token_id(tokenizer, token) for token in family.stop_tokens}
    for token, one in ids.items():
        if one is None:
            found.append(f"`{token}` of {family.name} is not in this vocabulary")
    known = dict(zip(family.stop_tokens, family.stop_token_ids, strict=False))
    moved = [t for t, one in ids.items() if one is not None and known.get(t, one) != one]
    if moved and len(moved) < len(known):
        found.append(
            f"`{moved[0]}` has id {ids[moved[0]]}, {family.name} has it as {known[moved[0]]}"
        )
    return found


def _context(side: Side) -> Check:
    context = side.checkpoint.context_length
    if context is None:
        return Check("context", "note", "the checkpoint does not state its context length")
    prompt = len(side.prompts.encode(side.prompts.pre_query_text()))
    if prompt + 16 > context:
        return Check("context", "fail", f"the pre-query has {prompt} tokens, the context {context}")
    if prompt + side.sampling.max_tokens > context:
        left = context - prompt
        return Check("context", "note", f"{context} tokens: samples end after {left} at the latest")
    return Check("context", "ok", f"{context} tokens")


def _first_token(side: Side) -> Check:
    rule = side.sampling.first_token
    assert rule is not None
    encode = side.prompts.encode
    banned = rule.banned_ids(encode)
    skipped = [text for text in rule.ban if len(encode(text)) != 1]
    detail = f"{rule.name}: ids {list(banned)} may not come first"
    if rule.divide_logits != 1:
        detail += f", logits divided by {rule.divide_logits}"
    if skipped:
        return Check("first token", "note", f"{detail}; no single token here: {', '.join(skipped)}")
    return Check("first token", "ok", detail)


def require_capabilities(backend: Backend, side: Side) -> None:
    """Refuse a backend that cannot do what the sampling asks for.

    Raises:
        PreflightError: names what is missing and how to do without it.
    """
    can, sampling = backend.capabilities, side.sampling
    if sampling.first_token is not None and not can.first_token_rules:
        raise PreflightError(
            f"backend `{side.backend}` cannot apply the first-token rule `{sampling.first_token.name}`",
            hint='choose another --backend, or go without: [instruction] first_token = "none"',
        )
    if sampling.stop_strings and not can.stop_strings:
        raise PreflightError(
            f"backend `{side.backend}` cannot stop at strings, and this format's roles are plain text",
            hint="choose another --backend",
        )


async def pilot(plan: Plan, backend: Backend, samples: int) -> Check:
    """Draw a few instructions and judge them: empty, greeting the user, never stopping."""
    side = plan.instruction
    prompt = side.prompts.for_instruction(plan.recipe.run.system)

    async def one(index: int) -> Completion:
        seed = sample_seed(plan.recipe.run.seed, index, "pilot")
        seeded = msgspec.structs.replace(
            side.sampling, seed=seed if backend.capabilities.seeds else None
        )
        return (await backend.complete(prompt, seeded))[0]

    completions = await asyncio.gather(*(one(index) for index in range(samples)))
    reasons = [_reason(plan, completion) for completion in completions]
    for reason in HINTS:
        if (count := reasons.count(reason)) >= max(2, HOPELESS_SHARE * samples):
            raise PreflightError(
                f"pilot: {count} of {samples} instructions were rejected as `{reason}`, "
                f"the first: {completions[reasons.index(reason)].text[:80]!r}",
                hint=HINTS[reason].replace("CHECKPOINT", side.checkpoint.name),
            )
    kept = reasons.count(None)
    if kept == 0 and samples >= 8:
        found = ", ".join(sorted({str(reason) for reason in reasons}))
        raise PreflightError(
            f"pilot: none of {samples} instructions was kept ({found})",
            hint=f"magpie probe {side.checkpoint.name}   # or --pilot 0 to go on regardless",
        )
    return Check("pilot", "ok", f"{kept} of {samples} sampled instructions kept")


def _reason(plan: Plan, completion: Completion) -> str | None:
    draft = Draft(index=0, instruction=completion.text, finish_reason=completion.finish_reason)
    objection = plan.judges.instruction(draft)
    return objection.reason if objection else None
