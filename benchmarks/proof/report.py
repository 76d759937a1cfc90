"""Puts what all steps found together: one JSON object, and a table of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from figures import difference, over_seeds, wilson
from paths import Work

from tiny_training.generator import Turn

TRAINED = ("raw", "filtered", "within", "dpo")
NAMES = {
    "base": "base, in the chat format",
    "base-page": "base, as a page it has seen",
    "raw": "SFT on raw data",
    "filtered": "SFT on filtered data",
    "within": "SFT on data filtered within each instruction",
    "dpo": "SFT on filtered data, then DPO",
    "chat": "the chat model that made the data",
}


def summarise(work: Work, turns: Sequence[Turn], seeds: Sequence[int]) -> dict[str, Any]:
    """Everything that was found, with shares as lists: share, low, high."""
    verdicts = {name: [_verdicts(work, name, turns)] for name in ("base", "base-page", "chat")} | {
        name: [_verdicts(work, f"{name}-{seed}", turns) for seed in seeds] for name in TRAINED
    }
    prompts = len(turns)
    rows = {
        name: {
            "right": over_seeds(some) if len(some) > 1 else wilson(sum(some[0]), prompts),
            "by_seed": [round(sum(one) / prompts, 4) for one in some],
            "by_category": _by_category(some, turns),
        }
        for name, some in verdicts.items()
    }
    differences = {
        f"{after} - {before}": difference(verdicts[after], _like(verdicts[before], verdicts[after]))
        for after, before in (
            ("raw", "base"),
            ("raw", "base-page"),
            ("filtered", "base-page"),
            ("filtered", "raw"),
            ("within", "raw"),
            ("dpo", "filtered"),
            ("chat", "filtered"),
        )
    }
    figures = {
        path.stem: json.loads(path.read_text()) for path in sorted(work.figures.glob("*.json"))
    }
    return {
        "prompts": prompts,
        "seeds": list(seeds),
        "models": rows,
        "differences": differences,
        "training": {
            f"{name}-{seed}": json.loads((work.model(name, seed) / "proof.json").read_text())
            for name in TRAINED
            for seed in seeds
        },
        **figures,
    }


def table(found: dict[str, Any]) -> str:
    """Models and differences, for the terminal and for Markdown."""
    lines = [
        f"| model | right of {found['prompts']:,} held-out prompts | by seed |",
        "|---|---|---|",
    ]
    for name, label in NAMES.items():
        row = found["models"][name]
        by_seed = ", ".join(f"{100 * one:.1f}" for one in row["by_seed"])
        lines.append(f"| {label} | {row['right']} | {by_seed} |")
    lines += ["", "| difference | points |", "|---|---|"]
    for name, share in found["differences"].items():
        low, high = 100 * share.low, 100 * share.high
        lines.append(f"| {name} | {100 * share.share:+.1f} [{low:+.1f}, {high:+.1f}] |")
    return "\n".join(lines)


def _verdicts(work: Work, name: str, turns: Sequence[Turn]) -> list[bool]:
    given = json.loads((work.answers / f"{name}.json").read_text(encoding="utf-8"))
    return [
        turn.expected is not None and turn.expected(answer)
        for turn, answer in zip(turns, given, strict=True)
    ]


def _like(some: list[list[bool]], others: list[list[bool]]) -> list[list[bool]]:
    """A model of one seed, as often as the other has seeds."""
    return some if len(some) == len(others) else some[:1] * len(others)


def _by_category(some: list[list[bool]], turns: Sequence[Turn]) -> dict[str, float]:
    right, count = Counter[str](), defaultdict[str, int](int)
    for one in some:
        for turn, is_right in zip(turns, one, strict=True):
            category = turn.task.category if turn.task else "none"
            right[category] += is_right
            count[category] += 1
    return {name: round(right[name] / count[name], 3) for name in sorted(count)}
