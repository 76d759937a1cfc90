"""What can be checked before weights are loaded: facts, token boundary, BOS, stop tokens, vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magpie_core.errors import ChatTemplateError
from magpie_core.family import Family
from magpie_core.plan import Side
from magpie_core.preflight.check import Check, State
from magpie_core.registration import examine, template_of
from magpie_core.resolve import token_id


def static_checks(side: Side) -> list[Check]:
    """Facts against template and vocabulary, token boundary, BOS, stop tokens, context length."""
    checks = [
        *_head(side),
        *_registration(side),
        *_markers(side),
        _boundary(side),
        _bos(side),
        _stops(side),
    ]
    checks += [_vocabulary(side), _context(side), *_from_nothing(side)]
    return [*checks, _first_token(side)] if side.sampling.first_token else checks


def _head(side: Side) -> list[Check]:
    """Nothing, but for a checkpoint that cannot write: an engine may open it and make up its words."""
    head = side.checkpoint.without_words
    if head is None:
        return []
    return [
        Check(
            "head",
            "fail",
            f"`{side.checkpoint.name}` ({head}) has a head for scores only",
            hint="choose a chat model; this one is for magpie tag SOURCE reward",
        )
    ]


def _prompt_ids(side: Side) -> list[int]:
    """Ids an instruction is sampled from, not checked."""
    return side.prompts.encode(side.prompts.pre_query_text(side.system))


def _registration(side: Side) -> list[Check]:
    """What is used, and one check for each mistake in the family's registration.

    A mistake fails only where the registered facts are used: else the template decides, and the run is
    right. What may be meant (another system prompt, another format) never fails.
    """
    family, chat = side.family, side.chat
    if family is None:
        return [
            Check(
                "chat template", "note", "no family's facts to compare with; the template decides"
            )
        ]
    template = template_of(side.checkpoint, chat)
    found = examine(side.checkpoint, family, chat, template)
    registered = chat.source == "registered"
    way_out = (
        "--format derived" if template else f"correct the registration of family `{family.name}`"
    )
    mistakes = []
    for one in found:
        # A system prompt of the user's stands where the default one would.
        harmless = one.kind == "missing default system" and side.system is not None
        fails = registered and one.is_slip and not harmless
        detail = f"family {family.name} {one.detail}"
        mistakes.append(
            Check(one.kind, "fail", detail, way_out) if fails else Check(one.kind, "note", detail)
        )
    if registered:
        head = Check("chat template", "note", f"registered facts of {family.name} are used")
    elif found:
        names = ", ".join(dict.fromkeys(one.kind for one in found))
        head = Check(
            "chat template", "note", f"the checkpoint's own is used, {family.name} differs: {names}"
        )
    else:
        head = Check("chat template", "ok", f"as {family.title} is known to render")
    return [head, *mistakes]


def _boundary(side: Side) -> Check:
    try:
        unsafe = side.prompts.unsafe_probes(side.system)
    except ChatTemplateError as error:
        return Check("token boundary", "fail", error.message)
    ids = _prompt_ids(side)
    if unsafe:
        return Check(
            "token boundary",
            "fail",
            f"the pre-query's last token merges with user text such as {unsafe[0]!r}",
        )
    return Check("token boundary", "ok", f"cut after {len(ids)} tokens: {ids}")


def _bos(side: Side) -> Check:
    tokenizer = side.checkpoint.tokenizer
    ids = _prompt_ids(side)
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
    absent = _absent(side.family, tokenizer) if side.family else []
    if absent:
        return Check("stop tokens", "note", f"{shown}; {_not_in_vocabulary(side, absent[:1])}")
    return Check("stop tokens", "ok", shown)


def _absent(family: Family, tokenizer: Any) -> list[str]:
    """Stop tokens of the family that the vocabulary lacks."""
    return [token for token in family.stop_tokens if token_id(tokenizer, token) is None]


def _not_in_vocabulary(side: Side, tokens: Sequence[str]) -> str:
    assert side.family is not None
    listed = ", ".join(f"`{token}`" for token in tokens)
    verb = "is" if len(tokens) == 1 else "are"
    return f"{listed} of {side.family.name} {verb} not in this vocabulary"


def _markers(side: Side) -> list[Check]:
    """Registered pieces are spelled out as plain text where the vocabulary lacks their tokens."""
    family, chat = side.family, side.chat
    if family is None or chat.source != "registered":
        return []
    written = chat.pre_query + chat.user_to_assistant + chat.turn_append
    tokenizer = side.checkpoint.tokenizer
    absent = [token for token in _absent(family, tokenizer) if token in written]
    if chat.bos and chat.bos not in absent and token_id(tokenizer, chat.bos) is None:
        absent.insert(0, chat.bos)
    if not absent:
        return []
    detail = f"{_not_in_vocabulary(side, absent)}: prompts would spell them out"
    return [Check("special tokens", "fail", detail, "--format derived, or another --family")]


def _context(side: Side) -> Check:
    context = side.context_length
    if context is None:
        return Check("context", "note", "the checkpoint does not state its context length")
    prompt = len(_prompt_ids(side))
    if prompt + 16 > context:
        return Check("context", "fail", f"the pre-query has {prompt} tokens, the context {context}")
    if prompt + side.sampling.max_tokens > context:
        left = context - prompt
        return Check("context", "note", f"{context} tokens: samples end after {left} at the latest")
    return Check("context", "ok", f"{context} tokens")


def _vocabulary(side: Side) -> Check:
    """Ids the tokenizer writes that the model has no row for: a template of another family, say."""
    size = side.checkpoint.vocabulary
    if size is None:
        return Check("vocabulary", "note", "the checkpoint does not state its size")
    try:
        ids = {*_prompt_ids(side), *side.prompts.for_response("Hello", side.system)}
    except ChatTemplateError as error:
        return Check("vocabulary", "fail", error.message)
    outside = sorted(one for one in {*ids, *side.sampling.stop_token_ids} if one >= size)
    if outside:
        names = side.checkpoint.tokenizer.convert_ids_to_tokens(outside)
        shown = ", ".join(f"{name}={one}" for name, one in zip(names, outside, strict=True))
        return Check("vocabulary", "fail", f"the model has ids below {size}, not {shown}")
    return Check("vocabulary", "ok", f"{size} ids; prompts and stops are among them")


def _from_nothing(side: Side) -> list[Check]:
    """A note where the checkpoint seldom writes an instruction from its pre-query alone, with the way out."""
    if not side.asks:
        return []
    family, chat = side.family, side.chat
    known = family.instructions_from if family else None
    always_reasons = (
        chat.user_to_assistant_think == chat.user_to_assistant
        and chat.user_to_assistant_no_think is None
    )
    if known is None and not always_reasons:
        return []
    return [
        Check(
            "from nothing",
            "note",
            "models that always reason seldom write an instruction from nothing: sample instructions from "
            f"another and let this one answer: --checkpoint {known or 'OTHER'} "
            f"--respond-with {side.checkpoint.name}",
        )
    ]


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
