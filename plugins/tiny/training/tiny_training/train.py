"""Train the model: next-token loss over whole conversations, the user's words included.

python -m tiny_training.train --work WORK --minutes 40 --out CHECKPOINT
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as functional

from .batches import IGNORED, fill_batch, rows_per_batch, schedule, used_buckets
from .dataset import Corpus
from .model import fresh_model, loaded_model, save_checkpoint
from .optimizer import LearningRates, MasterWeights, cosine
from .processes import is_worker, join, launch_workers

LOG_EVERY = 200


@dataclass
class Progress:
    """What has been done so far."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0


class Trainer:
    """One worker's share of the training."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.rank, self.workers = join()
        # The same order in every worker: worker r takes batches r, r + workers, ...
        self.rng = np.random.default_rng(options.seed)
        self.train = Corpus.load(options.work / "train.npz")
        self.validation = Corpus.load(options.work / "validation.npz")
        self.model = loaded_model(options.init) if options.init else fresh_model(options.seed)
        self.model.config.use_cache = False
        self.model.train()
        self.weights = MasterWeights(self.model, LearningRates(options.adam, options.muon))
        self.tokens_per_worker = options.tokens // self.workers
        torch._dynamo.config.recompile_limit = 64
        self.compiled_loss = torch.compile(self.loss, dynamic=False)
        # Behind the gradients: targets, loss and elapsed seconds, so that one reduction is enough.
        self.exchange = torch.zeros(self.weights.size + 3)

    def loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Summed cross entropy."""
        logits = self.model(input_ids=inputs, use_cache=False).logits.float()
        return functional.cross_entropy(
            logits.view(-1, logits.size(-1)),
            targets.reshape(-1),
            ignore_index=IGNORED,
            reduction="sum",
        )

    def log(self, text: str) -> None:
        """Print once, not once per worker."""
        if self.rank == 0:
            print(text, flush=True)

    def compile_all(self) -> None:
        """Compile every row length; the first worker fills the cache, the others read it."""
        for rank in range(self.workers):
            if rank == self.rank:
                for width in used_buckets(self.train):
                    rows = rows_per_batch(width, self.tokens_per_worker)
                    example = torch.randint(16, 1000, (rows, width))
                    self.compiled_loss(example, example.clone()).backward()
                self.model.zero_grad(set_to_none=True)
            dist.barrier()

    def run(self) -> Progress:
        """Train until the time (or the number of steps) is used up."""
        self.compile_all()
        self.log(f"{self.weights.size / 1e6:.2f} M parameters, {len(self.train.lengths)} rows")
        batches = schedule(self.train, self.tokens_per_worker, self.rng)
        progress, start = Progress(), time.monotonic()
        window_loss = window_tokens = 0.0
        window_start, done = start, 0.0
        while done < 1:
            mine = [next(batches) for _ in range(self.workers)][self.rank]
            tokens, loss, seconds = self.exchange_gradients(mine, time.monotonic() - start)
            done = self.share_done(progress.steps + 1, seconds)
            gradients = self.exchange[:-3]
            gradients.mul_(self.tokens_per_worker / tokens)
            self.weights.step(gradients, cosine(done, progress.steps, self.options.warm_up))
            progress.steps += 1
            progress.tokens += int(tokens)
            window_loss, window_tokens = window_loss + loss, window_tokens + tokens
            if progress.steps % LOG_EVERY == 0:
                now = time.monotonic()
                self.log(
                    f"{now - start:6.0f} s  step {progress.steps}  loss "
                    f"{window_loss / window_tokens:.4f}  "
                    f"{window_tokens / (now - window_start):.0f} tokens/s"
                )
                window_loss, window_tokens, window_start = 0.0, 0.0, now
        progress.seconds = time.monotonic() - start
        return progress

    def exchange_gradients(self, batch: np.ndarray, elapsed: float) -> tuple[float, float, float]:
        """Forward, backward and reduction; returns targets, loss and mean seconds of all workers."""
        inputs, targets = fill_batch(self.train, batch)
        loss = self.compiled_loss(inputs, targets)
        (loss / self.tokens_per_worker).backward()
        self.weights.collect_gradients(self.exchange)
        self.exchange[-3] = int((targets != IGNORED).sum())
        self.exchange[-2] = loss.item()
        self.exchange[-1] = elapsed
        dist.all_reduce(self.exchange)
        tokens, total_loss, seconds = self.exchange[-3:].tolist()
        return tokens, total_loss, seconds / self.workers

    def share_done(self, steps: int, seconds: float) -> float:
        """How much of the training is over. All workers agree, since ``seconds`` was reduced."""
        if self.options.steps:
            return steps / self.options.steps
        return seconds / (self.options.minutes * 60)

    @torch.no_grad()
    def validation_loss(self) -> float:
        """The mean loss on conversations with held-out instructions."""
        self.model.eval()
        total = count = 0.0
        for batch in schedule(self.validation, self.tokens_per_worker, None):
            inputs, targets = fill_batch(self.validation, batch)
            total += self.loss(inputs, targets).item()
            count += int((targets != IGNORED).sum())
        return total / count


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder with corpus, tokenizer")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--init", type=Path, help="checkpoint to go on from")
    parser.add_argument("--minutes", type=float, default=40, help="length by the clock")
    parser.add_argument("--steps", type=int, help="length in steps instead of minutes")
    parser.add_argument(
        "--tokens", type=int, default=4096, help="tokens per step, padding included"
    )
    parser.add_argument("--adam", type=float, default=6e-3, help="peak rate of AdamW")
    parser.add_argument("--muon", type=float, default=5e-3, help="peak rate of Muon")
    parser.add_argument("--warm-up", type=int, default=100, help="steps of linear warm-up")
    parser.add_argument("--workers", type=int, default=2, help="processes, one per core")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Start the workers, or be one."""
    options = parse_options()
    if not is_worker():
        sys.exit(launch_workers(options.workers))
    trainer = Trainer(options)
    progress = trainer.run()
    if trainer.rank == 0:
        validation = trainer.validation_loss()
        save_checkpoint(trainer.model, options.work / "tokenizer", options.out)
        summary = {
            "steps": progress.steps,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds),
            "validation_loss": round(validation, 4),
            "parameters": trainer.weights.size,
        }
        # Beside the intermediate files: the checkpoint folder is shipped as it is.
        log = options.work / f"{options.out.name}.training.json"
        log.write_text(json.dumps(summary, indent=2) + "\n")
        trainer.log(json.dumps(summary))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
