"""Sampling parameters as vLLM takes them. Imports vLLM."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from vllm import PoolingParams, SamplingParams
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

from magpie_backend_vllm.names import BAN, DIVIDE, DIVIDE_FIRST
from magpie_backend_vllm.refused import BAD_REQUEST, first_line
from magpie_core.errors import RequestError
from magpie_core.sampling import Sampling

HOTTEST = 2.0
"""vLLM's bound on the temperature (0.32); what is above is done by dividing the logits before it."""
SEEDS = 2**63
"""Seeds are taken modulo this: torch takes 64 bits, and vLLM reads -1 as no seed."""


def checked(sampling: Sampling) -> Sampling:
    """The parameters, held against their bounds, which making the struct does not do.

    Raises:
        RequestError: names the one that cannot be used.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(sampling, enc_hook=_number), Sampling)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise RequestError(f"a sampling parameter cannot be used: {error}") from error


def sampling_parameters(
    sampling: Sampling, *, banned: tuple[int, ...], limit: int, vocabulary: int, n: int
) -> list[SamplingParams]:
    """One object for each of ``n`` samples, the k-th with ``seed + k``.

    Without a seed a random one is drawn: vLLM would start from the same one in every process.

    Args:
        sampling: checked.
        banned: ids that may not come first.
        limit: most tokens to sample.
        vocabulary: ids from here on do not exist, and are left out of the stops.
        n: how many samples.

    Raises:
        RequestError: vLLM refuses a parameter.
    """
    seed = secrets.randbits(62) if sampling.seed is None else sampling.seed
    heat = max(1.0, sampling.temperature / HOTTEST)
    if heat > 1.0 and sampling.additive_penalties:
        # its two model runners apply penalties before and after a logits processor
        raise RequestError(
            f"vLLM's temperature ends at {HOTTEST:g} where presence or frequency penalties are set "
            f"(asked for: {sampling.temperature:g})"
        )
    strings = [one for one in sampling.stop_strings if one]
    common: dict[str, Any] = {
        "temperature": sampling.temperature / heat,
        "top_p": sampling.top_p,
        "top_k": min(sampling.top_k, vocabulary),
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repetition_penalty,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "max_tokens": limit,
        "stop_token_ids": [one for one in sampling.stop_token_ids if 0 <= one < vocabulary],
        "stop": strings or None,
        # ids are decoded by us; vLLM must only where it looks for strings
        "detokenize": bool(strings),
        # only the stops of the request end a sample; a schema ends with the vocabulary's own EOS
        "ignore_eos": sampling.json_schema is None,
        "extra_args": _edits(sampling, banned, heat),
        "output_kind": RequestOutputKind.FINAL_ONLY,
    }
    try:
        return [
            SamplingParams(
                seed=(seed + k) % SEEDS, structured_outputs=_structure(sampling), **common
            )
            for k in range(n)
        ]
    except BAD_REQUEST as error:
        raise RequestError(f"vLLM refuses a parameter: {first_line(error)}") from error


def scoring_parameters(task: str) -> PoolingParams:
    """Raw outputs of the head: no sigmoid, no softmax."""
    return PoolingParams(task=task, use_activation=False)


def _structure(sampling: Sampling) -> StructuredOutputsParams | None:
    # an object for each sample: vLLM writes into it
    schema = sampling.json_schema
    return None if schema is None else StructuredOutputsParams(json=schema)


def _edits(sampling: Sampling, banned: tuple[int, ...], heat: float) -> dict[str, Any] | None:
    """What the logits processor is told, see ``first_token.py``."""
    edits: dict[str, Any] = {}
    rule = sampling.first_token
    if banned:
        edits[BAN] = list(banned)
    if rule is not None and rule.divide_logits != 1.0:
        edits[DIVIDE_FIRST] = rule.divide_logits
    if heat != 1.0:
        edits[DIVIDE] = heat
    return edits or None


def _number(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"`{value}` is neither a number nor a text")
