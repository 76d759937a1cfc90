"""From our settings to vLLM's engine arguments. Imports vLLM; loads nothing."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import typing
from pathlib import Path
from typing import Any

from vllm.engine.arg_utils import EngineArgs
from vllm.platforms import current_platform

from magpie_backend_vllm.names import PROCESSOR
from magpie_core.backend import EngineSettings
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import BackendError

DTYPES = ("float32", "bfloat16", "float16")
OURS = {
    "model": "it is the checkpoint: --checkpoint",
    "task": "a session chooses it",
    "runner": "a session chooses it",
    "trust_remote_code": "say it once for everybody: --trust-remote-code",
}
"""Engine arguments that are no options here, with what to do instead."""
CPU_CACHE = 2 * 2**30
"""Bytes for keys and values on a processor, where vLLM would take nine tenths of the machine's memory."""
CPU_CACHE_VARIABLE = "VLLM_CPU_KVCACHE_SPACE"
"""vLLM's own setting of it, in GiB."""
STRUCTURE = {"backend": "guidance", "disable_any_whitespace": True}
"""guidance keeps raw control characters out of strings, which strict JSON forbids (300 of 300 samples
parsed, 225 with xgrammar); a weak model could write white space for ever."""


def engine_arguments(settings: EngineSettings, checkpoint: Checkpoint) -> dict[str, Any]:
    """Keyword arguments of ``EngineArgs``; what stands in ``settings.options`` wins.

    Raises:
        BackendError: an option, the device or the dtype cannot be used; it is named.
    """
    options = {name: value for name, value in settings.options.items() if name != "lora"}
    fields = {one.name for one in dataclasses.fields(EngineArgs)}
    _check_names(options, fields)
    arguments: dict[str, Any] = {
        "model": checkpoint.path,
        "trust_remote_code": settings.trust_remote_code,
        "dtype": _dtype(settings.dtype),
        "enable_prefix_caching": True,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
        # stops and sampling come with each request; nothing of the checkpoint's own may interfere
        "generation_config": "vllm",
        **_device(settings.device, fields),
    }
    if settings.max_batch:
        arguments["max_num_seqs"] = settings.max_batch
    if settings.max_context:
        own = checkpoint.context_length
        arguments["max_model_len"] = min(own or settings.max_context, settings.max_context)
    if on_cpu():
        # compiling costs 7 to 24 seconds at each start and gains a tenth there
        arguments["enforce_eager"] = True
        if CPU_CACHE_VARIABLE not in os.environ and "gpu_memory_utilization" not in options:
            arguments["kv_cache_memory_bytes"] = CPU_CACHE
    if settings.task == "score":
        arguments["runner"] = "pooling"
    else:
        arguments["runner"] = "generate"
        if on_cpu():
            # a prompt that is read in parts makes vLLM rewind its sample's generator, which a CPU's cannot
            arguments["enable_chunked_prefill"] = False
        arguments["structured_outputs_config"] = STRUCTURE
        if not options.get("speculative_config"):  # with which vLLM takes no processor
            own_processors = options.pop("logits_processors", None) or []
            arguments["logits_processors"] = [PROCESSOR, *own_processors]
    arguments |= _lora(settings.options.get("lora"))
    arguments |= options
    return {name: _built(name, value) for name, value in arguments.items()}


def on_cpu() -> bool:
    """Whether this vLLM runs on the processor."""
    return str(current_platform.device_type) == "cpu"


def lora_folder(value: object) -> Path:
    """The folder of the LoRA that the option names.

    Raises:
        BackendError: there is none.
    """
    if not isinstance(value, str):
        raise BackendError(f"option `lora` must be the path of a LoRA's folder, not `{value}`")
    folder = Path(value).expanduser()
    if not (folder / "adapter_config.json").is_file():
        raise BackendError(
            f"option `lora`: `{value}` holds no adapter_config.json",
            hint="give the folder that PEFT saved, with adapter_config.json and its weights in it",
        )
    return folder


def _check_names(options: dict[str, Any], fields: set[str]) -> None:
    for name in options:
        if name in OURS:
            raise BackendError(f"option `{name}` is not for the engine", hint=OURS[name])
        if name not in fields or name.startswith("_"):
            near = difflib.get_close_matches(name, [*sorted(fields), "lora"], n=1)
            raise BackendError(
                f"vLLM has no engine argument `{name}`",
                hint=f"did you mean `{near[0]}`?"
                if near
                else "options are vLLM's EngineArgs, with underscores, and `lora`",
            )
    if options.get("data_parallel_size", 1) not in (1, None):
        raise BackendError(
            "option `data_parallel_size`: one engine cannot be several",
            hint="start a server for each and use --backend openai with all of them",
        )


def _dtype(name: str) -> str:
    if name == "auto":
        # float32 on a processor: there a seed gives the same sample in any batch
        return "float32" if on_cpu() else "auto"
    if name not in DTYPES:
        raise BackendError(f"unknown dtype `{name}` (known: auto, {', '.join(DTYPES)})")
    return name


def _device(name: str, fields: set[str]) -> dict[str, Any]:
    """The engine is built for one kind of device; a number chooses among several."""
    kind, _, number = name.partition(":")
    here = str(current_platform.device_type) or "no device"
    if kind == "auto":
        return {}
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise BackendError(
            f"vLLM knows no device `{name}`", hint="use one of auto, cpu, cuda, cuda:1"
        )
    if kind != here:
        raise BackendError(
            f"device `{name}` was asked for, and vLLM here runs on {here}",
            hint="leave the device out, or use --backend transformers",
        )
    if not number:
        return {}
    if "device_ids" not in fields:
        raise BackendError(
            f"this vLLM cannot be told to use `{name}`",
            hint=f"set CUDA_VISIBLE_DEVICES={number} and leave the device out",
        )
    return {"device_ids": [int(number)]}


def _lora(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    folder = lora_folder(value)
    try:
        rank = json.loads((folder / "adapter_config.json").read_text("utf-8")).get("r", 16)
    except (OSError, ValueError, AttributeError) as error:
        raise BackendError(f"option `lora`: `{value}` cannot be read: {error}") from error
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": _rank_at_least(rank)}


def _rank_at_least(rank: int) -> int:
    """The smallest rank that vLLM makes room for and that is enough."""
    try:
        from vllm.config.lora import MaxLoRARanks

        ranks = [one for one in typing.get_args(MaxLoRARanks) if one >= rank]
    except ImportError:
        ranks = [one for one in (8, 16, 32, 64, 128, 256) if one >= rank]
    return min(ranks, default=rank)


def _built(name: str, value: Any) -> Any:
    """Tables become vLLM's configuration objects where ``EngineArgs`` does not do that itself."""
    if name == "structured_outputs_config" and isinstance(value, dict):
        from vllm.config import StructuredOutputsConfig

        return StructuredOutputsConfig(**{**STRUCTURE, **value})
    if name == "pooler_config" and isinstance(value, dict):
        from vllm.config import PoolerConfig

        return PoolerConfig(**value)
    if name == "kv_transfer_config" and isinstance(value, dict):
        from vllm.config import KVTransferConfig

        return KVTransferConfig(**value)
    if name == "compilation_config" and isinstance(value, int):
        return {"mode": value}
    return value
