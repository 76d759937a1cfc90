"""Measure a checkpoint: what it writes from the bare pre-query, and how well it answers.

python -m tiny_training.evaluate CHECKPOINT --work WORK --out figures.json
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from .check import Verdict, judge, understand
from .dataset import Corpus
from .generator import Generator, Turn, is_held_out
from .sampling import Sampler


def share(part: int, whole: int) -> float:
    """``part`` of ``whole``, rounded."""
    return round(part / whole, 4) if whole else 0.0


def right_by_category(results: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """ "right/all" for each category."""
    rights, totals = Counter[str](), Counter[str]()
    for category, is_right in results:
        totals[category] += 1
        rights[category] += is_right
    return {category: f"{rights[category]}/{totals[category]}" for category in sorted(totals)}


def instruction_figures(instructions: Sequence[str | None], corpus: Corpus | None) -> dict:
    """What the model asks: well-formed, distinct, of which categories, how much is copied."""
    count = len(instructions)
    texts = [text for text in instructions if text is not None]
    readings = [understand(text) for text in texts]
    best = [reading[0] for reading in readings if reading]
    well_formed = [reading for reading in best if reading.well_posed]
    figures = {
        "count": count,
        "ended_by_themselves": share(len(texts), count),
        "well_formed": share(len(well_formed), count),
        "ill_posed": share(len(best) - len(well_formed), count),
        "unknown": share(count - len(best), count),
        "distinct": share(len(set(texts)), count),
        "tasks": len({reading.task.name for reading in well_formed}),
        "categories": dict(Counter(r.task.category for r in well_formed).most_common()),
        "languages": dict(Counter(r.task.language for r in well_formed).most_common()),
    }
    if corpus:
        copies = sum(corpus.contains(text) for text in texts)
        figures["verbatim_in_training_corpus"] = share(copies, count)
    return figures


def answer_figures(instructions: Sequence[str], answers: Sequence[str | None]) -> dict:
    """How the model answers its own instructions, where they are well-formed."""
    results = []
    for instruction, answer in zip(instructions, answers, strict=True):
        verdict, task = judge(instruction, answer or "")
        if task and verdict in (Verdict.RIGHT, Verdict.WRONG):
            results.append((task.category, verdict is Verdict.RIGHT))
    right = sum(is_right for _, is_right in results)
    return {
        "judged": len(results),
        "ended_by_themselves": share(sum(a is not None for a in answers), len(answers)),
        "right": share(right, len(results)),
        "right_by_category": right_by_category(results),
    }


def held_out_turns(count: int, seed: int) -> list[Turn]:
    """Single turns whose instructions the training never saw."""
    generator = Generator(seed, system_share=0, next_turn_share=0)
    turns: list[Turn] = []
    while len(turns) < count:
        turn = generator.turn()
        if is_held_out(turn.instruction):
            turns.append(turn)
    return turns


def held_out_figures(
    turns: Sequence[Turn], answers: Sequence[str | None]
) -> tuple[dict, list[dict]]:
    """How the model answers held-out instructions, and the wrong answers."""
    results, mistakes = [], []
    for turn, answer in zip(turns, answers, strict=True):
        assert turn.task
        assert turn.expected
        is_right = turn.expected(answer or "")
        results.append((turn.task.category, is_right))
        if not is_right:
            mistake = {"task": turn.task.name, "instruction": turn.instruction, "answer": answer}
            mistakes.append(mistake)
    right = sum(is_right for _, is_right in results)
    figures = {
        "count": len(turns),
        "right": share(right, len(turns)),
        "right_by_category": right_by_category(results),
        "most_mistakes": dict(Counter(m["task"] for m in mistakes).most_common(12)),
    }
    return figures, mistakes


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--work", type=Path, help="folder with the corpus, to count copies")
    parser.add_argument("--out", type=Path, help="where to write the figures")
    parser.add_argument("--samples", type=Path, help="where to write texts, for reading")
    parser.add_argument("--count", type=int, default=500, help="instructions to sample")
    parser.add_argument("--held-out", type=int, default=600, help="held-out instructions")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = parse_options()
    sampler = Sampler(options.checkpoint)
    corpus = Corpus.load(options.work / "train.npz") if options.work else None
    sampled = sampler.instructions(options.count, options.seed)
    instructions = [text for text in sampled if text]
    answers = sampler.answers(instructions)
    turns = held_out_turns(options.held_out, 4242 + options.seed)
    held_out, mistakes = held_out_figures(
        turns, sampler.answers([turn.instruction for turn in turns])
    )
    figures = {
        "seed": options.seed,
        "temperature": 1.0,
        "instructions": instruction_figures(sampled, corpus),
        "answers": answer_figures(instructions, answers),
        "held_out": held_out,
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    if options.samples:
        rows = [
            {"instruction": i, "answer": a, "verdict": judge(i, a or "")[0].value}
            for i, a in zip(instructions, answers, strict=True)
        ]
        content = {"sampled": rows, "held_out_mistakes": mistakes}
        options.samples.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
