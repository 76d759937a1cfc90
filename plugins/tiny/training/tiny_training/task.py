"""A task is declared once: phrasings with slots, and a function that answers them.

From the declaration follow the generator (draw values, fill a phrasing, answer), the parser (read
an instruction back into values) and the checker (does an answer meet the expectation).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from .expectations import Expectation
from .slots import Slot, compile_phrasing, fill, names_in


class Answer(NamedTuple):
    """An answer, and what any right answer must meet."""

    text: str
    expected: Expectation


class Values(SimpleNamespace):
    """The values of a task's slots; a slot that the phrasing does not mention is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


class Drawn(NamedTuple):
    """One instruction of a task with its answer."""

    instruction: str
    answer: Answer
    values: Values


class Reading(NamedTuple):
    """An instruction read back: the values, and whether the task can be answered with them."""

    values: Values
    well_posed: bool


@dataclass
class Task:
    """One kind of instruction.

    ``prepare`` completes or replaces drawn values, ``condition`` says which values make sense.
    ``short`` gives the bare answer for "give only the answer"; ``follow_up`` lists ways to name a
    new value in "And what about …?". ``decorated`` is off where a greeting would change the task.
    """

    category: str
    phrasings: Sequence[str]
    answer: Callable[[Values, Random], Answer]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    weight: float = 1.0
    prepare: Callable[[Random], dict[str, Any]] | None = None
    condition: Callable[[Values], bool] | None = None
    short: Callable[[Values], str] | None = None
    follow_up: Sequence[str] = ()
    language: str = "en"
    decorated: bool = True

    @property
    def name(self) -> str:
        """The name of the answering function."""
        return self.answer.__name__

    def draw(self, rng: Random) -> Drawn:
        """A random instruction with its answer."""
        values = self.draw_values(rng)
        phrasing = rng.choice(self.phrasings)
        mentioned = names_in(phrasing)
        given = Values(**{name: values[name] for name in values if name in mentioned})
        instruction = fill(phrasing, values, self.slots)
        return Drawn(instruction, self.answer(given, rng), given)

    def draw_values(self, rng: Random) -> dict[str, Any]:
        """Random values for all slots that meet the condition."""
        for _ in range(1000):
            values = {name: slot.sample(rng) for name, slot in self.slots.items()}
            if self.prepare:
                values |= self.prepare(rng)
            if self.is_well_posed(Values(**values)):
                return values
        raise RuntimeError(f"no values of task `{self.name}` meet its condition")

    def is_well_posed(self, given: Values) -> bool:
        """Whether the task can be answered with these values."""
        return self.condition is None or bool(self.condition(given))

    def read(self, instruction: str) -> Reading | None:
        """The values in ``instruction``, or None if it is no instruction of this task."""
        for pattern, transforms in self._patterns:
            match = pattern.fullmatch(instruction)
            if match is None:
                continue
            values = {
                name: self.slots[name].parse(match.group(name), transform)
                for name, transform in transforms.items()
            }
            if None not in values.values():
                given = Values(**values)
                return Reading(given, self._is_safely_well_posed(given))
        return None

    def _is_safely_well_posed(self, given: Values) -> bool:
        # A condition is written for complete values. One that stumbles over what a model made
        # up says the same as one that returns False.
        try:
            return self.is_well_posed(given)
        except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
            return False

    @cached_property
    def _patterns(self) -> list[tuple[Any, dict[str, str | None]]]:
        return [compile_phrasing(phrasing, self.slots) for phrasing in self.phrasings]


class TaskGroup:
    """The tasks of one category (and language), in order of declaration."""

    def __init__(self, category: str, language: str = "en") -> None:
        self.category, self.language = category, language
        self.tasks: list[Task] = []

    def task(self, *phrasings: str, **options: Any) -> Callable[[Any], Any]:
        """Declare a task; the decorated function answers it."""

        def declare(answer: Callable[[Values, Random], Answer]) -> Callable[..., Answer]:
            options.setdefault("language", self.language)
            self.tasks.append(Task(self.category, phrasings, answer, **options))
            return answer

        return declare

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)
