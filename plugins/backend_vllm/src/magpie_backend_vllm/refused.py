"""What vLLM raises, told apart: one request refused, the engine gone, the checkpoint or the machine wrong."""

from __future__ import annotations

import re
from pathlib import Path

from vllm.v1.engine.exceptions import EngineDeadError as VllmDeadError

from magpie_backend_vllm.report import RUN_AGAIN, last_error
from magpie_core.backend import EngineSettings
from magpie_core.errors import BackendError, CheckpointError, MagpieError, UnreachableError
from magpie_core.hub import explain_hub_error

try:
    from vllm.exceptions import VLLMValidationError

    BAD_REQUEST: tuple[type[Exception], ...] = (VLLMValidationError, ValueError, TypeError)
except ImportError:  # before vLLM 0.16
    BAD_REQUEST = (ValueError, TypeError)

__all__ = ["BAD_REQUEST", "VllmDeadError", "explain_lora", "explain_opening", "first_line"]

NO_MEMORY = re.compile(
    r"free memory on device|no available memory|kv cache is needed|out of memory|gpu_memory_utilization"
    r"|larger than the available kv cache memory",
    re.IGNORECASE,
)
APART = "Engine core initialization failed"
"""How vLLM says that its process did not start; why, the process says."""
RULES = ("Value error, ", "Assertion failed, ")
"""How pydantic begins what a class's own check said, in place of a field's name."""
SMALLER = (
    "make it smaller: --max-context 4096, --max-batch 64, or the options gpu_memory_utilization "
    "and quantization"
)


def first_line(error: BaseException) -> str:
    """What it says, in one line; of pydantic's reports the line that holds the reason."""
    lines = [one.strip() for one in str(error).strip().splitlines() if one.strip()]
    if not lines:
        return type(error).__name__
    if "validation error" in lines[0] and len(lines) > 1:
        told = [one.partition(" [type=")[0] for one in lines[1:3]]
        if told[0].startswith(RULES):
            return told[0].partition(", ")[2]
        return f"{told[0]}: {told[-1].removeprefix('Value error, ')}"
    return lines[0]


def explain_opening(
    settings: EngineSettings, error: BaseException, log: Path | None = None
) -> MagpieError:
    """The error for an engine that did not open; ``log`` is what its processes wrote."""
    if isinstance(error, MagpieError):
        return error
    if APART in str(error) and log is not None and (found := last_error(log)) is not None:
        if RUN_AGAIN.startswith(type(found).__name__):
            return BackendError(
                "this script opens an engine as soon as it is run, and the engine's processes begin by "
                'running it again: put what it does below `if __name__ == "__main__":`'
            )
        explained = explain_opening(settings, found)
        return type(explained)(explained.message, hint=f"{explained.hint}; its log: less {log}")
    said = first_line(error)
    name = settings.checkpoint
    if type(error).__name__ == "OutOfMemoryError" or NO_MEMORY.search(str(error)):
        return BackendError(f"vLLM has too little memory for `{name}`: {said}", hint=SMALLER)
    if APART in said:
        return BackendError(
            f"the engine processes of vLLM did not start for `{name}`: {said.rpartition('. ')[2]}",
            hint="VLLM_LOGGING_LEVEL=INFO shows more; " + SMALLER,
        )
    explained = explain_hub_error(name, error)
    if isinstance(explained, UnreachableError) or "tokenizer" not in explained.message:
        return explained
    whole = "check that its files are there and complete"
    if (quantization := settings.options.get("quantization")) is not None:
        return BackendError(
            f"vLLM cannot load `{name}` with quantization `{quantization}`: {said}",
            hint="--dtype bfloat16"
            if "float32 is not supported" in said
            else "leave the option out where the checkpoint is quantised: vLLM finds that by itself; "
            "fp8_per_channel quantises any",
        )
    if "validation error" in str(error):
        return BackendError(
            f"vLLM refuses `{name}` with these settings: {said}",
            hint=f"check dtype, context and options; and of the checkpoint, {whole[6:]}",
        )
    unreadable = "weights" in said or "safetensor" in f"{type(error).__name__} {error}".lower()
    other = "the transformers backend knows more architectures: --backend transformers"
    return CheckpointError(
        f"vLLM cannot load `{name}`: {type(error).__name__}: {said}",
        hint=whole if unreadable else other,
    )


def explain_lora(folder: str, error: BaseException) -> BackendError:
    """The error for a LoRA that the engine does not take."""
    # of an engine in another process only the words come, behind those of the call
    said = first_line(error).rpartition("failed: ")[2]
    return BackendError(
        f"option `lora`: vLLM cannot use `{folder}`: {said}",
        hint="was it trained for this checkpoint, and are its weights there and complete?",
    )
