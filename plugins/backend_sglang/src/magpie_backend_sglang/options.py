"""Read the settings: an engine of our own, and with which arguments, or running servers, and where."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from magpie_core import BackendError, EngineSettings

OURS = {
    "model_path": "--checkpoint",
    "device": "--device",
    "dtype": "--dtype",
    "context_length": "--max-context",
    "max_running_requests": "--max-batch",
    "trust_remote_code": "--trust-remote-code",
    "is_embedding": "the kind of work",
}
"""Arguments of ``sgl.Engine`` that Magpie has settings of its own for."""


def adapter_of(options: dict[str, Any]) -> str | None:
    """Take ``lora`` out of ``options``: the adapter that every request is answered with.

    Raises:
        BackendError: it is no text.
    """
    adapter = options.pop("lora", None)
    if adapter is not None and not isinstance(adapter, str):
        raise BackendError(
            f"option `lora` must be a text, not `{adapter}`",
            hint='lora = "path/to/adapter", or on a server the name it was loaded under',
        )
    return adapter


def take_urls(settings: EngineSettings, options: dict[str, Any]) -> list[str]:
    """Take ``url`` out of ``options``; an empty list means an engine of our own.

    Raises:
        BackendError: an address that is none, or settings that a running server cannot be given.
    """
    if "url" not in options and "urls" not in options:
        return []
    given: Any = options.pop("url", None) or options.pop("urls", None)
    urls = [given] if isinstance(given, str) else given
    if not isinstance(urls, list) or not urls or not all(isinstance(one, str) for one in urls):
        raise BackendError(
            f"option `url` must be an address or a list of them, not `{given}`",
            hint='url = "http://127.0.0.1:30000"',
        )
    urls = [one.rstrip("/") for one in urls]
    for one in urls:
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BackendError(
                f"`{one}` is no address of a server", hint='url = "http://127.0.0.1:30000"'
            )
    if len(set(urls)) < len(urls):
        raise BackendError(f"option `url` names a server twice: {', '.join(urls)}")
    chosen = [f"`{name}`" for name in options]
    chosen += [f"--{name}" for name in ("device", "dtype") if getattr(settings, name) != "auto"]
    if chosen:
        raise BackendError(
            f"a running server cannot be given {', '.join(chosen)}",
            hint="choose that where the server is started: python -m sglang.launch_server --help",
        )
    return urls


def engine_arguments(
    settings: EngineSettings, options: dict[str, Any], adapter: str | None
) -> list[dict[str, Any]]:
    """Arguments of ``sgl.Engine``, one set for each replica.

    SGLang's data-parallel ranks all draw from one random seed, so ranks that are given the same prompt, as
    they are here, give the same samples. So ``dp_size`` makes whole engines, with a seed for each.

    Raises:
        BackendError: an option that Magpie sets, or ``dp_size`` in a way that cannot be taken apart.
    """
    for name, instead in OURS.items():
        if name in options:
            raise BackendError(
                f"engine option `{name}` is decided by {instead}", hint=f"leave `{name}` out"
            )
    kind, _, index = settings.device.partition(":")
    arguments: dict[str, Any] = {
        "log_level": "error",
        "enable_custom_logit_processor": True,
        # a model that is unsure would fill its budget with blanks
        "constrained_json_disable_any_whitespace": True,
        "model_path": settings.checkpoint,
        "dtype": settings.dtype,
        "trust_remote_code": settings.trust_remote_code,
        "is_embedding": settings.task == "score",
    }
    if settings.task == "score":
        arguments["disable_radix_cache"] = True  # how scores were compared with transformers
    if kind != "auto":
        arguments["device"] = kind
    if index:
        arguments["base_gpu_id"] = _whole("device", index)
    if settings.max_context:
        arguments["context_length"] = settings.max_context
    if settings.max_batch:
        arguments["max_running_requests"] = settings.max_batch
    if adapter is not None:
        arguments |= {"enable_lora": True, "lora_paths": [adapter]}
    arguments |= options
    return _replicas(arguments)


def _replicas(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    count = _whole("dp_size", arguments.get("dp_size", 1))
    if count <= 1 or arguments.get("enable_deterministic_inference"):
        return [arguments]
    if arguments.get("enable_dp_attention"):
        raise BackendError(
            "with `enable_dp_attention`, SGLang's data-parallel ranks share one random seed, and give the "
            "same samples for the same prompt",
            hint="leave both `dp_size` and `enable_dp_attention` out, or add "
            "enable_deterministic_inference = true",
        )
    seed = _whole("random_seed", arguments.pop("random_seed", secrets.randbelow(1 << 30)))
    first, step = arguments.get("base_gpu_id", 0), arguments.get("gpu_id_step", 1)
    size = step * arguments.get("tp_size", 1) * arguments.get("pp_size", 1)
    replicas = []
    for k in range(count):
        own = {**arguments, "dp_size": 1, "random_seed": seed + k}
        if arguments.get("device") != "cpu":
            own["base_gpu_id"] = first + k * size
        replicas.append(own)
    return replicas


def _whole(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return int(value)
    except (TypeError, ValueError):
        raise BackendError(f"`{name}` must be a whole number, not `{value}`") from None
