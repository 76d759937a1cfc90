"""ChatFormat: a chat template taken apart into the few pieces that prompts are built from. Text only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from magpie_core.errors import ChatTemplateError
from magpie_core.record import Role, Turn

SystemRole = Literal["native", "merged", "last_turn", "dropped", "refused"]
"""What the template does with a system message: renders it in its own place (``native``), writes it
into the first user turn (``merged``) or the last one (``last_turn``), drops it in silence, or raises."""

SYSTEM_SLOT = "{system}"
"""Stands exactly once in ``pre_query_with_system``: a template whose own words hold it has none."""

SPEAKING: tuple[Role, Role] = ("user", "assistant")
ORDER = "turns must alternate user and assistant, beginning with user"
ANSWERED = ("pre_query", "pre_query_with_system", "user_to_assistant")
"""Pieces that have another form where an answer is to begin with reasoning, or without it."""
UNPLACED = {
    "refused": "refused, the template raises on one",
    "dropped": "dropped, the template leaves it out without a word",
}


class ChatFormat(msgspec.Struct, frozen=True, kw_only=True):
    """The pieces of a chat template.

    A conversation is ``pre_query + user + user_to_assistant + answer + turn_append + user + …``; inside
    the history ``user_to_assistant_history`` stands for ``user_to_assistant``. All pieces are exactly
    what the template renders; what is said is trimmed only where the template trims it.
    """

    pre_query: str
    """Everything before the user's first words, the default system prompt included."""
    pre_query_bare: str
    """The same without any system block."""
    pre_query_with_system: str | None
    """The same with ``{system}`` in place of a system prompt; None where the template has no place."""
    user_end: str
    """What follows the user's words when the conversation ends there."""
    user_to_assistant: str
    """What stands between the user's words and a new answer (the generation prompt)."""
    user_to_assistant_history: str
    """What stands between the user's words and a finished answer."""
    turn_append: str
    """What stands between a finished answer and the user's next words."""
    default_system: str | None
    """What the template itself writes as a system prompt when none is given."""
    system_role: SystemRole
    bos: str | None
    """The BOS token's text when the format begins with it."""
    trims: tuple[Role, ...] = ()
    """Roles whose words lose the white space around them."""
    source: Literal["derived", "registered"]
    pre_query_with_system_bare: str | None = None
    """``pre_query_with_system`` without what the template writes on its own around the system prompt,
    such as date lines; None where that is unknown (always in derived formats) or there is no such thing,
    and then ``pre_query_with_system`` serves the bare form too."""
    user_to_assistant_think: str | None = None
    """``user_to_assistant`` where the answer is to begin with reasoning; None where there is no such form."""
    user_to_assistant_no_think: str | None = None
    """The same where the answer is to come without reasoning."""
    pre_query_think: str | None = None
    """``pre_query`` of a conversation whose answer is to begin with reasoning, where the template says
    so at the beginning; None where it is as without. So are the three below."""
    pre_query_no_think: str | None = None
    pre_query_with_system_think: str | None = None
    pre_query_with_system_no_think: str | None = None
    thinking: bool | None = None
    """Which of these forms answers are asked for in; None for the template's own default."""

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits over the pieces in use: equal exactly when all prompts are equal."""
        pieces = msgspec.to_builtins(self.answering())
        for name in _unused(pieces):
            del pieces[name]
        encoded = msgspec.json.encode(pieces, order="sorted")
        return hashlib.sha256(encoded).hexdigest()[:12]

    @property
    def asks_for_reasoning(self) -> bool | None:
        """Whether answers are asked for with reasoning; None where the format does not know both forms."""
        if self.thinking is not None:
            return self.thinking
        if None in (self.user_to_assistant_think, self.user_to_assistant_no_think):
            return None
        forms = {msgspec.structs.replace(self, thinking=on).fingerprint: on for on in (True, False)}
        return forms.get(self.fingerprint)

    def answering(self) -> ChatFormat:
        """The format with the pieces that ``thinking`` chooses in place of the template's default."""
        if self.thinking is None:
            return self
        form = "think" if self.thinking else "no_think"
        chosen = {piece: getattr(self, f"{piece}_{form}") for piece in ANSWERED}
        own = {piece: text for piece, text in chosen.items() if text is not None}
        return msgspec.structs.replace(self, **own, thinking=None)

    def opening(self, system: str | None = None, *, bare: bool = False) -> str:
        """Everything before the user's first words, with ``system`` as the system prompt if given.

        A bare opening with a system prompt is ``pre_query_with_system_bare`` where that is known, else
        ``pre_query_with_system``. ``thinking`` changes no opening here: instructions are sampled from it.

        Raises:
            ChatTemplateError: a system prompt is given and the template has no place for one.
        """
        if system is None:
            return self.pre_query_bare if bare else self.pre_query
        if self.pre_query_with_system is None:
            how = UNPLACED.get(self.system_role, f"{self.system_role}, but not as it was given")
            raise ChatTemplateError(
                f"this chat template has no place for a system prompt: a system message is {how}",
                hint="drop --system, or choose a checkpoint whose template takes one",
            )
        slotted = (self.pre_query_with_system_bare if bare else None) or self.pre_query_with_system
        return slotted.replace(SYSTEM_SLOT, self._said(Turn("system", system)), 1)

    def render(
        self, turns: Sequence[Turn], *, add_generation_prompt: bool = True, bare: bool = False
    ) -> str:
        """Write a conversation that ends with a user turn, as the chat template would.

        The new answer is asked for as ``thinking`` says; answers in the history are not touched by it.

        Args:
            turns: optional system turn, then user and assistant in alternation, user last.
            add_generation_prompt: end with the text that opens the answer.
            bare: leave out the default system block.
        """
        if self.thinking is not None:
            return self.answering().render(
                turns, add_generation_prompt=add_generation_prompt, bare=bare
            )
        if not turns or turns[-1].role != "user":
            raise ValueError(f"{ORDER}, and ending with user")
        end = self.user_to_assistant if add_generation_prompt else self.user_end
        return self.before_user(turns[:-1], bare=bare) + self._said(turns[-1]) + end

    def before_user(self, turns: Sequence[Turn], *, bare: bool = False) -> str:
        """Everything before the user's next words: what a first instruction or a follow-up is sampled from.

        Args:
            turns: optional system turn, then user and assistant in alternation, assistant last, or none.
            bare: leave out the default system block.

        Raises:
            ValueError: the turns are not in that order.
            ChatTemplateError: the template has no place for the system prompt, and raises on one.
        """
        body = list(turns)
        system = body.pop(0).content if body and body[0].role == "system" else None
        if len(body) % 2 or any(one.role != SPEAKING[at % 2] for at, one in enumerate(body)):
            raise ValueError(ORDER)
        if system is not None and self.system_role == "dropped":
            system = None
        late = system is not None and self.system_role == "last_turn" and bool(body)
        text = self.opening(None if late else system, bare=bare)
        for position, turn in enumerate(body):
            text += self._said(turn)
            text += self.user_to_assistant_history if position % 2 == 0 else self.turn_append
        return text + (self._late_system(system or "") if late else "")

    def _said(self, turn: Turn) -> str:
        return turn.content.strip() if turn.role in self.trims else turn.content

    def _late_system(self, system: str) -> str:
        """What a system prompt adds right before the last user's words, in formats that put it there."""
        with_system = self.opening(system)
        return with_system[len(self.pre_query) :] if with_system.startswith(self.pre_query) else ""


def _unused(pieces: Mapping[str, object]) -> list[str]:
    """Names of what no prompt is made of: the source, other forms, and optional pieces that are not there."""
    optional = {one.name for one in msgspec.structs.fields(ChatFormat) if one.default is None}
    return [
        name
        for name, value in pieces.items()
        if name == "source" or name.endswith("_think") or (value is None and name in optional)
    ]
