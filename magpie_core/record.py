"""What a run produces: records, rejections and failures. Plain data, no behaviour beyond shape."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Role = Literal["system", "user", "assistant"]
SPEAKERS: dict[Role, str] = {"system": "system", "user": "human", "assistant": "gpt"}
"""The roles as ShareGPT, and with it the published sets, name them."""
WHOLE = "conversations"
"""Column of a record that is part of a longer conversation: all its turns, as ShareGPT has them."""

REASONING = "reasoning"
"""Column of a record: what the model thought before its response. Null, or not there, where it did not."""
REASONINGS = "reasonings"
"""Column of a longer conversation: what was thought before each answer, in order, null where nothing was."""

SAMPLED_REASONINGS = "response_reasonings"
"""Column beside several responses to one prompt: what was thought before each."""
CUT = "reasoning_cut"
"""Column of a record: whether a budget ended its reasoning; only where there is a budget."""


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Role
    content: str


class Provenance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where a record came from: enough to make it again."""

    run: str
    """Key of the run: a digest of the settings that decide its text."""
    seed: int
    """Seed of the run; the seed of each sample follows from it, the index and the step."""
    instruction_tokens: int
    """Tokens sampled for the instruction, stop token included."""
    response_tokens: int
    response_finish: str
    """Why the response ended: ``stop`` or ``length``."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One accepted instruction with its response. Nothing in it leads back to it: no collector need look."""

    id: str
    index: int
    instruction: str
    response: str
    system: str | None = None
    """System prompt the response was given under, when one was set by the user."""
    extra: dict[str, Any] = {}
    """Columns added by plugins."""
    provenance: Provenance | None = None

    @property
    def turns(self) -> list[Turn]:
        """The conversation as messages, system prompt first when there is one.

        One that was brought in with more than a question and an answer has all of it. A response that is
        not there is no turn.
        """
        if WHOLE in self.extra and (whole := _whole(self.extra[WHOLE])):
            return whole
        system = [Turn("system", self.system)] if self.system else []
        answer = [Turn("assistant", self.response)] if self.response else []
        return [*system, Turn("user", self.instruction), *answer]


class Rejection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One index that was sampled and turned down: at which step, why, and the text in question."""

    index: int
    step: Literal["instruction", "response"]
    reason: str
    filter: str
    """Name of the filter or cleaner that said so."""
    text: str
    """The text that was judged: the instruction, or the response."""
    instruction: str | None = None
    """The cleaned instruction, when it was the response that failed."""


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One index the engine could not finish, after its retries. ``resume`` tries it again."""

    index: int
    step: Literal["instruction", "response"]
    error: str
    attempts: int


def _whole(items: Any) -> list[Turn]:
    """The turns of a ``WHOLE`` column; none when a plugin put something else there."""
    roles = {speaker: role for role, speaker in SPEAKERS.items()}
    try:
        return [Turn(roles[one["from"]], one["value"]) for one in items]
    except (KeyError, TypeError):
        return []
