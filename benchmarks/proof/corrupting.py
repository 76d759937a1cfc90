"""Worse answers to teach a reward model with: what a right one becomes when something goes wrong in it.

Knows no model. Instructions that are held out are never drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import paths  # noqa: F401  (finds tiny_training)

from tiny_training.generator import Generator, Turn, is_held_out

TRIES = 20
_NUMBER = re.compile(r"\d+")


class Pair(NamedTuple):
    """A right answer, a worse one, and what was done to it."""

    instruction: str
    good: str
    bad: str
    kind: str


def pairs(seed: int) -> Iterator[Pair]:
    """Pairs without end; the same seed gives the same ones."""
    generator, rng = Generator(seed, system_share=0, next_turn_share=0), Random(seed + 1)
    while True:
        turn = generator.turn()
        if is_held_out(turn.instruction):
            continue
        if worse := corrupted(turn, generator, rng):
            kind, bad = worse
            yield Pair(turn.instruction, turn.answer, bad, kind)


def corrupted(turn: Turn, generator: Generator, rng: Random) -> tuple[str, str] | None:
    """The kind of corruption and the worse answer; None where none of the tries gave one."""
    for _ in range(TRIES):
        kind = rng.choices(list(KINDS), [share for share, _ in KINDS.values()])[0]
        bad = KINDS[kind][1](turn, generator, rng)
        if bad is None or not bad.strip() or bad == turn.answer:
            continue
        if kind in WRONG and turn.expected is not None and turn.expected(bad):
            continue  # another right answer is not worse
        return kind, bad
    return None


def other_values(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """The same task's answer to something else."""
    return generator.turn(turn.task).answer


def other_task(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """A good answer to a question nobody asked."""
    return generator.turn().answer


def other_word(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """One word from the same task's answer to something else, in its place."""
    mine, theirs = turn.answer.split(" "), generator.turn(turn.task).answer.split(" ")
    differ = [at for at, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b]
    if not differ:
        return None
    at = rng.choice(differ)
    return " ".join([*mine[:at], theirs[at], *mine[at + 1 :]])


def other_number(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """One number is a little too high or too low, or has another digit."""
    found = list(_NUMBER.finditer(turn.answer))
    if not found:
        return None
    number = rng.choice(found)
    value = max(0, int(number[0]) + rng.choice([-10, -2, -1, 1, 2, 10]))
    return f"{turn.answer[: number.start()]}{value}{turn.answer[number.end() :]}"


def cut(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """The end is missing."""
    words = turn.answer.split(" ")
    return " ".join(words[: rng.randint(1, max(1, 2 * len(words) // 3))])


def shuffled(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """The words in another order."""
    words = turn.answer.split(" ")
    rng.shuffle(words)
    return " ".join(words)


def repeated(turn: Turn, generator: Generator, rng: Random) -> str | None:
    """A word is said again and again, or a line twice."""
    lines = turn.answer.split("\n")
    if len(lines) > 2:
        at = rng.randrange(len(lines))
        return "\n".join([*lines[:at], lines[at], *lines[at:]])
    words = turn.answer.split(" ")
    at = rng.randrange(len(words))
    return " ".join([*words[:at], *[words[at]] * rng.randint(2, 6), *words[at + 1 :]])


Corruption = Callable[[Turn, Generator, Random], str | None]
KINDS: dict[str, tuple[float, Corruption]] = {
    "other values": (2.0, other_values),
    "other task": (0.7, other_task),
    "other word": (3.0, other_word),
    "other number": (2.0, other_number),
    "cut": (0.8, cut),
    "shuffled": (0.4, shuffled),
    "repeated": (0.8, repeated),
}
"""With weights: mostly what a language model does too, an answer of the right form that is wrong."""
WRONG = {"other values", "other task", "other word", "other number", "cut"}
"""Kinds that the task's checker must refuse; the others are worse in form."""
