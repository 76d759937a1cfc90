"""What each kind of server understands beyond OpenAI's own parameters. A table; sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


def _response_format(schema: Schema) -> dict[str, Any]:
    inner = {"name": "answer", "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": inner}}


@dataclass(frozen=True)
class Dialect:
    """Names of parameters, None where the server has no such thing."""

    name: str
    top_k: str | None = None
    top_k_off: int = 0
    """What means "all tokens"."""
    min_p: str | None = None
    repetition: str | None = None
    penalties: bool = True
    """Presence and frequency penalties that count sampled tokens only."""
    stop_token_ids: bool = False
    ignore_eos: bool = False
    """Whether the model's own end tokens can be told not to end a sample."""
    return_ids: bool = False
    no_special_tokens: bool = False
    """Whether a text prompt can be sent without the tokenizer's own BOS."""
    template_variables: bool = False
    schema: Callable[[Schema], dict[str, Any]] | None = None
    chat_schema: Callable[[Schema], dict[str, Any]] | None = _response_format
    most_stops: int | None = None
    seeds_below: int = 2**63
    always: dict[str, Any] = field(default_factory=dict)
    """Switches off what the server would do unasked."""


VLLM = Dialect(
    name="vllm",
    top_k="top_k",
    top_k_off=-1,  # older versions refuse 0
    min_p="min_p",
    repetition="repetition_penalty",
    stop_token_ids=True,
    ignore_eos=True,
    return_ids=True,
    no_special_tokens=True,
    template_variables=True,
    schema=_response_format,
    always={"skip_special_tokens": True},
)
SGLANG = Dialect(
    name="sglang",
    top_k="top_k",
    top_k_off=-1,
    min_p="min_p",
    repetition="repetition_penalty",
    stop_token_ids=True,
    ignore_eos=False,  # it has the parameter, but then no stop token ends a sample either
    return_ids=True,
    template_variables=True,
    schema=lambda schema: {"json_schema": json.dumps(schema)},
    always={"skip_special_tokens": True},
)
LLAMA_CPP = Dialect(
    name="llama.cpp",
    top_k="top_k",
    min_p="min_p",
    repetition="repeat_penalty",
    penalties=False,  # they count the prompt's tokens, too
    schema=lambda schema: {"json_schema": schema},
    seeds_below=2**32 - 1,  # that one means "draw one"
    always={"repeat_last_n": -1},
)
OLLAMA = Dialect(name="ollama", penalties=False)
TGI = Dialect(name="tgi", most_stops=4, chat_schema=None)
OPENAI = Dialect(name="openai", most_stops=4)

DIALECTS = {one.name: one for one in (VLLM, SGLANG, LLAMA_CPP, OLLAMA, TGI, OPENAI)}
