"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_qwen import (
    FAMILIES,
    QWEN2,
    QWEN3,
    QWEN3_2507,
    QWEN15,
    QWEN25,
    QWEN25_MATH,
    QWEN35,
    QWQ,
)
from magpie_core import ChatFormat, ChatTemplateError, Family
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.chat.thinking import with_thinking
from magpie_core.testing import golden as goldens

OWN = {
    "Qwen__Qwen1.5-4B-Chat": (QWEN15, "qwen2"),
    "Qwen__Qwen2-7B-Instruct": (QWEN2, "qwen2"),
    "Qwen__QwQ-32B": (QWQ, "qwq"),
}
REAL = {
    "Qwen__Qwen2.5-7B-Instruct": QWEN25,
    "Qwen__Qwen2.5-Math-7B-Instruct": QWEN25_MATH,
    "Qwen__Qwen3-8B": QWEN3,
    "Qwen__Qwen3-4B-Instruct-2507": QWEN3_2507,
    "Qwen__Qwen3.5-4B": QWEN35,
}


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


def rebuilds(chat: ChatFormat, name: str) -> None:
    golden = goldens.golden(name)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        written = chat.render(turns, add_generation_prompt=generation)
        assert written == golden.renderings[conversation], conversation


@pytest.mark.parametrize("name", OWN)
def test_own_templates_reproduce_the_goldens(name: str, byte_level: Any, own_template: Any) -> None:
    golden = goldens.golden(name)
    render = template_renderer(byte_level(own_template(OWN[name][1])))
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        assert render(turns, add_generation_prompt=generation) == golden.renderings[conversation]


@pytest.mark.parametrize("name", OWN)
def test_formats_derived_from_own_templates_rebuild_the_goldens(
    name: str, byte_level: Any, own_template: Any
) -> None:
    rebuilds(derive_from_tokenizer(byte_level(own_template(OWN[name][1]))), name)


@pytest.mark.parametrize(
    ("family", "template"), OWN.values(), ids=lambda value: getattr(value, "name", None)
)
def test_derived_pieces_are_the_registered_ones(
    family: Family, template: str, byte_level: Any, own_template: Any
) -> None:
    chat = derive_from_tokenizer(byte_level(own_template(template)))
    assert pieces(chat) == pieces(family.chat_format())


@pytest.mark.parametrize("name", REAL)
def test_formats_derived_from_real_templates_are_the_registered_ones(
    name: str, byte_level: Any
) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template(name)))
    rebuilds(chat, name)
    assert pieces(chat) == pieces(REAL[name].chat_format())


@pytest.mark.parametrize("family", [QWEN3, QWEN35], ids=lambda family: family.name)
@pytest.mark.parametrize("wanted", [True, False], ids=["on", "off"])
def test_thinking_is_switched_as_the_template_does(
    wanted: bool, family: Family, byte_level: Any
) -> None:
    name = {one.name: name for name, one in REAL.items()}[family.name]
    render = template_renderer(byte_level(goldens.template(name)), enable_thinking=wanted)
    chat = with_thinking(family.chat_format(), wanted)
    for conversation, turns in goldens.conversations().items():
        if goldens.with_generation_prompt(conversation):
            assert chat.render(turns) == render(turns, add_generation_prompt=True), conversation
    assert chat.opening() == family.pre_query  # instructions are not touched


@pytest.mark.parametrize(
    ("family", "wanted"), [(QWQ, False), (QWEN3_2507, True), (QWEN3_2507, False), (QWEN25, True)]
)
def test_no_switch_no_thinking(family: Family, wanted: bool) -> None:
    with pytest.raises(ChatTemplateError, match="--thinking"):
        with_thinking(family.chat_format(), wanted)


def test_sampling_of_answers_follows_the_model_cards() -> None:
    thinking, direct = (QWEN3.sampling_of_responses(wanted) for wanted in (True, False))
    assert (thinking.temperature, thinking.top_p, thinking.top_k) == (0.6, 0.95, 20)
    assert (direct.temperature, direct.top_p, direct.top_k) == (0.7, 0.8, 20)
    assert QWEN3.sampling_of_responses(None) == thinking  # it thinks unless told otherwise
    for wanted in (None, True, False):
        assert QWEN35.sampling_of_responses(wanted).presence_penalty == 1.5
        assert QWEN3_2507.sampling_of_responses(wanted) == direct


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_instructions_and_responses_are_sampled_from(family: Family, byte_level: Any) -> None:
    tokenizer = byte_level(special=family.stop_tokens)
    prompts = Prompts(family.chat_format(), tokenizer, bare=family.form == "bare")
    needs_system = family.name.startswith("qwen2.5")
    assert ("<|im_start|>system" in prompts.pre_query_text()) == needs_system
    asked = tokenizer.decode(prompts.for_response("Write a poem"))
    assert ("<|im_start|>system" in asked) == (family.default_system is not None)
    assert asked.endswith(family.user_to_assistant)
