"""What a right answer must contain. Knows answers only, neither tasks nor instructions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Expectation(Protocol):
    """Decides whether an answer is right."""

    def __call__(self, answer: str) -> bool: ...


def normalise(text: str) -> str:
    """``text`` in lower case with single spaces."""
    return re.sub(r"\s+", " ", text.strip().lower())


@dataclass(frozen=True)
class LastNumber:
    """The last number of the answer is this one."""

    number: int

    def __call__(self, answer: str) -> bool:
        numbers = re.findall(r"\d+(?:\.\d+)?", answer)
        return bool(numbers) and numbers[-1] == str(self.number)


@dataclass(frozen=True)
class Exactly:
    """The answer is this text, apart from case, spaces and a final full stop."""

    text: str

    def __call__(self, answer: str) -> bool:
        return normalise(answer).rstrip(".") == normalise(self.text).rstrip(".")


class Contains:
    """All of these parts occur."""

    def __init__(self, *parts: str) -> None:
        self.parts = [normalise(part) for part in parts]

    def __call__(self, answer: str) -> bool:
        text = normalise(answer)
        return all(part in text for part in self.parts)


@dataclass(frozen=True)
class Verbatim:
    """This text occurs with exactly these letters, for answers where capitals matter."""

    text: str

    def __call__(self, answer: str) -> bool:
        return self.text in answer


class AnyOf:
    """At least one of these options occurs."""

    def __init__(self, options: Iterable[str]) -> None:
        self.options = [normalise(option) for option in options]

    def __call__(self, answer: str) -> bool:
        text = normalise(answer)
        return any(option in text for option in self.options)


class Items:
    """At least ``count`` different items of the pool occur."""

    def __init__(self, pool: Iterable[str], count: int) -> None:
        self.pool = [normalise(item).rstrip(".") for item in pool]
        self.count = count

    def __call__(self, answer: str) -> bool:
        text = normalise(answer)
        return sum(item in text for item in self.pool) >= self.count


class DistinctLines:
    """Exactly ``count`` different lines, all from the pool."""

    def __init__(self, pool: Iterable[str], count: int) -> None:
        self.pool = {normalise(line) for line in pool}
        self.count = count

    def __call__(self, answer: str) -> bool:
        lines = [normalise(line) for line in answer.split("\n") if line.strip()]
        return len(lines) == len(set(lines)) == self.count and self.pool.issuperset(lines)
