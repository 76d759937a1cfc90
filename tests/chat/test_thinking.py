"""Answers with reasoning and without: what a template writes when told, and which prompts that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from magpie_core import ChatFormat, ChatTemplateError, Turn
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.chat.thinking import with_thinking
from magpie_core.testing import golden as goldens

TURNS = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
CLOSED = "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
"""A switch as Qwen3 has it: the model opens the reasoning itself unless it finds an empty one."""
OPENS = "{{ '<think>' if thinking | default(false) else '</think>' }}"
"""A switch as DeepSeek-V3.1 has it: without reasoning unless told."""
TOLD = "<system>{{ '/think' if enable_thinking | default(true) else '/no_think' }}</system>"
"""A switch at the beginning of the conversation, on unless told."""
ANSWER = "{% if add_generation_prompt %}<assistant>END{% endif %}"


def answer(end: str) -> str:
    return TURNS + ANSWER.replace("END", end)


PLAIN, SWITCHED, DEFAULT_OFF = answer(""), answer(CLOSED), answer(OPENS)
ALWAYS, BEGINNING = answer("<think>\n"), TOLD + answer("")
MENTIONED = "{# enable_thinking is not for this one #}" + PLAIN
TALK = [Turn("user", "one"), Turn("assistant", "two"), Turn("user", "three")]


@pytest.fixture
def derived(build_tokenizer: Callable[..., Any]) -> Callable[[str], ChatFormat]:
    return lambda template: derive_from_tokenizer(build_tokenizer(template))


@pytest.mark.parametrize(
    ("template", "untold", "think", "no_think"),
    [
        (SWITCHED, "", "", "<think></think>"),
        (DEFAULT_OFF, "</think>", "<think>", "</think>"),
        (ALWAYS, "<think>\n", "<think>\n", None),
        (BEGINNING, "", "", ""),
        (PLAIN, "", None, None),
        (MENTIONED, "", None, None),
    ],
)
def test_what_opens_an_answer(
    template: str, untold: str, think: str | None, no_think: str | None, derived: Any
) -> None:
    chat, opens = derived(template), "</user><assistant>"
    assert chat.user_to_assistant == opens + untold
    for found, end in (
        (chat.user_to_assistant_think, think),
        (chat.user_to_assistant_no_think, no_think),
    ):
        assert found == (None if end is None else opens + end)
    assert chat.thinking is None


@pytest.mark.parametrize("template", [SWITCHED, DEFAULT_OFF, BEGINNING])
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("system", [None, "Be brief."])
def test_prompts_are_those_of_the_template_told_so(
    template: str, wanted: bool, system: str | None, build_tokenizer: Any, derived: Any
) -> None:
    name = "thinking" if template is DEFAULT_OFF else "enable_thinking"
    render = template_renderer(build_tokenizer(template), **{name: wanted})
    chat = with_thinking(derived(template), wanted)
    turns = ([Turn("system", system)] if system else []) + TALK
    assert chat.render(turns) == render(turns, add_generation_prompt=True)
    assert chat.render(turns[:-2]) == render(turns[:-2], add_generation_prompt=True)


def test_history_and_instructions_stay_as_they_are(derived: Any, build_tokenizer: Any) -> None:
    chat = derived(SWITCHED)
    off = with_thinking(chat, False)
    assert off.render(TALK).count("<think>") == 1
    assert off.render(TALK).endswith("<assistant><think></think>")
    told = derived(BEGINNING)
    for wanted in (True, False):
        assert with_thinking(told, wanted).opening() == told.opening()
    tokenizer = build_tokenizer(SWITCHED)
    assert Prompts(off, tokenizer).for_instruction() == Prompts(chat, tokenizer).for_instruction()


def test_a_switch_at_the_beginning_reaches_the_answer(derived: Any) -> None:
    chat = derived(BEGINNING)
    assert chat.render(TALK[:1]).startswith("<system>/think</system>")
    assert with_thinking(chat, False).render(TALK[:1]).startswith("<system>/no_think</system>")


def test_fingerprints_follow_the_prompts(derived: Any) -> None:
    chat = derived(SWITCHED)
    on, off = with_thinking(chat, True), with_thinking(chat, False)
    assert chat.fingerprint == on.fingerprint != off.fingerprint
    assert chat.fingerprint == derived(PLAIN).fingerprint  # the same prompts, one with a switch


def test_a_format_without_the_newer_pieces_keeps_its_fingerprint() -> None:
    """Written down when runs were first made: a stored run must find its key again."""
    chat = ChatFormat(
        pre_query="<user>",
        pre_query_bare="<user>",
        pre_query_with_system=None,
        user_end="</user>",
        user_to_assistant="</user><assistant>",
        user_to_assistant_history="</user><assistant>",
        turn_append="</assistant><user>",
        default_system=None,
        system_role="refused",
        bos=None,
        source="derived",
    )
    assert chat.fingerprint == "65fdc397e464"


def test_formats_survive_being_stored(derived: Any) -> None:
    chat = with_thinking(derived(BEGINNING), False)
    stored = {k: v for k, v in msgspec.to_builtins(chat).items() if v is not None}
    required = [one.name for one in msgspec.structs.fields(ChatFormat) if one.required]
    assert msgspec.convert({**dict.fromkeys(required), **stored}, ChatFormat) == chat


@pytest.mark.parametrize(
    ("template", "wanted", "said"),
    [
        (PLAIN, True, "--thinking on: the chat template has no switch for reasoning"),
        (PLAIN, False, "it obeys none of `enable_thinking`, `thinking`"),
        (ALWAYS, False, "knows no answer without reasoning: it opens every one with"),
    ],
)
def test_a_form_that_is_not_there(template: str, wanted: bool, said: str, derived: Any) -> None:
    with pytest.raises(ChatTemplateError) as caught:
        with_thinking(derived(template), wanted)
    assert said in caught.value.message
    assert "leave --thinking out" in str(caught.value.hint)


def test_a_form_that_takes_no_system_prompt_is_left_out(derived: Any) -> None:
    refuses = "{% if enable_thinking and messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    chat = derived(refuses + answer("{{ '<think>' if enable_thinking else '' }}"))
    assert chat.pre_query_with_system is not None
    assert chat.user_to_assistant_think is None
    assert chat.user_to_assistant_no_think == chat.user_to_assistant
    with pytest.raises(ChatTemplateError, match="knows no answer with reasoning, only"):
        with_thinking(chat, True)


def test_variables_that_are_given_are_not_tried(build_tokenizer: Any) -> None:
    chat = derive_from_tokenizer(build_tokenizer(SWITCHED), enable_thinking=False)
    assert chat.user_to_assistant.endswith("<think></think>")
    assert chat.user_to_assistant_think is None


@pytest.mark.parametrize("name", goldens.template_names() or ["(none at hand)"])
@pytest.mark.parametrize("wanted", [True, False])
def test_real_templates_told_so_write_the_same_prompts(
    name: str, wanted: bool, build_tokenizer: Any
) -> None:
    """Single turns with and without a system prompt, and histories, of every template at hand."""
    tokenizer = build_tokenizer(goldens.template(name))
    untold = derive_from_tokenizer(tokenizer)
    if (untold.user_to_assistant_think if wanted else untold.user_to_assistant_no_think) is None:
        with pytest.raises(ChatTemplateError, match="--thinking"):
            with_thinking(untold, wanted)
        return
    chat = with_thinking(untold, wanted)
    told = {"enable_thinking": wanted, "thinking": wanted}
    render = template_renderer(tokenizer, **told)
    for conversation, turns in goldens.conversations().items():
        if not goldens.with_generation_prompt(conversation):
            continue
        assert chat.render(turns) == render(turns, add_generation_prompt=True), conversation
