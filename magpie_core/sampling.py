"""How tokens are drawn: sampling parameters, first-token rules and per-sample seeds. Knows no engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec

Temperature = Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]
Share = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
Penalty = Annotated[float, msgspec.Meta(ge=0.01, le=100.0)]
AdditivePenalty = Annotated[float, msgspec.Meta(ge=-2.0, le=2.0)]
"""In logits. The bounds are those of OpenAI's interface, which the engines took over."""


class FirstTokenRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is different about the first token of a sample, and only there.

    Offered by ``magpie_register_logits_processors`` and named by a family or a recipe.
    """

    name: str
    ban: tuple[str, ...] = ()
    """Strings whose single token may not come first.

    A string that is several tokens in a vocabulary is skipped there: to keep it out, ban its first
    token's text as well (``#`` for ``##``). A rule that bans nothing in a vocabulary is no error.
    """
    ban_ids: tuple[int, ...] = ()
    """Token ids that may not come first."""
    divide_logits: Annotated[float, msgspec.Meta(gt=0.0)] = 1.0
    """The first token's logits are divided by this, before the temperature."""
    description: str = ""

    def banned_ids(self, encode: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
        """Ids that may not come first, in the vocabulary of ``encode`` (text to ids, no special tokens)."""
        single = [ids[0] for ids in map(encode, self.ban) if len(ids) == 1]
        return tuple(dict.fromkeys((*self.ban_ids, *single)))


class Sampling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sampling parameters of one request. ``temperature = 0`` is greedy."""

    temperature: Temperature = 1.0
    top_p: Share = 1.0
    top_k: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    """Keep the k likeliest tokens; 0 keeps all."""
    min_p: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0
    repetition_penalty: Penalty = 1.0
    """Logits of tokens in the prompt or the sample are divided by it where positive, else multiplied."""
    presence_penalty: AdditivePenalty = 0.0
    """Taken off the logits of tokens that are in the sample already; the prompt does not count."""
    frequency_penalty: AdditivePenalty = 0.0
    """The same once for each time that the token is in the sample."""
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = 1024
    """Upper bound on new tokens; a backend also stops at the context length."""
    stop_token_ids: tuple[int, ...] = ()
    stop_strings: tuple[str, ...] = ()
    seed: int | None = None
    """Same seed, same sample, whatever else is in the batch (where ``Capabilities.seeds``)."""
    first_token: FirstTokenRule | None = None
    json_schema: dict[str, Any] | None = None

    @property
    def additive_penalties(self) -> bool:
        """Whether a presence or frequency penalty is asked for."""
        return bool(self.presence_penalty or self.frequency_penalty)

    def in_force(self) -> dict[str, Any]:
        """As plain data, without additive penalties of zero: settings older than these are written alike."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        later = ("presence_penalty", "frequency_penalty")
        return {name: value for name, value in plain.items() if value or name not in later}


def sample_seed(run_seed: int, index: int, step: str) -> int:
    """Seed of one sample: a hash of the run's seed, the record's index and the step's name.

    Returns:
        an integer in [0, 2**63), the range every engine accepts.
    """
    digest = hashlib.blake2b(f"{run_seed}:{index}:{step}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
