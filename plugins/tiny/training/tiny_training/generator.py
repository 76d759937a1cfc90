"""Seeded conversations: mostly one turn, some with a system prompt, some with a second turn."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from .decorations import decorate
from .expectations import Exactly, Expectation
from .slots import fill, names_in
from .systems import draw_system, fits
from .task import Task, Values
from .tasks import TASKS

FOLLOW_UPS = ["And {}?", "What about {}?", "And what about {}?", "How about {}?"]
THANKS = ["Thanks!", "Thank you!", "Great, thanks!", "Thank you very much!"]
WELCOMES = [
    "You're welcome!",
    "You're welcome! Let me know if you need anything else.",
    "I'm glad I could help!",
]


@dataclass(frozen=True)
class Turn:
    """One instruction with its answer; ``depends`` if it makes sense only after another turn."""

    task: Task | None
    instruction: str
    answer: str
    expected: Expectation | None
    values: Values
    depends: bool = False


@dataclass(frozen=True)
class Conversation:
    """A system prompt or none, and one to three turns."""

    system: str | None
    turns: Sequence[Turn]

    def messages(self) -> list[dict[str, str]]:
        """The conversation as chat messages."""
        result = [{"role": "system", "content": self.system}] if self.system else []
        for turn in self.turns:
            result.append({"role": "user", "content": turn.instruction})
            result.append({"role": "assistant", "content": turn.answer})
        return result


def is_held_out(instruction: str) -> bool:
    """Whether ``instruction`` is one of the sixteenth of all that training never sees."""
    return hashlib.md5(instruction.encode(), usedforsecurity=False).digest()[0] % 16 == 0


class Generator:
    """Draws conversations; the same seed gives the same ones."""

    def __init__(self, seed: int, system_share: float = 0.12, next_turn_share: float = 0.2) -> None:
        self.rng = Random(seed)
        self.system_share = system_share
        self.next_turn_share = next_turn_share

    def conversation(self) -> Conversation:
        """One conversation."""
        system, subject = None, None
        if self.rng.random() < self.system_share:
            system, subject = draw_system(self.rng)
        turns = [self.turn(self.pick(lambda task: fits(task, subject)))]
        while self.rng.random() < self.next_turn_share and len(turns) < 3:
            turns.append(self.next_turn(turns[-1]))
        return Conversation(system, turns)

    def pick(self, allowed: Callable[[Task], bool] = lambda task: True) -> Task:
        """One of the allowed tasks, by weight."""
        tasks = [task for task in TASKS if allowed(task)]
        return self.rng.choices(tasks, [task.weight for task in tasks])[0]

    def turn(self, task: Task | None = None) -> Turn:
        """One turn of ``task``, or of any task."""
        task = task or self.pick()
        drawn = task.draw(self.rng)
        instruction, bare = decorate(task, drawn.instruction, self.rng)
        text, expected = drawn.answer
        if bare and task.short:
            text = task.short(drawn.values)
            expected = Exactly(text)
        return Turn(task, instruction, text, expected, drawn.values)

    def next_turn(self, last: Turn) -> Turn:
        """What the user says next: the same with another value, thanks, or something new."""
        kind = self.rng.random()
        if last.task and last.task.follow_up and kind < 0.55:
            return self.follow_up(last, last.task)
        language = last.task.language if last.task else "en"
        if language == "en" and kind < 0.68:
            thanks, welcome = self.rng.choice(THANKS), self.rng.choice(WELCOMES)
            return Turn(None, thanks, welcome, None, Values(), depends=True)
        category = last.task.category if last.task and kind < 0.85 else None
        return self.turn(
            self.pick(lambda t: t.language == language and category in (None, t.category))
        )

    def follow_up(self, last: Turn, task: Task) -> Turn:
        """The task of ``last`` again, with a new value where the follow-up names one."""
        template = self.rng.choice(task.follow_up)
        fresh = task.draw_values(self.rng)
        named = names_in(template)
        values = Values(**{**vars(last.values), **{name: fresh[name] for name in named}})
        instruction = self.rng.choice(FOLLOW_UPS).format(fill(template, fresh, task.slots))
        text, expected = task.answer(values, self.rng)
        return Turn(task, instruction, text, expected, values, depends=True)


def training_conversation(generator: Generator, held_out: bool) -> Conversation:
    """The next conversation with (or without) an instruction that training never sees."""
    while True:
        conversation = generator.conversation()
        instructions = [t.instruction for t in conversation.turns if not t.depends]
        if any(map(is_held_out, instructions)) == held_out:
            return conversation
