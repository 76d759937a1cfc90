"""Derive a ChatFormat from a chat template: render sentinels and cut between them.

Knows no template language: it is given a function that renders messages. Sentinels hold no white
space, because templates trim (which ones is found out apart), and no letter case tricks, because some
templates compare strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from magpie_core.chat.format import SYSTEM_SLOT, ChatFormat, SystemRole
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Role, Turn

USER_ONE, USER_TWO = "MagpieUserOne", "MagpieUserTwo"
ANSWER, SYSTEM = "MagpieAnswerOne", "MagpieSystemOne"
SPOKEN = (
    'Is 3 < 4 & "so on"?\n\n  {% x %} {system}\t\\n 潮汐 ¿Cómo?',
    "```python\nprint('é')\n``` " + "and so on, and so on " * 30 + "!",
    "Why?",
    "1. One\n2. Two",
    "¡Sí!",
)
"""What no sentinel holds: markup, quotes, lines, other scripts, length. By turns user and answer."""
PAD = " \n\t\u2003\n "
"""White space of several kinds: who trims takes all of them."""
REGISTERED_HINT = "pass the family's registered format: --family NAME --format registered"


class Render(Protocol):
    """Renders messages through a checkpoint's chat template; raises ChatTemplateError if it refuses."""

    def __call__(self, turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        """Text of the conversation; with the generation prompt it ends where the answer begins."""
        ...


def derive(render: Render, *, bos: str | None) -> ChatFormat:
    """Take a chat template apart.

    Args:
        render: the checkpoint's template.
        bos: text of the tokenizer's BOS token, if it has one.

    Raises:
        ChatTemplateError: the template refuses a plain conversation, changes what is said, or writes
            later turns in another way than earlier ones.
    """
    one = [Turn("user", USER_ONE)]
    two = [*one, Turn("assistant", ANSWER), Turn("user", USER_TWO)]
    pre_query, user_end = _cut(render(one, add_generation_prompt=False), USER_ONE)
    _, user_to_assistant = _cut(render(one, add_generation_prompt=True), USER_ONE)
    dialogue = render(two, add_generation_prompt=True)
    _, history, turn_append, _ = _cut(dialogue, USER_ONE, ANSWER, USER_TWO)

    _require_markers(pre_query, user_end, user_to_assistant, history)
    begins = bos if bos and pre_query.startswith(bos) else ""
    header = _user_header(pre_query, begins, turn_append, (_answer_end(render, two), user_end))
    system_role, with_system = _system(render, one, two, header)
    block = pre_query[len(begins) : len(pre_query) - len(header)]
    # Where BOS is also the role marker (SmolLM2's <|im_start|>), the header brings it along.
    bare = header if header.startswith(begins) else begins + header
    chat = ChatFormat(
        pre_query=pre_query,
        pre_query_bare=bare if block.strip() else pre_query,
        pre_query_with_system=with_system,
        user_end=user_end,
        user_to_assistant=user_to_assistant,
        user_to_assistant_history=history,
        turn_append=turn_append,
        default_system=_default_system(pre_query, with_system, header),
        system_role=system_role,
        bos=begins or None,
        trims=_trims(render, two, takes_system=with_system is not None),
        source="derived",
    )
    return _verified(chat, render)


def _verified(chat: ChatFormat, render: Render) -> ChatFormat:
    """``chat`` if it writes a longer conversation of other words as the template does.

    Where it does so only without a system prompt, it is left no place for one.

    Raises:
        ChatTemplateError: the template numbers turns, say, or escapes what is said.
    """
    roles: list[Role] = ["user", "assistant"]
    talk = [Turn(roles[i % 2], words) for i, words in enumerate(SPOKEN)]
    for turns in (talk[:1], talk[:3], talk):
        for prompt in (False, True):
            written = render(turns, add_generation_prompt=prompt)
            if chat.render(turns, add_generation_prompt=prompt) != written:
                raise ChatTemplateError(
                    "the chat template does not write every turn in the same way, or changes what is "
                    f"said (it wrote `{_shorten(written)}`)",
                    hint=REGISTERED_HINT,
                )
    if chat.pre_query_with_system is None:
        return chat
    for turns in ([Turn("system", SPOKEN[0]), *talk[:1]], [Turn("system", SPOKEN[1]), *talk]):
        if chat.render(turns) != render(turns, add_generation_prompt=True):
            trims: tuple[Role, ...] = tuple(role for role in chat.trims if role != "system")
            return msgspec.structs.replace(
                chat,
                pre_query_with_system=None,
                default_system=None,
                system_role="merged",
                trims=trims,
            )
    return chat


def _cut(text: str, *sentinels: str) -> list[str]:
    """Split ``text`` at each sentinel, in order; every sentinel must be there exactly once."""
    pieces = []
    for sentinel in sentinels:
        if text.count(sentinel) != 1:
            raise ChatTemplateError(
                "the chat template does not render the conversation once and unchanged "
                f"(it wrote `{_shorten(text)}`)",
                hint=REGISTERED_HINT,
            )
        before, text = text.split(sentinel)
        pieces.append(before)
    return [*pieces, text]


def _require_markers(pre_query: str, user_end: str, user_to_assistant: str, history: str) -> None:
    """Refuse templates whose roles cannot be told apart: there is nothing to sample from, or to answer to."""
    if not pre_query.strip():
        raise ChatTemplateError(
            "the chat template writes nothing before the user's words, so there is no pre-query",
            hint=REGISTERED_HINT,
        )
    # Where the user's turn ends by opening the answer (`[/INST]`), both are equal, and history adds a space.
    if not user_to_assistant.strip() or (
        user_to_assistant == user_end and history.strip() != user_to_assistant.strip()
    ):
        raise ChatTemplateError(
            "the chat template does not open the answer: it ignores add_generation_prompt",
            hint=REGISTERED_HINT,
        )


def _system(
    render: Render, one: list[Turn], two: list[Turn], header: str
) -> tuple[SystemRole, str | None]:
    """What becomes of a system message, and the opening with a slot for it."""
    system = Turn("system", SYSTEM)
    try:
        short = render([system, *one], add_generation_prompt=True)
        long = render([system, *two], add_generation_prompt=True)
    except ChatTemplateError:
        return "refused", None
    if SYSTEM not in short:
        # Changed words are no drop: such a prompt can neither be left out nor written.
        return ("dropped" if short == render(one, add_generation_prompt=True) else "merged"), None
    opening = _cut(short, USER_ONE)[0]
    if opening.count(SYSTEM) != 1:
        return "merged", None  # behind the user's words, or twice: no pre-query can hold it
    if SYSTEM_SLOT in opening:
        return "merged", None  # the template's own words: nobody could tell them from the slot
    slotted = opening.replace(SYSTEM, SYSTEM_SLOT, 1)
    if SYSTEM not in _cut(long, USER_ONE)[0]:
        return "last_turn", slotted
    in_user_turn = bool(header.strip()) and header in opening.split(SYSTEM)[0]
    return "merged" if in_user_turn else "native", slotted


def _trims(render: Render, two: list[Turn], *, takes_system: bool) -> tuple[Role, ...]:
    """Roles whose words the template trims; one that takes only some of the white space is left out."""
    talk = [Turn("system", SYSTEM), *two] if takes_system else two
    plain = render(talk, add_generation_prompt=True)

    def trimmed(role: Role) -> bool:
        padded = [Turn(t.role, PAD + t.content + PAD) if t.role == role else t for t in talk]
        try:
            return render(padded, add_generation_prompt=True) == plain
        except ChatTemplateError:
            return False

    present: list[Role] = ["system", "user", "assistant"]
    return tuple(role for role in present[not takes_system :] if trimmed(role))


def _answer_end(render: Render, two: list[Turn]) -> str:
    """What follows an answer that ends the conversation; empty where the template refuses to say."""
    try:
        return _cut(render(two[:2], add_generation_prompt=False), ANSWER)[1]
    except ChatTemplateError:
        return ""


def _user_header(pre_query: str, begins: str, turn_append: str, ends: tuple[str, str]) -> str:
    """What opens every user turn: ``turn_append`` without the end of the answer before it.

    Where the last answer ends in another way than earlier ones, it is the common end of the pre-query
    (without BOS) and of ``turn_append``.
    """
    answer_end, user_end = ends
    if answer_end and turn_append.startswith(answer_end):
        header = turn_append[len(answer_end) :]
        if header and pre_query.endswith(header):
            return header
    pre_query = pre_query[len(begins) :]
    size = 0
    most = min(len(pre_query), len(turn_append))
    while size < most and pre_query[-1 - size] == turn_append[-1 - size]:
        size += 1
    header = pre_query[len(pre_query) - size :]
    # A default system block ends as an answer does, so both may share the end of the turn before.
    return header[len(user_end) :] if user_end and header.startswith(user_end) else header


def _default_system(pre_query: str, with_system: str | None, header: str) -> str | None:
    """The words a template writes on its own where a system prompt would stand."""
    if with_system is None:
        return None
    before, _, after = with_system.partition(SYSTEM_SLOT)
    system_header = header.replace("user", "system", 1)
    start = before.find(system_header)
    if start >= 0 and system_header != header:
        before = before[: start + len(system_header)]
    if len(pre_query) <= len(before) + len(after):
        return None
    if not (pre_query.startswith(before) and pre_query.endswith(after)):
        return None
    return pre_query[len(before) : len(pre_query) - len(after)]


def _shorten(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[:most] + "…"
