"""What an engine says of itself, read from SGLang's ``server_info`` once it is up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from magpie_core import BackendError

RESERVED = 5
"""Tokens that SGLang keeps between its longest input and its longest sequence (``tp_worker.py``, 0.5.21)."""
TYPICAL_TOKENS = 512
"""Tokens of a request, prompt and sample, to tell how many fit into the memory for keys and values.

By itself SGLang allows 2048 to 4096 requests, whatever there is memory for. A guess on the small side:
Magpie's responses are a few hundred tokens, and a few too many wait in SGLang's own queue.
"""


class EngineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one running engine or server."""

    version: str
    model: str
    scores: bool
    """Started as a reward or classification model (``--is-embedding``)."""
    longest_prompt: int
    """In tokens."""
    context: int
    """Longest prompt plus completion, in tokens."""
    capacity: int
    """Requests that run together, if they are of typical length."""
    ranks: int
    """Data-parallel ranks inside the engine; all of them draw from the same random seed."""
    random_seed: int | None
    deterministic: bool
    """Whether the seed of a request counts."""
    first_token_rules: bool
    json_schema: bool
    free_whitespace: bool
    """Whether white space between JSON tokens is the model's choice."""
    device: str
    dtype: str


def read_facts(info: Mapping[str, Any], where: str) -> EngineFacts:
    """Facts from ``info``, the contents of ``server_info``; ``where`` stands in the error.

    Raises:
        BackendError: this is not what SGLang says, or says since 0.5.
    """
    try:
        longest = int(info["max_req_input_len"]) - 1
        states: list[Mapping[str, Any]] = info.get("internal_states") or [{}]
        running = states[0].get("effective_max_running_requests_per_dp")
        running = int(running or info.get("max_running_requests") or 64)
        if tokens := info.get("max_total_num_tokens"):
            running = min(running, max(1, int(tokens) // TYPICAL_TOKENS))
        ranks = int(info.get("dp_size") or 1)
        return EngineFacts(
            version=str(info["version"]),
            model=str(info["model_path"]),
            scores=bool(info.get("is_embedding")),
            longest_prompt=longest,
            context=longest + RESERVED,
            capacity=running * ranks,
            ranks=ranks,
            random_seed=info.get("random_seed"),
            deterministic=bool(info.get("enable_deterministic_inference")),
            first_token_rules=bool(info.get("enable_custom_logit_processor")),
            json_schema=info.get("grammar_backend") not in (None, "none"),
            free_whitespace=not info.get("constrained_json_disable_any_whitespace"),
            device=str(info.get("device")),
            dtype=str(info.get("dtype")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackendError(
            f"{where} does not describe itself as SGLang does: {type(error).__name__}: {error}",
            hint="give the address of an SGLang server (0.5.21 is tested), not of a router before it",
        ) from error
