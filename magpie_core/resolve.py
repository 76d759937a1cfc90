"""Decide what a recipe leaves open: which chat format, which stops, which sampling. No engine, no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import msgspec

from magpie_core.chat.compare import compare
from magpie_core.chat.format import ChatFormat
from magpie_core.chat.template import DATE_STRING, derive_from_tokenizer, ignores_date, writes_date
from magpie_core.checkpoint import Checkpoint
from magpie_core.choices import pick
from magpie_core.errors import UsageError
from magpie_core.family import Family
from magpie_core.run.recipe import SamplingSection
from magpie_core.sampling import FirstTokenRule, Sampling

REASONING = re.compile(r"</?(?:think|thinking|thought|reasoning)>")
"""Tokens that stand inside an answer, wherever a template writes them."""
NO_SAMPLING = ("stop_strings", "first_token", "thinking", "reasoning_budget")
"""Choices of a recipe's sampling sections that are no sampling parameters as they stand."""


def choose_format(
    checkpoint: Checkpoint,
    family: Family | None,
    wanted: str | None,
    variables: dict[str, Any],
    notices: list[str],
) -> ChatFormat:
    """The chat format to use: derived from the checkpoint's template unless told otherwise.

    Where the family's registered facts differ from the template, or a date was asked for in vain, a line
    is added to ``notices`` that says so and what is used.

    Raises:
        ChatTemplateError: there is no usable template, and no family whose facts may serve.
        UsageError: ``registered`` was asked for and the family is unknown.
    """
    if wanted not in (None, "derived", "registered"):
        raise UsageError(
            f"unknown format `{wanted}` (known: derived, registered)", hint="--format derived"
        )
    if wanted == "registered":
        if family is None:
            raise UsageError(
                "--format registered needs a family", hint="magpie families, then --family NAME"
            )
        chat = family.chat_format()
    elif (
        wanted is None
        and family is not None
        and not family.has_template
        and not checkpoint.chat_template
    ):
        notices.append(
            f"the makers of {family.name} publish no chat template: using the registered facts"
        )
        chat = family.chat_format()
    else:
        chat = derive_from_tokenizer(checkpoint.tokenizer, **variables)
        if family is not None and (
            names := _mistakes(chat, family, dated=DATE_STRING in variables)
        ):
            notices.append(
                f"the checkpoint's template differs from {family.name}: {', '.join(names)}; the template "
                "is used (--format registered for the family's facts, `magpie probe` shows both)"
            )
    day = variables.get(DATE_STRING)
    if day and chat.source == "registered":
        notices.append(f"--date `{day}` changes nothing: registered facts are used as they stand")
    elif day and ignores_date(checkpoint.tokenizer, day):
        told = "reads the clock, which needs a day such as `20 Nov 2026`"
        does = told if writes_date(checkpoint.tokenizer) else "writes no date"
        notices.append(f"--date `{day}` changes nothing: the checkpoint's template {does}")
    return chat


def _mistakes(chat: ChatFormat, family: Family, *, dated: bool) -> list[str]:
    """Names of what the family's registered facts get wrong, once each; ``dated`` if a date was set."""
    found = compare(chat, family.chat_format(), dated=dated or family.date_dependent)
    return list(dict.fromkeys(one.kind for one in found))


def stop_token_ids(
    checkpoint: Checkpoint, family: Family | None, chat: ChatFormat
) -> tuple[int, ...]:
    """Ids that end a sample: the family's stops, the checkpoint's EOS, and the template's own markers.

    A marker counts when it is a single special token of this tokenizer; a stop token of the family that
    this vocabulary lacks is left out (preflight reports it).
    """
    tokenizer = checkpoint.tokenizer
    ids: dict[int, None] = {}
    for token in family.stop_tokens if family else ():
        if (found := token_id(tokenizer, token)) is not None:
            ids[found] = None
    ids.update(dict.fromkeys(checkpoint.end_token_ids))
    special = set(tokenizer.all_special_ids) | set(getattr(tokenizer, "added_tokens_decoder", {}))
    for marker in (*_between_turns(tokenizer, chat), *_encode(tokenizer, chat.turn_append)):
        if marker in special and not REASONING.fullmatch(
            str(tokenizer.convert_ids_to_tokens(marker))
        ):
            ids[marker] = None
    return tuple(ids)


def _between_turns(tokenizer: Any, chat: ChatFormat) -> list[int]:
    """What stands between the user's words and any answer: the beginning that all its forms share.

    What differs is part of the answer, such as an empty block of reasoning, and must not end one.
    """
    forms = [
        chat.user_to_assistant,
        chat.user_to_assistant_history,
        chat.user_to_assistant_think,
        chat.user_to_assistant_no_think,
    ]
    encoded = [_encode(tokenizer, form) for form in forms if form is not None]
    same = takewhile(lambda ids: len(set(ids)) == 1, zip(*encoded, strict=False))
    shared = [ids[0] for ids in same]
    return [*shared, *_encode(tokenizer, chat.user_end)]


def _encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def token_id(tokenizer: Any, token: str) -> int | None:
    """Id of ``token`` when the vocabulary has exactly that token, else None."""
    found = tokenizer.convert_tokens_to_ids(token)
    if found is None or (found == tokenizer.unk_token_id and token != tokenizer.unk_token):
        return None
    return int(found)


def stop_strings(
    checkpoint: Checkpoint, family: Family | None, chat: ChatFormat
) -> tuple[str, ...]:
    """Strings that end a sample: the family's, or a template's role marker that is plain text."""
    if family is not None:
        return family.stop_strings
    tokenizer = checkpoint.tokenizer
    special = set(tokenizer.all_special_ids) | set(getattr(tokenizer, "added_tokens_decoder", {}))
    marker = chat.user_to_assistant_history.strip()
    ids = tokenizer.encode(chat.user_to_assistant_history, add_special_tokens=False)
    return (marker,) if marker and not special & set(ids) else ()


def choose_sampling(
    section: SamplingSection,
    default: Sampling,
    family: Family | None,
    rules: Mapping[str, FirstTokenRule],
    stops: tuple[tuple[int, ...], tuple[str, ...]],
    *,
    first_token: bool,
) -> Sampling:
    """The family's sampling defaults with the recipe's choices over them.

    Args:
        section: what the recipe says.
        default: the family's own.
        family: the family, if known.
        rules: first-token rules by name.
        stops: stop token ids and stop strings.
        first_token: whether the family's first-token rule applies (instructions only).

    Raises:
        UnknownNameError: a first-token rule nobody offers.
    """
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(section).items()
        if value is not None and name not in NO_SAMPLING
    }
    ids, strings = stops
    if section.stop_strings is not None:
        strings = tuple(section.stop_strings)
    wanted = section.first_token or (family.first_token_rule if family and first_token else None)
    rule = None if wanted in (None, "none") else pick("first-token rule", wanted or "", rules)
    return msgspec.structs.replace(
        default, **changes, stop_token_ids=ids, stop_strings=strings, first_token=rule
    )
