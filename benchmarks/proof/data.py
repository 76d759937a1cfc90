"""The data: by ``magpie``'s own commands, raw and curated, of the same size and from the same samples."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from commands import Runner
from paths import HERE, Work
from sizes import Sizes

SEED = 7
TEMPERATURE = 1.0
"""Of the responses, where greedy ones would be the family's default: the raw data should have mistakes in
it that curation can find, as the data of a large model has."""
SAMPLES = 4
AGREED = "majority_answer IS NULL OR (majority_share > 0.5 AND contains(response, majority_answer))"
"""Where sampled answers end with something that can be compared: the response says what most of them do."""
CURATED = {
    "filtered": ("duplicate_keep", "instruct_reward > 0", AGREED),
    "within": ("duplicate_keep", "instruct_reward >= list_avg(rewards) - 0.01", AGREED),
}
"""Two ways to use the reward: one threshold for all rows, or the mean of the answers to the same instruction
(less what rounding in batches can make of equal texts). The first was decided on before anything was
trained; the second was added when the first had been measured."""


def make_runs(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The same samples twice: without any filter, and a larger pool with the filters that are the default.

    A sample's seed follows from the run's and the index, so both runs hold the same texts.
    """
    same = ["--family", "llama3", "--checkpoint", "tiny", "--seed", SEED]
    same += ["--response-temperature", TEMPERATURE]
    runner.magpie("run", HERE / "raw.toml", *same, "-n", sizes.rows, "-o", work.raw_run)
    runner.magpie("run", *same, "-n", sizes.pool, "-o", work.pool_run)


def curate(work: Work, sizes: Sizes, runner: Runner) -> None:
    """Near-duplicates, a reward, several answers and their agreement; then the selection."""
    pool = work.pool_run
    runner.magpie("dedup", pool, "--embedder", "minilm")
    runner.magpie("tag", pool, "reward", "--checkpoint", work.reward, "--dtype", "float32")
    rater = ["--reward", work.reward, "--reward-dtype", "float32"]
    runner.magpie("prefer", pool, "--samples", SAMPLES, *rater)
    # Columns beside a file belong to its bytes: those of an earlier try would be refused.
    shutil.rmtree(f"{work.pool}.magpie", ignore_errors=True)
    runner.magpie("export", pool, "--to", "jsonl", "--out", work.pool, "--overwrite")
    runner.magpie("tag", work.pool, "majority")
    for name, wanted in CURATED.items():
        conditions = [word for one in wanted for word in ("--where", one)]
        chosen = ["--sample", sizes.rows, "--seed", SEED, "--as", name, "--overwrite"]
        out = ["--out", work.data(name), "--to", "messages"]
        runner.magpie("select", work.pool, *conditions, *chosen, *out)


def export(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The raw rows and the pairs, as TRL reads them."""
    raw = ["--to", "messages", "-n", sizes.rows, "--out", work.data("raw"), "--overwrite"]
    runner.magpie("export", work.raw_run, *raw)
    apart = [
        "--where",
        f"margin >= {sizes.margin}",
        "--sample",
        sizes.pairs,
        "--seed",
        SEED,
        "--as",
        "pairs",
    ]
    pairs = ["--out", work.pairs, "--to", "trl-preference", "--overwrite"]
    runner.magpie("select", work.pool, *apart, *pairs)


def conversations(path: Path) -> list[tuple[str, str]]:
    """Instruction and response of each row of a ``messages`` file."""
    with path.open(encoding="utf-8") as file:
        talks = [json.loads(line)["messages"] for line in file]
    return [(talk[0]["content"], talk[1]["content"]) for talk in talks]
