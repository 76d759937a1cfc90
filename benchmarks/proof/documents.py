"""Plain text about what the tiny corpus knows: no roles, no turns, no instruction that is held out.

Knows nothing of tokens. Three kinds of document, as a crawl has them: pages of questions with their answers,
notes that hold statements without what was asked, and sheets of questions nobody answers. A model that saw
them has the knowledge, and has learned to go on writing, not to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import paths  # noqa: F401  (finds tiny_training)

from tiny_training.generator import is_held_out
from tiny_training.task import Drawn, Task
from tiny_training.tasks import TASKS

PAGE, NOTES = 0.6, 0.25
"""Shares of documents; the rest are sheets of questions."""
ENTRIES = (2, 6)
ONE_SUBJECT = 0.6
"""How often all entries of a document are of one category."""
QUESTION, ANSWER = "Q: ", "A: "
"""One of the layouts of a page; the base model is measured in it too."""
LAYOUTS: list[tuple[str, str]] = [
    (QUESTION, ANSWER),
    ("Question: ", "Answer: "),
    ("Problem. ", "Solution. "),
    ("* ", "  "),
]


def documents(count: int, seed: int) -> Iterator[str]:
    """``count`` documents; the same seed gives the same ones."""
    rng = Random(seed)
    for _ in range(count):
        yield document(rng)


def document(rng: Random) -> str:
    """One document."""
    kind, entries = rng.random(), drawn_entries(rng)
    if kind < PAGE:
        before, between = rng.choice(LAYOUTS)
        blocks = [f"{before}{one.instruction}\n{between}{one.answer.text}" for one in entries]
        return "\n\n".join(blocks)
    if kind < PAGE + NOTES:
        return "\n\n".join(one.answer.text for one in entries)
    return "\n".join(f"{place}. {one.instruction}" for place, one in enumerate(entries, 1))


def drawn_entries(rng: Random) -> list[Drawn]:
    """Instructions with answers, none of them held out, of one category or of any."""
    count = rng.randint(*ENTRIES)
    subject = _pick(rng, lambda task: True).category if rng.random() < ONE_SUBJECT else None
    entries: list[Drawn] = []
    while len(entries) < count:
        one = _pick(rng, lambda task: subject in (None, task.category)).draw(rng)
        if not is_held_out(one.instruction):
            entries.append(one)
    return entries


def _pick(rng: Random, allowed: Callable[[Task], bool]) -> Task:
    """One of the allowed tasks, by weight."""
    tasks = [task for task in TASKS if allowed(task)]
    return rng.choices(tasks, [task.weight for task in tasks])[0]
