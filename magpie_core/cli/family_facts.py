"""A family's facts in words: for ``magpie families NAME`` and for the page that lists them all."""

from __future__ import annotations

from collections.abc import Iterator

from magpie_core.family import Family
from magpie_core.sampling import Sampling

SYSTEM_PLACES = {
    "native": "in a place of its own",
    "merged": "in the first user turn",
    "last_turn": "in the last user turn",
    "dropped": "dropped by the template in silence",
    "refused": "refused by the template",
}
LONG = 160
"""Characters from which a default system prompt is cut short inside other pieces."""
DEFAULT_SLOT = "{default}"


def facts(family: Family) -> list[tuple[str, str]]:
    """Label and text of each fact that is worth a line; tokens stand in backticks."""
    return [*_names(family), *_format(family), *_policy(family)]


def literal(text: str) -> str:
    r"""``text`` in backticks, newlines as ``\n`` and a space at either end as ``␣``."""
    shown = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    inner = shown.strip(" ")
    left = len(shown) - len(shown.lstrip(" "))
    shown = "␣" * left + inner + "␣" * (len(shown) - left - len(inner))
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def shortened(text: str, family: Family, most: int = LONG) -> str:
    """``text``, with ``{default}`` for the family's default system prompt where that is long."""
    words = family.default_system
    return text.replace(words, DEFAULT_SLOT) if words and len(words) > most else text


def sampled_from(family: Family) -> str:
    """The text instructions are sampled from, in the family's form."""
    bare = family.pre_query_bare if family.form == "bare" else None
    return bare or family.pre_query


def _names(family: Family) -> Iterator[tuple[str, str]]:
    yield "title", family.title
    if family.aliases:
        yield "also written", ", ".join(f"`{one}`" for one in family.aliases)
    yield "default checkpoint", f"`{family.default_checkpoint}`"
    others = [one for one in family.checkpoints if one != family.default_checkpoint]
    if others:
        yield "other checkpoints", ", ".join(f"`{one}`" for one in others)
    yield "status", family.status
    yield "source", family.source


def _format(family: Family) -> Iterator[tuple[str, str]]:
    def piece(text: str) -> str:
        return literal(shortened(text, family))

    where = "no system block" if family.form == "bare" else "the template's own opening"
    yield "instructions", f"{piece(sampled_from(family))} ({where})"
    if family.pre_query_ids:
        yield "as ids", " ".join(map(str, family.pre_query_ids))
    if family.form == "bare":
        yield "template opening", piece(family.pre_query)
    elif family.pre_query_bare:
        yield "without system", piece(family.pre_query_bare)
    place = SYSTEM_PLACES[family.system_role]
    with_system = family.pre_query_with_system
    yield "system prompt", f"{place}: {piece(with_system)}" if with_system else place
    if words := family.default_system:
        rest = f", {len(words):,} characters in all" if len(words) > LONG else ""
        shown = words if len(words) <= LONG else words[:LONG].rpartition(" ")[0] + "…"
        yield "default system", literal(shown) + rest
    yield "answer opens with", piece(family.user_to_assistant)
    if history := family.user_to_assistant_history:
        yield "in a history", piece(history)
    if thinks := family.user_to_assistant_think:
        yield "to reason", piece(thinks)
    if plain := family.user_to_assistant_no_think:
        yield "not to reason", piece(plain)
    if opening := family.pre_query_think:
        yield "opening for reasoning", piece(opening)
    yield "next user turn", piece(family.turn_append)
    yield "BOS", literal(family.bos) if family.bos else "none"
    if family.trims:
        yield "trimmed words", ", ".join(family.trims)


def _policy(family: Family) -> Iterator[tuple[str, str]]:
    if family.stop_tokens:
        yield "ends by", ", ".join(stop_tokens(family))
    if family.stop_strings:
        yield "ends by text", ", ".join(map(literal, family.stop_strings))
    yield "instruction sampling", sampling_in_words(family.instruction_sampling)
    yield "answer sampling", sampling_in_words(family.response_sampling)
    if family.response_sampling_think:
        yield "reasoned answers", sampling_in_words(family.response_sampling_think)
    if family.response_sampling_no_think:
        yield "answers not reasoned", sampling_in_words(family.response_sampling_no_think)
    if family.first_token_rule:
        yield "first token", f"rule `{family.first_token_rule}`"
    if family.cleaners:
        yield "cleaners", ", ".join(f"`{one}`" for one in family.cleaners)
    if family.instructions_from:
        yield "instructions from", literal(family.instructions_from)
    for quirk in family.quirks:
        yield "note", quirk


def stop_tokens(family: Family) -> list[str]:
    """The tokens that end a sample, each with its id where the family's vocabulary is known."""
    ids = family.stop_token_ids or (None,) * len(family.stop_tokens)
    return [
        literal(token) + ("" if one is None else f" {one}")
        for token, one in zip(family.stop_tokens, ids, strict=True)
    ]


def sampling_in_words(sampling: Sampling) -> str:
    """Temperature and length, and what else is not the default."""
    greedy = sampling.temperature == 0
    words = ["greedy"] if greedy else [f"T {sampling.temperature:g}, top-p {sampling.top_p:g}"]
    if sampling.top_k:
        words.append(f"top-k {sampling.top_k}")
    if sampling.min_p:
        words.append(f"min-p {sampling.min_p:g}")
    if sampling.repetition_penalty != 1:
        words.append(f"repetition penalty {sampling.repetition_penalty:g}")
    for penalty in ("presence_penalty", "frequency_penalty"):
        if strength := getattr(sampling, penalty):
            words.append(f"{penalty.replace('_', ' ')} {strength:g}")
    return ", ".join([*words, f"at most {sampling.max_tokens} tokens"])
