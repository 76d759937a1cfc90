"""Chooses how a model is batched: row by row where its cache allows it, else batch by batch."""

from __future__ import annotations

import logging

import torch

from magpie_backend_transformers.batcher import ContinuousBatcher
from magpie_backend_transformers.decoder import RowDecoder
from magpie_backend_transformers.loading import Loaded
from magpie_backend_transformers.plain import PlainBatcher
from magpie_backend_transformers.scorer import LengthBatcher
from magpie_backend_transformers.suitability import (
    NotRowWiseError,
    attention_windows,
    check_row_wise,
)
from magpie_backend_transformers.worker import Schedule
from magpie_core.backend import Task

logger = logging.getLogger(__name__)


def make_schedule(
    loaded: Loaded, max_batch: int, context: int, task: Task = "generate"
) -> tuple[Schedule, str]:
    """The schedule for a model, and its name for ``versions()``."""
    if task == "score":
        scorer = LengthBatcher(loaded.model, max_rows=max_batch, vocabulary=loaded.vocabulary)
        return scorer, "by length"
    try:
        with torch.inference_mode():
            windows = attention_windows(loaded.model)
            check_row_wise(loaded.model, windows, loaded.vocabulary)
    except NotRowWiseError as error:
        logger.warning("no continuous batching, a batch at a time: %s", error)
        plain = PlainBatcher(loaded.model, max_rows=max_batch, max_context=context)
        return plain, f"plain ({error})"
    decoder = RowDecoder(loaded.model, windows, max_rows=max_batch, max_context=context)
    return ContinuousBatcher(decoder), "continuous"
