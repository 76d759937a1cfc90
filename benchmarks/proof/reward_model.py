"""Train a tiny reward model: the chat model's body and a new head, right answers against worse ones.

    python benchmarks/proof/reward_model.py --work DIR --steps 700

Half of the pairs were corrupted by hand (``corrupting``), half by the chat model itself (``sampled``).

Bradley-Terry: minus the log of the sigmoid of the difference of both rewards. What is written is a plain
sequence-classification checkpoint, as any engine loads it.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from random import Random

import torch
from corrupting import Pair, pairs
from paths import Work
from sampled import sampled_pairs
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel

from magpie_tiny import CHECKPOINT
from tiny_training.attention import register
from tiny_training.chat import PADDING_ID, render

SEED, CHECK_SEED = 31, 32
BATCH = 32
"""Pairs in a step."""
CHUNK = 64
"""Batches that are sorted by length together."""
RATE = 3e-4
SIZE_PENALTY = 0.002
"""On the squares of the rewards: only differences matter to the loss, and nothing else holds their mean."""

Ids = list[int]


def encoded(tokenizer: AutoTokenizer, some: Sequence[Pair]) -> list[tuple[Ids, Ids]]:
    """Token ids of both conversations of each pair."""

    def ids(instruction: str, answer: str) -> Ids:
        talk = [
            {"role": "user", "content": instruction},
            {"role": "assistant", "content": answer},
        ]
        return list(tokenizer(render(talk), add_special_tokens=False)["input_ids"])

    return [(ids(one.instruction, one.good), ids(one.instruction, one.bad)) for one in some]


def batches(
    tokenizer: AutoTokenizer, own: Sequence[Pair], seed: int
) -> Iterator[list[tuple[Ids, Ids]]]:
    """Batches of pairs of like length, without end; half of them are ``own``, again and again."""
    source, drawn = pairs(seed), cycle(own)
    order = torch.Generator().manual_seed(seed)
    half = BATCH * CHUNK // 2
    while True:
        chunk = encoded(tokenizer, [*islice(source, half), *islice(drawn, half)])
        chunk.sort(key=lambda both: max(map(len, both)))
        for at in torch.randperm(CHUNK, generator=order).tolist():
            yield chunk[at * BATCH : (at + 1) * BATCH]


def rewards(model: PreTrainedModel, rows: Sequence[Ids]) -> torch.Tensor:
    """One number for each row, taken at its last token."""
    width = max(map(len, rows))
    padded = torch.tensor([[*row, *[PADDING_ID] * (width - len(row))] for row in rows])
    with torch.autocast("cpu", torch.bfloat16):
        states = model.model(input_ids=padded, use_cache=False).last_hidden_state
    last = states[torch.arange(len(rows)), torch.tensor([len(row) - 1 for row in rows])]
    return model.score(last.float()).squeeze(1)


def train(
    model: PreTrainedModel, tokenizer: AutoTokenizer, own: Sequence[Pair], steps: int
) -> None:
    """Train for ``steps``."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    source = batches(tokenizer, own, SEED)
    model.train()
    start, right = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        batch = next(source)
        both = rewards(model, [good for good, _ in batch] + [bad for _, bad in batch])
        good, bad = both[: len(batch)], both[len(batch) :]
        loss = -torch.nn.functional.logsigmoid(good - bad).mean()
        (loss + SIZE_PENALTY * both.square().mean()).backward()
        falling = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.param_groups[0]["lr"] = RATE * falling * min(1.0, step / 50)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        right += float((good > bad).float().mean())
        if step % 100 == 0:
            seconds = time.monotonic() - start
            print(f"{seconds:5.0f} s  step {step}  right {right / 100:.3f}", flush=True)
            right = 0.0


@torch.no_grad()
def right_by_kind(
    model: PreTrainedModel, tokenizer: AutoTokenizer, some: Sequence[Pair]
) -> dict[str, str]:
    """How often a right answer gets more than the worse one."""
    model.eval()
    rows = encoded(tokenizer, some)
    right, all_of_it = Counter[str](), Counter[str]()
    for at in range(0, len(some), 100):
        part = rows[at : at + 100]
        good = rewards(model, [one for one, _ in part])
        bad = rewards(model, [one for _, one in part])
        for pair, wins in zip(some[at : at + 100], (good > bad).tolist(), strict=True):
            right[pair.kind] += wins
            all_of_it[pair.kind] += 1
    return {name: f"{right[name]}/{all_of_it[name]}" for name in all_of_it}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--instructions", type=int, default=8_000, help="that the model answers")
    options = parser.parse_args()
    work = Work(options.work)
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = AutoModelForSequenceClassification.from_pretrained(
        CHECKPOINT, num_labels=1, dtype=torch.float32, attn_implementation=register()
    )
    own = sampled_pairs(options.instructions, SEED)
    print(f"{len(own)} pairs of the chat model's own answers", flush=True)
    Random(SEED).shuffle(own)
    checked = own[: len(own) // 10]
    train(model, tokenizer, own[len(checked) :], options.steps)
    figures = {
        "steps": options.steps,
        "pairs": options.steps * BATCH,
        "own_pairs": len(own),
        "right": right_by_kind(model, tokenizer, [*islice(pairs(CHECK_SEED), 1_000), *checked]),
    }
    print(json.dumps(figures), flush=True)
    model.config._attn_implementation = "sdpa"
    model.save_pretrained(work.reward)
    tokenizer.save_pretrained(work.reward)
    work.figures.mkdir(parents=True, exist_ok=True)
    work.figure("reward").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
