"""What is right in fact: data sets and pairs, by the checkers of the tasks that instructions are read as."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import paths  # noqa: F401  (finds tiny_training)
from figures import wilson

from tiny_training.check import Verdict, judge


def data_figures(talks: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Of a training set: how many answers are right, of those that can be judged, and what is in it."""
    verdicts, tasks, categories = Counter[Verdict](), set[str](), Counter[str]()
    texts: list[str] = []
    for instruction, response in talks:
        verdict, task = judge(instruction, response)
        verdicts[verdict] += 1
        texts.append(instruction)
        if task:
            tasks.add(task.name)
            categories[task.category] += 1
    judged = verdicts[Verdict.RIGHT] + verdicts[Verdict.WRONG]
    return {
        "rows": len(texts),
        "distinct_instructions": len(set(texts)),
        "judged": judged,
        "right": wilson(verdicts[Verdict.RIGHT], judged),
        "wrong": verdicts[Verdict.WRONG],
        "ill_posed": verdicts[Verdict.ILL_POSED],
        "unknown": verdicts[Verdict.UNKNOWN],
        "tasks": len(tasks),
        "categories": dict(categories.most_common()),
    }


def pair_figures(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Of preferences, as ``magpie export --to jsonl`` writes them: margins, and who is right in fact."""
    instructions = judged = degenerate = 0
    margins: list[float] = []
    why_not, outcomes = Counter[str](), Counter[tuple[bool, bool]]()
    for row in rows:
        instructions += 1
        if not row.get("pair"):
            why_not[str(row.get("no_pair"))] += 1
            continue
        margins.append(row["margin"])
        chosen, rejected = (_text(row[name]) for name in ("chosen", "rejected"))
        degenerate += chosen == rejected or not row["chosen_reward"] > row["rejected_reward"]
        instruction = row["prompt"][-1]["content"]
        verdicts = [judge(instruction, answer)[0] for answer in (chosen, rejected)]
        if all(one in (Verdict.RIGHT, Verdict.WRONG) for one in verdicts):
            judged += 1
            outcomes[verdicts[0] is Verdict.RIGHT, verdicts[1] is Verdict.RIGHT] += 1
    better, worse = outcomes[True, False], outcomes[False, True]
    ordered = sorted(margins)
    return {
        "instructions": instructions,
        "pairs": len(margins),
        "without_a_pair": dict(why_not.most_common()),
        "degenerate": degenerate,
        "margin": {
            "lowest": round(ordered[0], 4),
            "median": round(ordered[len(ordered) // 2], 4),
            "highest": round(ordered[-1], 4),
        }
        if ordered
        else None,
        "checkable_pairs": judged,
        "only_chosen_right": better,
        "only_rejected_right": worse,
        "both_right": outcomes[True, True],
        "none_right": outcomes[False, False],
        "chosen_is_the_right_one": wilson(better, better + worse),
        "chosen_right": wilson(better + outcomes[True, True], judged),
        "rejected_right": wilson(worse + outcomes[True, True], judged),
    }


def sample_figures(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Of all sampled responses: how often one that is right has a higher reward than one that is wrong."""
    right = wrong = wins = compared = 0
    for row in rows:
        instruction = row["prompt"][-1]["content"]
        rated = [
            (reward, judge(instruction, answer)[0])
            for answer, reward in zip(row["responses"], row["rewards"], strict=True)
            if reward is not None
        ]
        good = [reward for reward, verdict in rated if verdict is Verdict.RIGHT]
        bad = [reward for reward, verdict in rated if verdict is Verdict.WRONG]
        right, wrong = right + len(good), wrong + len(bad)
        compared += len(good) * len(bad)
        wins += sum(a > b for a in good for b in bad)
    return {"right": wilson(right, right + wrong), "right_above_wrong": wilson(wins, compared)}


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file that hold responses."""
    with path.open(encoding="utf-8") as file:
        return [row for line in file if "responses" in (row := json.loads(line))]


def _text(response: Any) -> str:
    """A response as text: ``prefer`` writes texts, files may hold messages."""
    return response if isinstance(response, str) else str(response[-1]["content"])
