"""The preference run on vLLM: several responses to each instruction, rated by the tiny reward model."""

from __future__ import annotations

from pathlib import Path

from commands import MAGPIE, Runner
from paths import VLLM, Work
from sizes import Sizes

SEED, SAMPLES = 8, 5


def prefer(work: Work, sizes: Sizes, runner: Runner) -> tuple[Path, str]:
    """Run, prefer, export: the file of all columns, and the engine that made it (vLLM where it is there)."""
    executable, backend = (VLLM, "vllm") if VLLM.exists() else (MAGPIE, "transformers")
    run, out = work.vllm_run, work.folder / "vllm-pairs.jsonl"
    engine = ["--backend", backend, "--dtype", "float32"]
    same = ["--family", "llama3", "--checkpoint", "tiny", "--seed", SEED, *engine]
    runner.magpie("run", *same, "-n", sizes.vllm, "-o", run, executable=executable)
    rater = ["--reward", work.reward, "--reward-dtype", "float32"]
    runner.magpie("prefer", run, "--samples", SAMPLES, *rater, executable=executable)
    runner.magpie("export", run, "--to", "jsonl", "--out", out, "--overwrite")
    return out, backend
