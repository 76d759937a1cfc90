"""Proof that the data trains: base, data, reward, preferences, SFT, DPO; held-out prompts before and after.

    python benchmarks/proof/run.py --work DIR            70 minutes of processor time
    python benchmarks/proof/run.py --work DIR --small    a few minutes: the way, not the figures

A step that is done is not done again: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import data
import preferring
from commands import Runner
from judged import data_figures, pair_figures, rows_of, sample_figures
from measure import SEED, prompts
from paths import Work
from report import TRAINED, summarise, table
from sizes import FULL, SMALL, Sizes

from magpie_tiny import CHECKPOINT
from tiny_training.generator import Turn

DATA = ("raw", *data.CURATED)
Step = Callable[[Work, Sizes, Runner], None]


def base(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The base model, from documents."""
    shutil.rmtree(work.base, ignore_errors=True)
    size = ["--steps", sizes.base_steps, "--documents", sizes.documents]
    runner.script("base.py", "--work", work.folder, *size)


def reward(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The reward model."""
    size = ["--steps", sizes.reward_steps, "--instructions", sizes.reward_instructions]
    runner.script("reward_model.py", "--work", work.folder, *size)


def judged(work: Work, sizes: Sizes, runner: Runner) -> None:
    """What is right in fact in the two data sets and among the pairs."""
    for name in DATA:
        write(work.figure(name), data_figures(data.conversations(work.data(name))))
    pool = rows_of(work.pool)
    write(work.figure("samples"), sample_figures(pool))
    write(work.figure("pairs"), with_wider(pool))


def vllm(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The preference run on vLLM."""
    file, backend = preferring.prefer(work, sizes, runner)
    rows = rows_of(file)
    figures = {"backend": backend, **with_wider(rows), "samples": sample_figures(rows)}
    write(work.figure("vllm"), figures)


def with_wider(rows: list[dict]) -> dict:
    """Figures of all pairs, and of those whose rewards are further apart."""
    wider = {
        f"margin >= {margin}": pair_figures(
            [row for row in rows if row["pair"] and row["margin"] >= margin]
        )
        for margin in (1, 2)
    }
    return {**pair_figures(rows), **wider}


def train(work: Work, sizes: Sizes, runner: Runner) -> None:
    """SFT on each data set, and DPO of what was trained on filtered data, with each seed."""
    for seed in sizes.seeds:
        for name in DATA:
            out = work.model(name, seed)
            if not (out / "proof.json").exists():
                what = ["--base", work.base, "--data", work.data(name)]
                runner.script("sft.py", *what, "--seed", seed, "--out", out)
        out = work.model("dpo", seed)
        if not (out / "proof.json").exists():
            what = ["--model", work.model("filtered", seed), "--data", work.pairs]
            runner.script("dpo.py", *what, "--seed", seed, "--out", out)


def measure(work: Work, sizes: Sizes, runner: Runner) -> None:
    """Answers of every model to the same held-out prompts."""
    turns = held_out(work, sizes)
    asked = work.folder / "prompts.json"
    asked.write_text(json.dumps([turn.instruction for turn in turns]), encoding="utf-8")
    models = [("base", work.base, []), ("base-page", work.base, ["--page"])]
    models += [("chat", CHECKPOINT, [])]
    for seed in sizes.seeds:
        for name in TRAINED:
            models.append((f"{name}-{seed}", work.model(name, seed), []))
    for name, checkpoint, how in models:
        out = work.answers / f"{name}.json"
        if not out.exists():
            what = ["--checkpoint", checkpoint, "--prompts", asked, "--out", out]
            runner.script("measure.py", *what, *how)


def held_out(work: Work, sizes: Sizes) -> list[Turn]:
    """The prompts: none was trained on in any step, and none stands in a run word for word."""
    seen = {instruction for instruction, _ in data.conversations(work.data("raw"))}
    with work.pool.open(encoding="utf-8") as file:
        seen |= {json.loads(line)["instruction"] for line in file}
    return prompts(sizes.prompts, SEED, {one.strip() for one in seen})


def report(work: Work, sizes: Sizes, runner: Runner) -> None:
    """The table, and everything as JSON."""
    found = summarise(work, held_out(work, sizes), sizes.seeds)
    write(work.folder / "results.json", found)
    print(table(found))


STEPS: dict[str, Step] = {
    "base": base,
    "reward": reward,
    "runs": data.make_runs,
    "curate": data.curate,
    "export": data.export,
    "judged": judged,
    "vllm": vllm,
    "train": train,
    "measure": measure,
    "report": report,
}


def write(path: Path, figures: object) -> None:
    """``figures`` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for everything that is made"
    )
    parser.add_argument("--small", action="store_true", help="try the way in a few minutes")
    parser.add_argument("--only", nargs="+", choices=list(STEPS), help="these steps, done or not")
    options = parser.parse_args()
    work, sizes = Work(options.work.resolve()), SMALL if options.small else FULL
    for name, step in STEPS.items():
        done = work.folder / "done" / name
        if name not in options.only if options.only else done.exists() and name != "report":
            continue
        print(f"== {name}: {(step.__doc__ or '').splitlines()[0]}", flush=True)
        runner = Runner(work.folder / "logs" / f"{name}.log")
        step(work, sizes, runner)
        done.parent.mkdir(parents=True, exist_ok=True)
        done.write_text("\n".join(runner.commands))


if __name__ == "__main__":
    main()
