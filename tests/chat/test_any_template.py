"""Templates put together at random: what is derived from them writes what they write, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatFormat, ChatTemplateError, Turn
from magpie_core.chat.derive import derive

SNIPPETS = ("<s>", "</s>", "<|", "|>", "user", "system", "assistant", "\n", " ", ":", "[INST]", "A")
PIECE = st.lists(st.sampled_from(SNIPPETS), max_size=5).map("".join)
U1, A1, U2, A2, U3 = (
    Turn("user", "How do tides work?"),
    Turn("assistant", "The moon pulls."),
    Turn("user", "And\n\nthe sun?"),
    Turn("assistant", "潮汐 too."),
    Turn("user", "¿Cómo?"),
)
TALKS = ([U1], [U1, A1, U2], [U1, A1, U2, A2, U3])


class Template(NamedTuple):
    """A made-up chat template."""

    bos: str
    user: str
    user_end: str
    assistant: str
    answer_end: str
    last_answer_end: str
    system: str
    system_end: str
    default: str | None
    place: str
    """What becomes of a system prompt: a SystemRole."""

    def __call__(self, turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        body, system = list(turns), self.default
        if body[0].role == "system":
            given_system = body.pop(0).content
            if self.place == "refused":
                raise ChatTemplateError("no system prompts")
            system = self.default if self.place == "dropped" else given_system
        block = "" if system is None else self.system + system + self.system_end
        host = {"merged": 0, "last_turn": len(body) - 1}.get(self.place, -1)
        text = self.bos + (block if host < 0 else "")
        for position, turn in enumerate(body):
            last = position == len(body) - 1
            if turn.role == "assistant":
                text += self.assistant + turn.content
                text += self.last_answer_end if last else self.answer_end
            else:
                text += (
                    self.user + (block if position == host else "") + turn.content + self.user_end
                )
        return text + (self.assistant if add_generation_prompt else "")


TEMPLATES = st.builds(
    Template,
    bos=st.sampled_from(["", "<s>"]),
    user=PIECE.filter(str.strip),
    user_end=PIECE,
    assistant=PIECE,
    answer_end=PIECE,
    last_answer_end=PIECE,
    system=PIECE,
    system_end=PIECE,
    default=st.sampled_from([None, "Be good", "A\n"]),
    place=st.sampled_from(["native", "merged", "last_turn", "dropped", "refused"]),
).filter(
    lambda one: not (one.place == "last_turn" and one.default)
)  # a default that moves: nobody does it


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(TEMPLATES)
def test_conversations_are_rebuilt(template: Template) -> None:
    with suppress(ChatTemplateError):
        agrees(derive(template, bos="<s>"), template)


def agrees(chat: ChatFormat, template: Template) -> None:
    for talk in TALKS:
        for generation in (False, True):
            expected = template(talk, add_generation_prompt=generation)
            assert chat.render(talk, add_generation_prompt=generation) == expected
        with suppress(ChatTemplateError):  # refusing a system prompt is honest, losing it is not
            spoken = [Turn("system", "Be brief."), *talk]
            assert chat.render(spoken) == template(spoken, add_generation_prompt=True)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(TEMPLATES)
def test_the_bare_form_lacks_the_default_block_and_nothing_else(template: Template) -> None:
    answer_end = template.answer_end or "</s>"
    made = template._replace(
        bos="<s>",
        answer_end=answer_end,
        last_answer_end=answer_end,
        place="native",
        default="Be good",
    )
    with suppress(ChatTemplateError):
        chat = derive(made, bos="<s>")
        bare = {made.bos + made.user, chat.pre_query}
        if made.user.startswith(made.bos):
            bare.add(made.user)
        assert chat.pre_query_bare in bare
