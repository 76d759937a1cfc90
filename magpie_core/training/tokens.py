"""Special tokens a format needs, held against the vocabulary of the checkpoint that is trained."""

from __future__ import annotations

from typing import Any

import msgspec

from magpie_core.checkpoint import Checkpoint
from magpie_core.training.pieces import Pieces


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a trainer must be told of tokens."""

    end: str
    """What ends an answer: the EOS token of the trained model."""
    pad: str | None = None
    """None where the checkpoint could not be looked at, and the trainer decides."""
    missing: tuple[str, ...] = ()
    """Special tokens of the format that the checkpoint's vocabulary lacks."""


def tokens_for(pieces: Pieces, base: Checkpoint | None, pad: str | None = None) -> Tokens:
    """What the format asks of the checkpoint's vocabulary.

    For padding its own token serves, else its EOS where that ends no answer here (the published recipes do
    so), else the token that ends answers: what is padded is masked by every trainer.

    Args:
        pieces: the format.
        base: the checkpoint; None where it cannot be opened, and nothing is missing as far as we know.
        pad: a padding token that is known without it.
    """
    if base is None:
        return Tokens(end=pieces.end_token, pad=pad)
    tokenizer = base.tokenizer
    missing = tuple(one for one in pieces.special_tokens if not _has(tokenizer, one))
    if pieces.end_token not in (*missing, *pieces.special_tokens) and not _has(
        tokenizer, pieces.end_token
    ):
        missing = (*missing, pieces.end_token)
    own, eos = (getattr(tokenizer, f"{kind}_token", None) for kind in ("pad", "eos"))
    chosen = next((one for one in (pad, own, eos) if one and one != pieces.end_token), None)
    return Tokens(end=pieces.end_token, pad=chosen or pieces.end_token, missing=missing)


def _has(tokenizer: Any, token: str) -> bool:
    """Whether ``token`` is one token of the vocabulary."""
    found = tokenizer.convert_tokens_to_ids(token)
    unknown = getattr(tokenizer, "unk_token_id", None)
    return isinstance(found, int) and (found != unknown or token == tokenizer.unk_token)
