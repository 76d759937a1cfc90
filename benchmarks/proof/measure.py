"""Answers to held-out prompts, judged by the tasks' own checkers.

python benchmarks/proof/measure.py --checkpoint DIR --prompts prompts.json --out answers.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from pathlib import Path

from answering import answers
from documents import ANSWER, QUESTION

from tiny_training.chat import answer_prompt
from tiny_training.evaluate import held_out_turns
from tiny_training.generator import Turn

SEED, TRYING_SEED = 101, 202
"""Of the prompts that the figures are of, and of those that settings were tried on."""


def prompts(count: int, seed: int, seen: Collection[str]) -> list[Turn]:
    """Held-out prompts, each once, but those whose very words are in ``seen``."""
    found: dict[str, Turn] = {}
    wanted = count
    while len(found) < count:
        wanted *= 2
        for turn in held_out_turns(wanted, seed):
            if turn.instruction.strip() not in seen and len(found) < count:
                found.setdefault(turn.instruction, turn)
    return list(found.values())


def page_prompt(instruction: str) -> str:
    """The prompt in the form of a page, which the base has seen."""
    return f"{QUESTION}{instruction}\n{ANSWER.rstrip()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True, help="a JSON list of texts")
    parser.add_argument("--page", action="store_true", help="as a page of questions, not as a chat")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    asked = json.loads(options.prompts.read_text(encoding="utf-8"))
    if options.page:
        given = answers(
            options.checkpoint, [page_prompt(one) for one in asked], until=f"\n\n{QUESTION}"
        )
    else:
        given = answers(options.checkpoint, [answer_prompt(one) for one in asked])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(given, ensure_ascii=False, indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
