"""Accepted records per second: the usual two-phase script against ``magpie run``, on the same model.

The script is what people write first: a batch of instructions with ``model.generate``, wait for the
longest, filter, a batch of responses, wait again. It gets the same prompts, sampling, cleaners and
filters (from the same recipe), the same precision, and its time does not count loading the model.
Prints one JSON object.

    python benchmarks/run_against_barrier.py -n 400
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magpie_core import Draft, EngineSettings, Sampling
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import parse_recipe


@dataclass
class Measured:
    """What one side did in one round."""

    accepted: int
    seconds: float
    tokens: int
    engine_share: float | None = None

    @property
    def rate(self) -> float:
        """Accepted records per second."""
        return self.accepted / self.seconds


class BarrierScript:
    """Batches of instructions, then batches of responses, with ``model.generate``."""

    def __init__(self, plan: Plan, batch: int) -> None:
        from magpie_backend_transformers.loading import load

        self.plan = plan
        self.batch = batch
        path = plan.instruction.checkpoint.path
        self.loaded = load(EngineSettings(checkpoint=path, device="cpu", dtype="float32"))
        self.seen: set[str] = set()

    def run(self, wanted: int, seed: int) -> Measured:
        """Go on, a batch at a time, until ``wanted`` records are accepted; all that were count."""
        import torch

        torch.manual_seed(seed)
        self.seen.clear()
        measured = Measured(0, 0.0, 0)
        begin = time.monotonic()
        while measured.accepted < wanted:
            drafts = self._instructions(measured)
            measured.accepted += self._responses(drafts, measured)
        measured.seconds = time.monotonic() - begin
        return measured

    def _instructions(self, measured: Measured) -> list[Draft]:
        side = self.plan.instruction
        prompts = [side.prompts.for_instruction()] * self.batch
        drafts = []
        for text, finish, tokens in self._generate(prompts, side.sampling):
            measured.tokens += tokens
            draft = Draft(index=0, instruction=text, finish_reason=finish)
            if self.plan.judges.instruction(draft) is None and draft.instruction not in self.seen:
                self.seen.add(draft.instruction)
                drafts.append(draft)
        return drafts

    def _responses(self, drafts: list[Draft], measured: Measured) -> int:
        side, accepted = self.plan.response, 0
        prompts = [side.prompts.for_response(draft.instruction) for draft in drafts]
        answers = self._generate(prompts, side.sampling) if prompts else []
        for draft, (text, finish, tokens) in zip(drafts, answers, strict=True):
            measured.tokens += tokens
            draft.response, draft.finish_reason = text.strip(), finish
            accepted += self.plan.judges.response(draft) is None
        return accepted

    def _generate(self, prompts: list[list[int]], sampling: Sampling) -> list[tuple[str, Any, int]]:
        import torch

        tokenizer, width = self.loaded.tokenizer, max(map(len, prompts))
        padding = tokenizer.pad_token_id or 0
        ids = torch.tensor([[padding] * (width - len(one)) + one for one in prompts])
        mask = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in prompts])
        warm = sampling.temperature > 0
        options = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
        with torch.inference_mode():
            out = self.loaded.model.generate(
                ids,
                attention_mask=mask,
                do_sample=warm,
                max_new_tokens=sampling.max_tokens,
                eos_token_id=list(sampling.stop_token_ids),
                pad_token_id=padding,
                **(options if warm else {}),
            )
        return [self._cut(row, sampling) for row in out[:, width:].tolist()]

    def _cut(self, row: list[int], sampling: Sampling) -> tuple[str, Any, int]:
        ends = [k for k, token in enumerate(row) if token in sampling.stop_token_ids]
        kept = row[: ends[0]] if ends else row
        text = self.loaded.tokenizer.decode(kept, skip_special_tokens=True)
        return text, "stop" if ends else "length", len(kept) + bool(ends)


def run_magpie(checkpoint: str, wanted: int, seed: int, most: int, threads: int) -> Measured:
    """Run the command a user would run, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-c", "from magpie_core.cli import main; main()", "run"),
            *("--checkpoint", checkpoint, "-n", str(wanted), "--seed", str(seed)),
            *("-o", str(Path(folder) / "run"), "--device", "cpu", "--pilot", "0", "--json"),
            *("--max-instruction-tokens", str(most), "--max-response-tokens", str(most)),
            *(("--engine-option", f"threads={threads}") if threads else ()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"magpie run failed ({done.returncode}):\n{done.stderr}")
    said = json.loads(done.stdout)
    return Measured(said["accepted"], said["seconds"], said["tokens"], said["engine_share"])


def main() -> None:
    """Measure both, in turns, and print the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", default="tiny")
    parser.add_argument("-n", type=int, default=400, help="accepted records per side and round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--batch", type=int, default=200, help="batch of the two-phase script")
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument(
        "--threads", type=int, default=0, help="CPU threads of torch on both sides; 0 leaves it"
    )
    options = parser.parse_args()

    most = options.max_tokens
    recipe = parse_recipe(
        f"run.checkpoint = {json.dumps(options.checkpoint)}\n"
        f"instruction.max_tokens = {most}\nresponse.max_tokens = {most}\n"
    )
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    script = BarrierScript(make_plan(recipe, load_plugins()), options.batch)
    load = os.getloadavg()[0]
    barrier, magpie = [], []
    for turn in range(options.rounds):
        barrier.append(script.run(options.n, seed=turn))
        magpie.append(run_magpie(options.checkpoint, options.n, turn, most, options.threads))
    slow, fast = _rate(barrier), _rate(magpie)
    report = {
        "records_per_round": options.n,
        "rounds": options.rounds,
        "barrier_batch": options.batch,
        "barrier_records_per_second": round(slow, 2),
        "magpie_records_per_second": round(fast, 2),
        "ratio": round(fast / slow, 2),
        "ratio_per_round": [
            round(b.rate / a.rate, 2) for a, b in zip(barrier, magpie, strict=True)
        ],
        "barrier_tokens_per_second": round(_tokens(barrier)),
        "magpie_tokens_per_second": round(_tokens(magpie)),
        "magpie_engine_share": [one.engine_share for one in magpie],
        "cores": os.cpu_count(),
        "threads": options.threads,
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(report, indent=2))


def _rate(rounds: list[Measured]) -> float:
    return sum(one.accepted for one in rounds) / sum(one.seconds for one in rounds)


def _tokens(rounds: list[Measured]) -> float:
    return sum(one.tokens for one in rounds) / sum(one.seconds for one in rounds)


if __name__ == "__main__":
    main()
