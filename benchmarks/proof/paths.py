"""Where everything stands in the folder that ``run.py --work`` names. Makes nothing.

Importing this module puts the corpus generator of the tiny model, which is not installed, on the path.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TRAINING = ROOT / "plugins" / "tiny" / "training"
if str(TRAINING) not in sys.path:
    sys.path.insert(0, str(TRAINING))

TEMPLATE = HERE / "training_template.jinja"
"""The run's chat template, with marks around what the assistant says."""
VLLM = ROOT / ".venv-vllm" / "bin" / "magpie"


class Work:
    """The paths below one working folder."""

    def __init__(self, folder: Path) -> None:
        """Everything is put below ``folder``."""
        self.folder = folder
        self.base = folder / "base"
        self.reward = folder / "reward"
        self.raw_run = folder / "runs" / "raw"
        self.pool_run = folder / "runs" / "pool"
        self.pool = folder / "pool.jsonl"
        self.vllm_run = folder / "runs" / "vllm"
        self.pairs = folder / "pairs.jsonl"
        self.models = folder / "models"
        self.answers = folder / "answers"
        self.figures = folder / "figures"

    def data(self, name: str) -> Path:
        """The training file called ``raw`` or ``filtered``."""
        return self.folder / f"{name}.jsonl"

    def model(self, name: str, seed: int) -> Path:
        """The checkpoint that was trained on ``name`` with ``seed``."""
        return self.models / f"{name}-{seed}"

    def figure(self, name: str) -> Path:
        """What the step called ``name`` found."""
        return self.figures / f"{name}.json"
