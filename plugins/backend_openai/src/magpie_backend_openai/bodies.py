"""Sampling parameters as one kind of server writes them. What it lacks is an error, never left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from magpie_backend_openai.codec import Codec
from magpie_backend_openai.facts import Facts
from magpie_core import RequestError, Sampling

NEW_NAME_FOR_MAX_TOKENS = ("api.openai.com",)
"""Hosts whose chat endpoint refuses ``max_tokens`` and wants ``max_completion_tokens``."""


def checked(sampling: Sampling) -> Sampling:
    """The parameters, held against their bounds: making the struct does not.

    Raises:
        RequestError: one is out of range or no number.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(sampling, enc_hook=_number), Sampling)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise RequestError(f"a sampling parameter cannot be used: {error}") from error


def sampling_fields(sampling: Sampling, facts: Facts, codec: Codec) -> dict[str, Any]:
    """Fields of a request's body, but for model, prompt, ``max_tokens`` and first-token rules.

    Everything is written out, since what is not said a server takes from its own defaults.

    Raises:
        RequestError: this kind of server has no such parameter.
    """
    dialect, chat = facts.dialect, facts.prompt == "messages"
    fields: dict[str, Any] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stream": False,
        **dialect.always,
    }
    if sampling.seed is not None:
        fields["seed"] = sampling.seed % dialect.seeds_below
    if dialect.penalties:
        fields["presence_penalty"] = sampling.presence_penalty
        fields["frequency_penalty"] = sampling.frequency_penalty
    elif sampling.additive_penalties:
        raise _lacks(facts, "presence or frequency penalty that leaves the prompt out")
    for name, value, off, told_off in (
        ("top_k", sampling.top_k, 0, dialect.top_k_off),
        ("min_p", sampling.min_p, 0.0, 0.0),
        ("repetition", sampling.repetition_penalty, 1.0, 1.0),
    ):
        parameter = getattr(dialect, name)
        if parameter is not None:
            fields[parameter] = told_off if value == off else value
        elif value != off:
            raise _lacks(facts, f"{name.replace('repetition', 'repetition penalty')} ({value})")
    if dialect.return_ids:
        fields["return_token_ids"] = True
    return {**fields, **_stops(sampling, facts, codec), **_schema(sampling, facts, chat)}


def _stops(sampling: Sampling, facts: Facts, codec: Codec) -> dict[str, Any]:
    """Where a sample ends. A schema ends it with the model's own end token."""
    dialect = facts.dialect
    strings = [one for one in sampling.stop_strings if one]
    fields: dict[str, Any] = {}
    if dialect.stop_token_ids:
        fields["stop_token_ids"] = list(sampling.stop_token_ids)
        if facts.prompt != "messages" and dialect.ignore_eos:
            fields["ignore_eos"] = sampling.json_schema is None
    elif facts.prompt != "messages":  # a chat endpoint ends its turns by itself
        texts = (codec.written([one]) for one in sampling.stop_token_ids)
        strings += [one for one in texts if one and one not in strings]
    if dialect.most_stops is not None and len(strings) > dialect.most_stops:
        raise _lacks(facts, f"room for {len(strings)} stop strings (it takes {dialect.most_stops})")
    return {**fields, "stop": strings} if strings else fields


def _schema(sampling: Sampling, facts: Facts, chat: bool) -> dict[str, Any]:
    if sampling.json_schema is None:
        return {}
    write = facts.dialect.chat_schema if chat else facts.dialect.schema
    if write is None:
        raise _lacks(facts, "JSON schema decoding at this endpoint")
    return write(sampling.json_schema)


def prompt_fields(prompt: Sequence[int], facts: Facts, codec: Codec) -> dict[str, Any]:
    """``prompt`` as ids, or as a text that the server reads as the same ids."""
    if facts.prompt == "ids":
        return {"prompt": list(prompt)}
    text = codec.written(prompt)
    if facts.strips_bos and codec.bos:
        text = text.removeprefix(codec.bos)
    more = {"add_special_tokens": False} if facts.dialect.no_special_tokens else {}
    return {"prompt": text, **more}


def max_tokens_field(url: str, facts: Facts, limit: int) -> dict[str, int]:
    """``max_tokens`` under the name that the endpoint knows."""
    new = facts.prompt == "messages" and urlsplit(url).hostname in NEW_NAME_FOR_MAX_TOKENS
    return {"max_completion_tokens" if new else "max_tokens": limit}


def _lacks(facts: Facts, what: str) -> RequestError:
    kind = "chat endpoint" if facts.prompt == "messages" else "server"
    return RequestError(f"a {kind} of the kind `{facts.dialect.name}` has no {what}")


def _number(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"`{value}` is neither a number nor a text")
