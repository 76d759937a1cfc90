"""Hold a family's registered facts against a checkpoint: its template's words and its vocabulary's ids.

Knows no file and no engine. What it finds is named; what a finding costs is the preflight's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from magpie_core.chat.compare import Finding, compare, doubled_bos
from magpie_core.chat.format import ChatFormat
from magpie_core.chat.slips import near
from magpie_core.chat.template import derive_from_tokenizer, honours_date_string, writes_date
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import ChatTemplateError
from magpie_core.family import Family
from magpie_core.resolve import token_id


def template_of(checkpoint: Checkpoint, chat: ChatFormat) -> ChatFormat | None:
    """What the checkpoint's own template writes, whatever ``chat`` is in use; None where nothing can say."""
    if chat.source == "derived":
        return chat
    with suppress(ChatTemplateError):
        return derive_from_tokenizer(checkpoint.tokenizer)
    return None


def examine(
    checkpoint: Checkpoint, family: Family, chat: ChatFormat, template: ChatFormat | None
) -> tuple[Finding, ...]:
    """What is wrong with the registration of ``family``, each mistake by name.

    Args:
        checkpoint: whose template and vocabulary tell the truth.
        family: the registration.
        chat: the format in use; where it is ``registered``, these pieces are examined.
        template: see ``template_of``.
    """
    registered = chat if chat.source == "registered" else family.chat_format()
    if template is None:
        texts = doubled_bos(registered)
    else:
        dated = family.date_dependent or _may_hold_a_date(checkpoint.tokenizer, chat)
        texts = compare(template, registered, dated=dated)
    return (*texts, *_wrong_ids(checkpoint.tokenizer, family, template))


def _may_hold_a_date(tokenizer: Any, chat: ChatFormat) -> bool:
    """Whether the template's words depend on the day, today's or (in a format in use) one that was set."""
    return writes_date(tokenizer) or (chat.source == "derived" and honours_date_string(tokenizer))


def _wrong_ids(tokenizer: Any, family: Family, template: ChatFormat | None) -> tuple[Finding, ...]:
    """Registered ids that the family's released vocabulary, if this is the one, gives to other tokens."""
    known = dict(zip(family.stop_tokens, family.stop_token_ids, strict=False))
    actual = {token: token_id(tokenizer, token) for token in known}
    opening = _opening_ids(tokenizer, family, template)
    same_opening = opening is not None and opening == family.pre_query_ids
    if not _is_released_vocabulary(known, actual, same_opening, len(tokenizer)):
        return ()
    found: list[Finding] = []
    for token, registered in known.items():
        here = actual[token]
        if here is None:
            found += _misspelt(tokenizer, token, registered)
        elif here != registered:
            detail = f"registers stop token `{token}` as id {registered}, it is {here} in this checkpoint"
            found.append(Finding("wrong stop id", detail))
    ids, text = family.pre_query_ids, family.chat_format().opening(bare=family.form == "bare")
    same_text = template is not None and text == template.opening(bare=family.form == "bare")
    if ids is not None and opening != ids and same_text and not found:
        told = f"registers {list(ids)} as the pre-query's ids, this checkpoint has {list(opening or ())}"
        found.append(Finding("other pre-query ids", told))
    return tuple(found)


def _is_released_vocabulary(
    known: dict[str, int], actual: dict[str, int | None], same_opening: bool, size: int
) -> bool:
    """Whether ids can be compared at all: a fine-tune may have a vocabulary of its own.

    It is the released one when the pre-query comes out as registered, or when no more stop tokens have
    another id than have the registered one; small ids agree now and then by chance. A vocabulary that is
    too small for half of the registered ids is another one.
    """
    right = sum(actual[token] == one for token, one in known.items())
    moved = sum(actual[token] not in (None, one) for token, one in known.items())
    beyond = sum(one >= size for one in known.values())
    return same_opening or (right > 0 and right >= moved and 2 * beyond < len(known))


def _opening_ids(
    tokenizer: Any, family: Family, template: ChatFormat | None
) -> tuple[int, ...] | None:
    """Ids of the token-safe pre-query as the template writes it, in the family's form."""
    if template is None:
        return None
    text = template.opening(bare=family.form == "bare").rstrip(" ")
    return tuple(tokenizer.encode(text, add_special_tokens=False))


def _misspelt(tokenizer: Any, token: str, registered: int) -> Sequence[Finding]:
    """A stop token no vocabulary has, whose id belongs to one with almost the same name."""
    name = tokenizer.convert_ids_to_tokens(registered) if registered < len(tokenizer) else None
    if not name or not near(token, name):
        return ()
    detail = f"registers stop token `{token}`, this checkpoint calls id {registered} `{name}`"
    return (Finding("stop token typo", detail),)
