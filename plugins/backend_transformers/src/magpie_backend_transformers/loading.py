"""Opens a checkpoint's weights on a device; turns every failure into an error a user can act on."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from magpie_core.backend import EngineSettings
from magpie_core.checkpoint import Checkpoint, open_checkpoint
from magpie_core.errors import BackendError, CheckpointError, UnreachableError
from magpie_core.hub import explain_hub_error

DTYPES = {name: getattr(torch, name) for name in ("float32", "bfloat16", "float16")}


@dataclass(frozen=True)
class Loaded:
    """A model that is ready, and what the engine needs to know of it."""

    model: Any
    tokenizer: Any
    vocabulary: int
    context: int | None

    @property
    def device(self) -> torch.device:
        """Where the prompts go."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device


def load(settings: EngineSettings) -> Loaded:
    """Load tokenizer and weights.

    Raises:
        BackendError: the device is absent or too small, or an option or dtype is unknown.
        CheckpointError: the checkpoint cannot be loaded.
    """
    device = pick_device(settings.device)
    options = dict(settings.options)
    checkpoint = open_checkpoint(settings.checkpoint, trust_remote_code=settings.trust_remote_code)
    dtype = _dtype(options.pop("torch_dtype", options.pop("dtype", settings.dtype)), device)
    if isinstance(quantization := options.get("quantization_config"), dict):
        options["quantization_config"] = _quantization(quantization)
    placed = "device_map" in options or "quantization_config" in options
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = _opener(settings)(
                checkpoint,
                trust_remote_code=settings.trust_remote_code,
                **{_dtype_argument(): dtype},
                **options,
            )
            if not placed:
                model.to(device)
    except CheckpointError:
        raise
    except Exception as error:
        raise _explain(error, settings, device) from error
    model.eval()
    # stops and sampling come with each request; nothing of the checkpoint's own may interfere
    model.generation_config = transformers.GenerationConfig()
    own = checkpoint.context_length
    return Loaded(
        model=model,
        tokenizer=checkpoint.tokenizer,
        vocabulary=int(model.get_input_embeddings().num_embeddings),
        context=min(own or settings.max_context, settings.max_context or own or 0) or None,
    )


def _opener(settings: EngineSettings) -> Callable[..., Any]:
    """What opens a checkpoint for the settings' task."""
    if settings.task == "score":
        from magpie_backend_transformers.heads import open_with_head

        return open_with_head

    def open_causal(checkpoint: Checkpoint, **options: Any) -> Any:
        return transformers.AutoModelForCausalLM.from_pretrained(checkpoint.path, **options)

    return open_causal


def pick_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps`` into a device that is there.

    Raises:
        BackendError: it is not there, or there is no such kind.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BackendError(
            f"unknown device `{name}`", hint="use one of auto, cpu, cuda, cuda:1, mps"
        ) from error
    hint = "run on the processor: --device cpu"
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if count == 0:
            raise BackendError(f"device `{name}` was asked for, and torch sees no GPU", hint=hint)
        if (device.index or 0) >= count:
            raise BackendError(f"there is no device `{name}` (GPUs: {count})", hint=hint)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BackendError("device `mps` was asked for, and torch sees no Apple GPU", hint=hint)
    return device


def _dtype(name: Any, device: torch.device) -> Any:
    if isinstance(name, torch.dtype):
        return name
    if name == "auto":
        # float32 on a processor: there it is as fast, and samples repeat in any batch
        return torch.float32 if device.type == "cpu" else "auto"
    if name not in DTYPES:
        raise BackendError(f"unknown dtype `{name}` (known: auto, {', '.join(DTYPES)})")
    return DTYPES[name]


def _dtype_argument() -> str:
    """``dtype``, which was ``torch_dtype`` before transformers 4.56."""
    source = inspect.getsource(transformers.PreTrainedModel.from_pretrained)
    return "dtype" if '"dtype"' in source else "torch_dtype"


def _quantization(options: dict[str, Any]) -> Any:
    if "quant_method" in options:
        return options
    return transformers.BitsAndBytesConfig(**options)


def _explain(
    error: Exception, settings: EngineSettings, device: torch.device
) -> BackendError | CheckpointError:
    if isinstance(error, torch.OutOfMemoryError):
        return BackendError(
            f"`{settings.checkpoint}` does not fit into the memory of `{device}`",
            hint="use a smaller checkpoint, --dtype bfloat16 or quantization_config in the options",
        )
    if isinstance(error, TypeError) and "unexpected keyword" in str(error):
        return BackendError(
            f"transformers does not know an option: {error}",
            hint="options are passed to AutoModelForCausalLM.from_pretrained, but for `threads`",
        )
    if isinstance(error, ImportError):
        line = _first_line(error)
        return BackendError(f"`{settings.checkpoint}` needs a package: {line}")
    explained = explain_hub_error(settings.checkpoint, error)
    if isinstance(explained, UnreachableError) or "tokenizer" not in explained.message:
        return explained
    return CheckpointError(
        f"the weights of `{settings.checkpoint}` cannot be loaded: {_first_line(error)}",
        hint=_weights_hint(settings.checkpoint, error),
    )


def _weights_hint(name: str, error: BaseException) -> str:
    if "does not recognize this architecture" in str(error):
        return "a newer transformers may know this model: pip install -U transformers"
    if "/" in name and not Path(name).exists():
        again = f"download it again: hf download {name} --force-download"
    else:
        again = "download it again"
    return f"check that all its `*.safetensors` files are there and complete, or {again}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
