"""What vLLM raises, told apart: one request refused, the engine gone, the checkpoint or the machine wrong."""

from __future__ import annotations

import re

from vllm.v1.engine.exceptions import EngineDeadError as VllmDeadError

from magpie_core.backend import EngineSettings
from magpie_core.errors import BackendError, CheckpointError, MagpieError, UnreachableError
from magpie_core.hub import explain_hub_error

try:
    from vllm.exceptions import VLLMValidationError

    BAD_REQUEST: tuple[type[Exception], ...] = (VLLMValidationError, ValueError, TypeError)
except ImportError:  # before vLLM 0.16
    BAD_REQUEST = (ValueError, TypeError)

__all__ = ["BAD_REQUEST", "VllmDeadError", "explain_opening", "first_line"]

NO_MEMORY = re.compile(
    r"free memory on device|no available memory|kv cache is needed|out of memory|gpu_memory_utilization"
    r"|larger than the available kv cache memory",
    re.IGNORECASE,
)
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


def explain_opening(settings: EngineSettings, error: BaseException) -> MagpieError:
    """The error for an engine that did not open."""
    if isinstance(error, MagpieError):
        return error
    said = first_line(error)
    name = settings.checkpoint
    if type(error).__name__ == "OutOfMemoryError" or NO_MEMORY.search(str(error)):
        return BackendError(f"vLLM has too little memory for `{name}`: {said}", hint=SMALLER)
    if "Engine core initialization failed" in said:
        return BackendError(
            f"the engine processes of vLLM did not start for `{name}`; what they said stands above",
            hint="VLLM_LOGGING_LEVEL=INFO shows more; " + SMALLER,
        )
    explained = explain_hub_error(name, error)
    if isinstance(explained, UnreachableError) or "tokenizer" not in explained.message:
        return explained
    whole = "check that its files are there and complete"
    if "validation error" in str(error):
        return BackendError(
            f"vLLM refuses `{name}` with these settings: {said}",
            hint=f"check dtype, context and options; and of the checkpoint, {whole[6:]}",
        )
    other = "the transformers backend knows more architectures: --backend transformers"
    return CheckpointError(
        f"vLLM cannot load `{name}`: {type(error).__name__}: {said}",
        hint=whole if "weights" in said or "safetensors" in str(error).lower() else other,
    )
