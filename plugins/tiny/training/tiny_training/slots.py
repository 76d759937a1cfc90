"""Slots: the variable parts of a phrasing. Each can be drawn, shown, matched and read back."""

import re
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, Protocol

from .language import TRANSFORMS

SLOT = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}


class Slot(Protocol):
    """One variable part of a phrasing."""

    def sample(self, rng: Random) -> Any:
        """Draw a value."""

    def show(self, value: Any, transform: str | None) -> str:
        """Write ``value`` into a phrasing."""

    def regex(self, transform: str | None) -> str:
        """What a written value looks like."""

    def parse(self, text: str, transform: str | None) -> Any:
        """The value written as ``text``, or None if there is none."""


class Choice:
    """One of a fixed set of strings."""

    def __init__(self, options: Iterable[str]) -> None:
        self.options = list(dict.fromkeys(options))
        self._shown: dict[str | None, dict[str, str]] = {}

    def sample(self, rng: Random) -> str:
        return rng.choice(self.options)

    def show(self, value: str, transform: str | None) -> str:
        return TRANSFORMS[transform](value) if transform else value

    def regex(self, transform: str | None) -> str:
        longest_first = sorted(self._by_text(transform), key=len, reverse=True)
        return "|".join(map(re.escape, longest_first))

    def parse(self, text: str, transform: str | None) -> str | None:
        return self._by_text(transform).get(text)

    def _by_text(self, transform: str | None) -> dict[str, str]:
        if transform not in self._shown:
            self._shown[transform] = {self.show(value, transform): value for value in self.options}
        return self._shown[transform]


class CountWord(Choice):
    """How many items are wanted, as a word or in digits."""

    def __init__(self, low: int = 3, high: int = 5) -> None:
        counts = range(low, high + 1)
        super().__init__([form for n in counts for form in (NUMBER_WORDS[n], str(n))])

    @staticmethod
    def count(value: str | None, default: int) -> int:
        """The number behind ``value``; ``default`` where the phrasing names none."""
        if value is None:
            return default
        return int(value) if value.isdigit() else {w: n for n, w in NUMBER_WORDS.items()}[value]


class Number:
    """A whole number; ``small`` makes small ones more frequent."""

    def __init__(self, low: int, high: int, step: int = 1, small: bool = False) -> None:
        self.low, self.high, self.step, self.small = low, high, step, small

    def sample(self, rng: Random) -> int:
        last = (self.high - self.low) // self.step
        index = rng.randint(0, last)
        if self.small and rng.random() < 0.5:
            index = min(index, rng.randint(0, last))
        return self.low + index * self.step

    def show(self, value: int, transform: str | None) -> str:
        return str(value)

    def regex(self, transform: str | None) -> str:
        return r"\d{1,7}"

    def parse(self, text: str, transform: str | None) -> int:
        return int(text)


class NumberList:
    """Numbers with commas between them; the transform ``and`` puts "and" before the last."""

    def __init__(self, lengths: Iterable[int], low: int, high: int) -> None:
        self.lengths, self.low, self.high = list(lengths), low, high

    def sample(self, rng: Random) -> tuple[int, ...]:
        length = rng.choice(self.lengths)
        return tuple(rng.randint(self.low, self.high) for _ in range(length))

    def show(self, value: tuple[int, ...], transform: str | None) -> str:
        if transform == "and":
            return f"{', '.join(map(str, value[:-1]))} and {value[-1]}"
        return ", ".join(map(str, value))

    def regex(self, transform: str | None) -> str:
        if transform == "and":
            return r"\d{1,4}(?:, \d{1,4})* and \d{1,4}"
        return r"\d{1,4}(?:, \d{1,4})+"

    def parse(self, text: str, transform: str | None) -> tuple[int, ...]:
        return tuple(map(int, re.findall(r"\d+", text)))


class FreeText:
    """Text made by the task's ``prepare``; its condition decides what is accepted back."""

    def __init__(self, pattern: str = r"[^\n\"]{5,120}?") -> None:
        self.pattern = pattern

    def sample(self, rng: Random) -> None:
        return None

    def show(self, value: str, transform: str | None) -> str:
        return value

    def regex(self, transform: str | None) -> str:
        return self.pattern

    def parse(self, text: str, transform: str | None) -> str:
        return text


def names_in(phrasing: str) -> set[str]:
    """The slots that ``phrasing`` mentions."""
    return {match.group(1) for match in SLOT.finditer(phrasing)}


def fill(phrasing: str, values: Mapping[str, Any], slots: Mapping[str, Slot]) -> str:
    """``phrasing`` with every slot replaced by its value."""
    return SLOT.sub(lambda m: slots[m.group(1)].show(values[m.group(1)], m.group(2)), phrasing)


def compile_phrasing(
    phrasing: str, slots: Mapping[str, Slot]
) -> tuple[re.Pattern[str], dict[str, str | None]]:
    """A pattern for all fillings of ``phrasing``, and the transform each slot was first shown with."""
    pattern, position, seen = "", 0, {}
    for match in SLOT.finditer(phrasing):
        pattern += re.escape(phrasing[position : match.start()])
        name, transform = match.groups()
        if name not in seen:
            seen[name] = transform
            pattern += f"(?P<{name}>{slots[name].regex(transform)})"
        elif seen[name] == transform:
            pattern += f"(?P={name})"
        else:
            pattern += f"(?:{slots[name].regex(transform)})"
        position = match.end()
    return re.compile(pattern + re.escape(phrasing[position:])), seen
