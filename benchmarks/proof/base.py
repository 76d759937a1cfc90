"""Pre-train the base model: the tiny architecture from random weights, on documents, with no chat format.

    python benchmarks/proof/base.py --work DIR --steps 2200

The training itself is that of the tiny model (``plugins/tiny/training``): what it reads is put where it
looks. The only special token is the end of a text.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from documents import documents
from paths import TRAINING, Work
from tokenizers import Tokenizer

from magpie_tiny import CHECKPOINT
from tiny_training.chat import SPECIAL_TOKENS
from tiny_training.dataset import Corpus

END_OF_TEXT = SPECIAL_TOKENS.index("<|end_of_text|>")


def corpus(tokenizer: Tokenizer, count: int, seed: int) -> Corpus:
    """``count`` documents as token ids, each with the end of a text behind it."""
    encoded = tokenizer.encode_batch_fast(list(documents(count, seed)), add_special_tokens=False)
    rows = [np.array([*one.ids, END_OF_TEXT], np.uint16) for one in encoded]
    lengths = np.array([len(row) for row in rows])
    return Corpus(np.concatenate(rows), lengths, np.array([], np.uint64))


def prepare(folder: Path, count: int) -> None:
    """Write what the training reads: tokenizer, ``train.npz``, ``validation.npz``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer").mkdir(exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(CHECKPOINT / name, folder / "tokenizer" / name)
    tokenizer = Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))
    for name, size, seed in (("train", count, 21), ("validation", 500, 22)):
        made = corpus(tokenizer, size, seed)
        made.save(folder / f"{name}.npz")
        print(f"{name}: {size} documents, {made.lengths.sum() / 1e6:.2f} M tokens", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2_200)
    parser.add_argument("--documents", type=int, default=60_000)
    options = parser.parse_args()
    work = Work(options.work)
    intermediate = work.folder / "base-training"
    prepare(intermediate, options.documents)
    out = intermediate / "base"
    training = [sys.executable, "-m", "tiny_training.train", "--work", intermediate, "--out", out]
    subprocess.run(
        [*map(str, training), "--steps", str(options.steps)],
        env=os.environ | {"PYTHONPATH": str(TRAINING)},
        check=True,
    )
    work.figure("base").parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(intermediate / "base.training.json", work.figure("base"))
    out.rename(work.base)


if __name__ == "__main__":
    main()
