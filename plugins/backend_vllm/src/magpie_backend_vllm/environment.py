"""What vLLM reads from the environment while it is imported. A variable that the user set stays."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from magpie_backend_vllm.report import LOG, RUN_AGAIN, note, value_for

QUIET = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # vLLM's own choice is stdout, which is for data
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    # processes of the engine; ours has imported its libraries already
    "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::FutureWarning",
    # a copy of this process, its threads and open files would be no place for an engine
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}
LEVEL, LOGGED_TO = "VLLM_LOGGING_LEVEL", "VLLM_LOGGING_STREAM"
PROCESSES = "VLLM_ENABLE_V1_MULTIPROCESSING"
THREADS = "OMP_NUM_THREADS"
TINY_BYTES = 100_000_000
"""Weights up to this make a tiny model. It gets one thread: with more, small steps wait for each other on
a busy machine (measured with a model of 3.4 million parameters and one other process: 9,500 tokens a
second with one thread, less than a tenth with two)."""
_OURS: dict[str, str] = {}
"""What we set, and to what: the next engine may need another value."""


def prepare(options: Mapping[str, object], weights: Path | None = None) -> bool:
    """Set what the user did not, before the first ``import vllm``; again for each engine.

    The engine gets a process of its own, where nothing of ours holds it up: in this one, each moment that
    we spend on a record is a moment in which it cannot go on (measured on two cores: 0.94 of the bare
    engine's tokens per second here, all of them there). Only a tiny model on one device stays in this
    process: the other costs it more at the start than it ever gains.

    Args:
        options: the engine options of the recipe.
        weights: the checkpoint's folder, when it is a local one.

    Returns:
        whether the engine gets processes of its own.
    """
    for name, quiet in QUIET.items():
        _set(name, quiet)
    tiny = weights is not None and 0 < _size(weights) <= TINY_BYTES
    _set(PROCESSES, "0" if tiny and not spread(options) else "1")
    if _set(THREADS, "1" if tiny else None) and "torch" in sys.modules:
        import torch  # it has read the variable already

        torch.set_num_threads(1)
    return os.environ[PROCESSES] != "0"


@contextmanager
def starting(apart: bool) -> Iterator[Path | None]:
    """Around the opening of an engine.

    Args:
        apart: whether it gets processes of its own.

    Yields:
        the file that they write to; None where there are none, or where the user chose how vLLM logs.
    """
    chosen = any(os.environ.get(name) != QUIET[name] for name in (LEVEL, LOGGED_TO))
    if not apart or chosen:
        yield None
        return
    descriptor, name = tempfile.mkstemp(prefix="magpie-vllm-", suffix=".log")
    os.close(descriptor)
    # for the engine's processes alone: others that we start may have nothing of ours to import
    os.environ[LOG] = value_for(Path(name))
    os.environ[LOGGED_TO] = "ext://magpie_backend_vllm.report.STREAM"
    try:
        yield Path(name)
    finally:
        os.environ.pop(LOG, None)
        os.environ[LOGGED_TO] = QUIET[LOGGED_TO]


def leave_an_engines_process() -> None:
    """End this process where it is an engine's, which Python begins by running the user's script again.

    A script that opens an engine outside ``if __name__ == "__main__":`` would open one in there, and so on.
    """
    import multiprocessing

    # the attribute by which multiprocessing itself tells such a script, with thirty lines of traceback
    runs_again = getattr(multiprocessing.current_process(), "_inheriting", False)
    if runs_again and LOG in os.environ:
        note(RUN_AGAIN)
        raise SystemExit(1)


def spread(options: Mapping[str, object]) -> bool:
    """Whether the model is cut over several devices."""
    sizes = ("tensor_parallel_size", "pipeline_parallel_size")
    return any(options.get(name, 1) not in (1, None) for name in sizes)


def _set(name: str, wanted: str | None) -> bool:
    """Set a variable, or with None remove what we set; the user's stays. Whether it has our value now."""
    if name in os.environ and os.environ[name] != _OURS.get(name):
        return False
    if wanted is None:
        os.environ.pop(name, None)
        return False
    os.environ[name] = _OURS[name] = wanted
    return True


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.glob("*.safetensors"))
