"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_deepseek import (
    DEEPSEEK_CODER,
    DEEPSEEK_LLM,
    DEEPSEEK_R1,
    DEEPSEEK_V2,
    DEEPSEEK_V3,
    DEEPSEEK_V31,
    R1_DISTILL_QWEN,
)
from magpie_core import ChatFormat, ChatTemplateError, Family, Turn
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.chat.thinking import with_thinking
from magpie_core.testing import golden as goldens

REAL = {
    "deepseek-ai__DeepSeek-V2-Chat": DEEPSEEK_V2,
    "deepseek-ai__DeepSeek-R1-Distill-Qwen-7B": R1_DISTILL_QWEN,
}


TALK = [Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "Bye")]


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


@pytest.mark.parametrize("name", REAL)
def test_formats_derived_from_real_templates_are_the_registered_ones(
    name: str, byte_level: Any
) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template(name)))
    assert pieces(chat) == pieces(REAL[name].chat_format())


@pytest.mark.parametrize(
    ("name", "untold"),
    [("deepseek-ai__DeepSeek-V3.2", "<think></think>"), ("deepseek-ai__DeepSeek-V4", "</think>")],
)
def test_v31_line_is_switched_as_registered(name: str, untold: str, byte_level: Any) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template(name)))
    assert chat.user_to_assistant_think == DEEPSEEK_V31.user_to_assistant_think
    assert chat.user_to_assistant_no_think == chat.user_to_assistant == "<｜Assistant｜>" + untold


@pytest.mark.parametrize(
    ("family", "wanted", "end"),
    [
        (DEEPSEEK_V31, True, "Bye<｜Assistant｜><think>"),
        (DEEPSEEK_V31, False, "Bye<｜Assistant｜></think>"),
        (DEEPSEEK_R1, True, "Bye<｜Assistant｜><think>\n"),
        (R1_DISTILL_QWEN, True, "Bye<｜Assistant｜><think>\n"),
    ],
)
def test_reasoning_opens_the_new_answer_alone(family: Family, wanted: bool, end: str) -> None:
    chat = family.chat_format()
    text = with_thinking(chat, wanted).render(TALK)
    assert text.endswith(end)
    assert text.removesuffix(end) == chat.render(TALK).removesuffix(
        "Bye" + family.user_to_assistant
    )


@pytest.mark.parametrize("family", [DEEPSEEK_R1, R1_DISTILL_QWEN], ids=lambda family: family.name)
def test_r1_cannot_be_kept_from_reasoning(family: Family) -> None:
    with pytest.raises(ChatTemplateError, match="knows no answer without reasoning"):
        with_thinking(family.chat_format(), False)


def test_v31_follows_the_template_that_only_closes_the_think_tag(byte_level: Any) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template("deepseek-ai__DeepSeek-V3.2")))
    assert chat.user_to_assistant == "<｜Assistant｜><think></think>"
    assert chat.user_to_assistant_history == DEEPSEEK_V31.user_to_assistant
    assert chat.pre_query == DEEPSEEK_V31.pre_query
    assert chat.turn_append == DEEPSEEK_V31.turn_append


@pytest.mark.parametrize("family", [DEEPSEEK_LLM, DEEPSEEK_V2], ids=lambda family: family.name)
def test_a_lone_space_is_never_sampled_from(family: Family, byte_level: Any) -> None:
    tokenizer = byte_level()
    prompts = Prompts(family.chat_format(), tokenizer)
    safe, whole = prompts.for_instruction(), prompts.for_response("How do tides work?")
    assert whole[: len(safe)] == safe
    assert tokenizer.convert_ids_to_tokens(whole[len(safe)]) == "ĠH"
    as_text = prompts.encode(family.pre_query)
    assert whole[: len(as_text)] != as_text  # the text is a prefix, its ids are not


def test_coder_glues_a_system_prompt_to_the_instruction() -> None:
    text = DEEPSEEK_CODER.chat_format().render([Turn("system", "Be brief."), Turn("user", "Hi")])
    assert "Be brief.### Instruction:\nHi\n### Response:\n" in text


def test_r1_thinks_in_new_answers_only() -> None:
    text = DEEPSEEK_R1.chat_format().render(TALK)
    assert text.count("<think>") == 1
    assert text.endswith("Bye<｜Assistant｜><think>\n")


@pytest.mark.parametrize(
    ("family", "name", "variables"),
    [
        (DEEPSEEK_CODER, "coder", {"default": DEEPSEEK_CODER.default_system}),
        (DEEPSEEK_V3, "tokens", {"opened": "", "closed": ""}),
        (DEEPSEEK_V31, "tokens", {"opened": "</think>", "closed": "</think>"}),
        (DEEPSEEK_R1, "tokens", {"opened": "<think>\n", "closed": ""}),
    ],
)
def test_pieces_derived_from_own_templates_are_the_registered_ones(
    family: Family, name: str, variables: dict[str, str], byte_level: Any, own_template: Any
) -> None:
    # Of the three with this layout only V3.1 has a switch.
    told = {} if family is DEEPSEEK_V31 else {"thinking": None}
    chat = derive_from_tokenizer(byte_level(own_template(name)), **variables, **told)
    assert pieces(chat) == pieces(family.chat_format())
