"""Who answers at an address: the kind of server, its version, its models. Samples nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from magpie_backend_openai.dialects import (
    DIALECTS,
    LLAMA_CPP,
    OLLAMA,
    OPENAI,
    SGLANG,
    TGI,
    VLLM,
    Dialect,
)
from magpie_backend_openai.facts import Facts
from magpie_backend_openai.http import Http, Reply, Unanswered
from magpie_backend_openai.options import Options
from magpie_core import BackendError

OWNERS = {"vllm": VLLM, "sglang": SGLANG, "llamacpp": LLAMA_CPP, "library": OLLAMA}
"""``owned_by`` in the list of models, as the servers write it."""
VERSIONS = {
    "vllm": ("/version", "version"),
    "sglang": ("/get_server_info", "version"),
    "llama.cpp": ("/props", "build_info"),
    "ollama": ("/api/version", "version"),
    "tgi": ("/info", "version"),
}
"""Where under the server's root a version stands, and under which key."""


async def identify(http: Http, url: str, options: Options) -> Facts:
    """Ask a server who it is.

    Raises:
        BackendError: nobody answers, the key is refused, or the model is not there.
    """
    try:
        listed = await http.get(url + "/models")
    except Unanswered as error:
        raise BackendError(
            f"no server answers at `{url}`: {error.message}",
            hint="start it, or correct --engine-option url=…",
        ) from None
    if listed.status in (401, 403):
        raise BackendError(
            f"`{url}` refuses the key: HTTP {listed.status}: {listed.text}",
            hint=f"export {options.key_env}=…   # another variable: --engine-option key_env=NAME",
        )
    models = _models(listed)
    if listed.status >= 500 or (not models and options.model is None):
        raise BackendError(
            f"`{url}/models` lists no model: HTTP {listed.status}: {listed.text or 'an empty list'}",
            hint="name it: --engine-option model=NAME   # and see that the address is right",
        )
    name = _choose(models, options, url)
    entry = next((one for one in models if one.get("id") == name), {})
    dialect = await _dialect(http, url, options, entry)
    version, info = await _version(http, url, dialect)
    return Facts(dialect=dialect, model=name, version=version, max_context=_context(entry, info))


def _models(reply: Reply) -> list[dict[str, Any]]:
    data = reply.data
    if isinstance(data, dict):
        data = data.get("data")
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _choose(models: list[dict[str, Any]], options: Options, url: str) -> str:
    names = [str(one["id"]) for one in models if one.get("id")]
    if options.model is not None:
        if names and options.model not in names and len(names) < 50:
            # Long lists leave models out; short ones are what a server of one's own has.
            tagged = f"{options.model}:latest"
            if tagged not in names:
                raise BackendError(
                    f"`{url}` has no model `{options.model}` (it has: {', '.join(names)})",
                    hint=f"--engine-option model={names[0]}",
                )
        return options.model
    whole = [str(one["id"]) for one in models if one.get("id") and not one.get("parent")]
    if len(whole) == 1:  # adapters name their base as parent
        return whole[0]
    shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
    raise BackendError(
        f"`{url}` has {len(names)} models ({shown}), and the recipe names none",
        hint=f"--engine-option model={names[0] if names else 'NAME'}",
    )


def _root(url: str) -> str | None:
    """The address without ``/v1``; None where there is more of a path: not a server of one's own."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.path in ("/v1", "") else None


async def _get(http: Http, url: str) -> dict[str, Any]:
    """The JSON at ``url``; empty where there is none."""
    try:
        reply = await http.get(url)
    except Unanswered:
        return {}
    return reply.data if reply.ok else {}


async def _dialect(http: Http, url: str, options: Options, entry: dict[str, Any]) -> Dialect:
    if options.dialect != "auto":
        return DIALECTS[options.dialect]
    if (found := OWNERS.get(str(entry.get("owned_by")))) is not None:
        return found
    root = _root(url)
    info = await _get(http, root + "/info") if root is not None else {}
    return TGI if {"model_id", "max_total_tokens"} <= set(info) else OPENAI


async def _version(http: Http, url: str, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    root = _root(url)
    if root is None or dialect.name not in VERSIONS:
        return "", {}
    path, key = VERSIONS[dialect.name]
    info = await _get(http, root + path)
    return str(info.get(key) or ""), info


def _context(entry: dict[str, Any], info: dict[str, Any]) -> int | None:
    """Longest prompt plus completion, wherever this kind of server says it."""
    settings = info.get("default_generation_settings")
    said = (
        entry.get("max_model_len"),
        settings.get("n_ctx") if isinstance(settings, dict) else None,
        info.get("max_total_tokens"),
        entry.get("context_length"),
    )
    return next((one for one in said if type(one) is int and one > 0), None)
