"""A checkpoint's prompts taken apart and checked: what ``magpie probe`` shows."""

from __future__ import annotations

import msgspec

from magpie_core.family import differences
from magpie_core.plan import Side
from magpie_core.preflight.check import Check
from magpie_core.preflight.static import static_checks
from magpie_core.registration import template_of


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
    pre_query_bare: str
    pre_query_with_system: str | None
    default_system: str | None
    system_role: str
    user_end: str
    user_to_assistant: str
    user_to_assistant_history: str
    user_to_assistant_think: str | None
    user_to_assistant_no_think: str | None
    pre_query_think: str | None
    """Where a conversation whose answer is to be reasoned begins otherwise; so with ``no_think``."""
    pre_query_no_think: str | None
    turn_append: str
    bos: str | None
    stop_token_ids: list[int]
    stop_tokens: list[str]
    stop_strings: list[str]
    context_length: int | None
    differences: dict[str, str]
    """Pieces in which the template and the family's registered facts differ, with what the two say."""
    checks: list[Check]
    problems: list[str]
    """Details of the checks that failed."""


def probe(side: Side) -> Probe:
    """Take a checkpoint's prompts apart and check them, without its weights."""
    chat, prompts, tokenizer = side.chat, side.prompts, side.checkpoint.tokenizer
    checks = static_checks(side)
    template = template_of(side.checkpoint, chat)
    stops = side.sampling.stop_token_ids
    return Probe(
        checkpoint=side.checkpoint.name,
        family=side.family.name if side.family else None,
        format=chat.source,
        fingerprint=chat.fingerprint,
        pre_query=chat.opening(bare=prompts.bare),
        pre_query_ids=prompts.encode(prompts.pre_query_text()),
        pre_query_bare=chat.pre_query_bare,
        pre_query_with_system=chat.pre_query_with_system,
        default_system=chat.default_system,
        system_role=chat.system_role,
        user_end=chat.user_end,
        user_to_assistant=chat.user_to_assistant,
        user_to_assistant_history=chat.user_to_assistant_history,
        user_to_assistant_think=chat.user_to_assistant_think,
        user_to_assistant_no_think=chat.user_to_assistant_no_think,
        pre_query_think=chat.pre_query_think,
        pre_query_no_think=chat.pre_query_no_think,
        turn_append=chat.turn_append,
        bos=chat.bos,
        stop_token_ids=list(stops),
        stop_tokens=[str(one) for one in tokenizer.convert_ids_to_tokens(list(stops))],
        stop_strings=list(side.sampling.stop_strings),
        context_length=side.checkpoint.context_length,
        differences=differences(template, side.family) if template else {},
        checks=checks,
        problems=[check.detail for check in checks if check.state == "fail"],
    )
