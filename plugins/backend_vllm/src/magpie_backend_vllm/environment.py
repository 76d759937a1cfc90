"""What vLLM reads from the environment while it is imported. A variable that is set already stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

QUIET = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # vLLM's own choice is stdout, which is for data
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
PROCESSES = "VLLM_ENABLE_V1_MULTIPROCESSING"
TINY_BYTES = 100_000_000
"""Weights up to this get one thread: with more, small steps wait for each other on a busy machine
(measured with a model of 3.4 million parameters and one other process: 9,500 tokens a second with one
thread, less than a tenth with two)."""


def prepare(options: Mapping[str, object], weights: Path | None = None) -> None:
    """Set what is not set, before the first ``import vllm``.

    The engine lives in this process unless it is spread over several devices: on one device a process
    of its own costs 15 seconds at the start and more failures that can go unnoticed.

    Args:
        options: the engine options of the recipe.
        weights: the checkpoint's folder, when it is a local one.
    """
    for name, value in {**QUIET, PROCESSES: "1" if spread(options) else "0"}.items():
        os.environ.setdefault(name, value)
    # processes of the engine; ours has imported its libraries already
    os.environ.setdefault("PYTHONWARNINGS", "ignore::DeprecationWarning,ignore::FutureWarning")
    if weights is not None and 0 < _size(weights) <= TINY_BYTES:
        _use_one_thread()


def spread(options: Mapping[str, object]) -> bool:
    """Whether the model is cut over several devices."""
    sizes = ("tensor_parallel_size", "pipeline_parallel_size")
    return any(options.get(name, 1) not in (1, None) for name in sizes)


def _use_one_thread() -> None:
    if "OMP_NUM_THREADS" in os.environ:
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    if "torch" in sys.modules:  # it has read the variable already
        import torch

        torch.set_num_threads(1)


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.glob("*.safetensors"))
