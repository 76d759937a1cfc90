"""Read any instruction back to its task, and judge answers. Works on what a model sampled."""

from dataclasses import dataclass
from enum import Enum
from random import Random

from .decorations import undecorate
from .expectations import Exactly, normalise
from .task import Task, Values
from .tasks import TASKS


class Verdict(Enum):
    """What became of an instruction and its answer."""

    RIGHT = "right"
    WRONG = "wrong"
    ILL_POSED = "ill-posed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Understood:
    """An instruction as one task's; ``bare`` if it asks for nothing but the answer."""

    task: Task
    values: Values
    well_posed: bool
    bare: bool

    def accepts(self, answer: str) -> bool:
        """Whether ``answer`` is right."""
        if self.bare and self.task.short:
            return Exactly(self.task.short(self.values))(answer)
        return self.task.answer(self.values, Random(0)).expected(answer)


def understand(instruction: str) -> list[Understood]:
    """All ways to read ``instruction``, well-posed ones first; empty if it is no known task."""
    readings = []
    for text, bare in undecorate(instruction.strip()):
        for task in TASKS:
            reading = task.read(text)
            if reading:
                readings.append(Understood(task, reading.values, reading.well_posed, bare))
    return sorted(readings, key=lambda reading: not reading.well_posed)


def judge(instruction: str, answer: str) -> tuple[Verdict, Task | None]:
    """The verdict, and the task that the instruction was read as."""
    readings = understand(instruction)
    if not readings:
        return Verdict.UNKNOWN, None
    well_posed = [reading for reading in readings if reading.well_posed]
    if not well_posed:
        return Verdict.ILL_POSED, readings[0].task
    # An echo of the question may contain all that an answer must contain.
    is_echo = normalise(answer) == normalise(instruction)
    for reading in well_posed:
        if reading.accepts(answer) and not is_echo:
            return Verdict.RIGHT, reading.task
    return Verdict.WRONG, well_posed[0].task
