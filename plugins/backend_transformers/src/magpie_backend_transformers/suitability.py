"""Whether a model can decode rows of different length in one row cache, and with which windows."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from magpie_backend_transformers.decoder import RowDecoder
from magpie_backend_transformers.request import Request
from magpie_core.sampling import Sampling

ATTENTION = ("sdpa", "eager")
"""Attention implementations that take a mask per row."""

SHORT_WINDOW = 64
"""Windows up to this are tried out; longer ones would make the trial slow."""


class NotRowWiseError(Exception):
    """The model's cache cannot be handled row by row; the message says why."""


def attention_windows(model: Any) -> dict[str, int | None]:
    """Sliding window per kind of attention layer.

    Raises:
        NotRowWiseError: the model is built in a way that a row cache cannot follow.
    """
    from transformers import DynamicCache

    implementation = getattr(model.config, "_attn_implementation", "eager")
    if implementation not in ATTENTION:
        raise NotRowWiseError(f"attention implementation `{implementation}` takes no mask per row")
    if getattr(model, "_is_stateful", False) or model.config.is_encoder_decoder:
        raise NotRowWiseError(f"`{model.config.model_type}` keeps a state, not keys and values")
    config = model.config.get_text_config(decoder=True)
    if "config" not in inspect.signature(DynamicCache.__init__).parameters:
        return _windows_in_old_versions(config)
    windows: dict[str, int | None] = {}
    for layer in DynamicCache(config=config).layers:
        kind, window = _kind(layer)
        if windows.setdefault(kind, window) != window:
            raise NotRowWiseError("the model's layers have windows of different size")
    return windows or {"full_attention": None}


def _windows_in_old_versions(config: Any) -> dict[str, int | None]:
    """Before transformers 4.56 the cache does not tell which layers have a window."""
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        raise NotRowWiseError("this version of transformers hides the layers' windows")
    return {"full_attention": None}


def _kind(layer: Any) -> tuple[str, int | None]:
    name = type(layer).__name__
    if name == "DynamicLayer":
        return "full_attention", None
    if name == "DynamicSlidingWindowLayer":
        return "sliding_attention", int(layer.sliding_window)
    raise NotRowWiseError(f"the model has layers of the kind {name}")


def check_row_wise(model: Any, windows: dict[str, int | None], vocabulary: int) -> None:
    """Decode two short prompts of different length together and compare with the model alone.

    Raises:
        NotRowWiseError: the logits differ, or the model does not accept the cache.
    """
    longest = max((one for one in windows.values() if one and one <= SHORT_WINDOW), default=8) + 3
    prompts = [[(7 * k + 3) % vocabulary for k in range(size)] for size in (longest, 4)]
    decoder = RowDecoder(model, windows, max_rows=2, max_context=longest + 1)
    sampling = Sampling(temperature=0.0)
    requests = [Request(tuple(ids), sampling, seed=0, limit=1) for ids in prompts]
    try:
        decoder.exchange([], requests)
        together = decoder.logits().float()
        alone = torch.stack([_logits(model, ids, decoder.device) for ids in prompts])
    except (TypeError, ValueError, AttributeError, IndexError, KeyError, RuntimeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        reason = f"the model refuses the row cache ({type(error).__name__}: {error})"
        raise NotRowWiseError(reason) from error
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.1
    difference = float((together.to(alone.device) - alone).norm() / alone.norm())
    if not difference < tolerance:
        raise NotRowWiseError(f"the row cache changes the model's logits by {difference:.2g}")


def _logits(model: Any, ids: list[int], device: torch.device) -> torch.Tensor:
    tokens = torch.tensor([ids], device=device)
    logits: torch.Tensor = model(input_ids=tokens, use_cache=False).logits[0, -1].float()
    return logits
