"""First-token rules on a server that has none: draw the first token alone, then go on after it.

Two requests instead of one. The first is one token long, so a bias on its logits is a rule about the
first token and nothing else; the second has that token in its prompt. The prefix cache of a server makes
the second nearly free.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from magpie_backend_openai.codec import Codec
from magpie_core import Completion, FirstTokenRule, RequestError, Sampling

NEVER = -100.0
"""A bias in logits after which a token is not drawn; the largest that the interface has."""
OTHER_DRAWS = 0x5DEECE66D
"""Laid over the seed for the rest of a sample, so that it does not repeat the first token's draw."""


def bias(banned: tuple[int, ...]) -> dict[str, Any]:
    """The field that keeps ``banned`` out."""
    return {"logit_bias": {str(one): NEVER for one in banned}} if banned else {}


def first(sampling: Sampling, rule: FirstTokenRule) -> Sampling:
    """How the first token is drawn.

    Raises:
        RequestError: the parameters count sampled tokens or look ahead, which two requests cannot do.
    """
    if sampling.additive_penalties or sampling.json_schema is not None:
        raise RequestError(
            "this backend draws the first token in a request of its own, which presence and frequency "
            "penalties and JSON schemas do not allow: leave one of the two out"
        )
    temperature = sampling.temperature * rule.divide_logits
    return replace(sampling, first_token=None, max_tokens=1, temperature=temperature)


def rest(sampling: Sampling) -> Sampling:
    """How the tokens after the first are drawn."""
    seed = None if sampling.seed is None else sampling.seed ^ OTHER_DRAWS
    return replace(sampling, first_token=None, max_tokens=sampling.max_tokens - 1, seed=seed)


def join(one: Completion, more: Completion, sampling: Sampling, codec: Codec) -> Completion:
    """Both parts as one sample; a stop string may begin in the first."""
    ids = (*one.token_ids, *more.token_ids)
    ended_by_token = isinstance(more.stop_reason, int)
    text = codec.shown(ids[:-1] if ended_by_token else ids)
    places = [(at, string) for string in sampling.stop_strings if (at := text.find(string)) >= 0]
    if places:
        place, string = min(places)
        return Completion(
            token_ids=ids, text=text[:place], finish_reason="stop", stop_reason=string
        )
    return replace(more, token_ids=ids, text=text)
