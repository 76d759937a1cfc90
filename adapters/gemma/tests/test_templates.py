"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_gemma import GEMMA2, GEMMA3, GEMMA4, GEMMA11
from magpie_core import ChatFormat, ChatTemplateError, Family, Turn
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.chat.thinking import with_thinking
from magpie_core.family import differences
from magpie_core.testing import golden as goldens

REAL = {
    "google__gemma-2-2b-it": GEMMA2,
    "google__gemma-3-4b-it": GEMMA3,
    "google__gemma-4-E2B-it": GEMMA4,
    "unsloth.gemma-4-edge": GEMMA4,
}


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


@pytest.mark.parametrize("name", REAL)
def test_formats_derived_from_real_templates_rebuild_the_goldens(
    name: str, byte_level: Any
) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template(name)))
    golden = goldens.golden(name)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        expected = golden.renderings[conversation]
        if expected is None:
            with pytest.raises(ChatTemplateError):
                chat.render(turns, add_generation_prompt=generation)
        else:
            assert chat.render(turns, add_generation_prompt=generation) == expected
    assert pieces(chat) == pieces(REAL[name].chat_format())


def test_large_gemma4_opens_answers_with_an_empty_thought(byte_level: Any) -> None:
    chat = derive_from_tokenizer(byte_level(goldens.template("unsloth.gemma-4")))
    assert chat.user_to_assistant == GEMMA4.user_to_assistant + "<|channel>thought\n<channel|>"
    assert chat.user_to_assistant_history == GEMMA4.user_to_assistant
    assert list(differences(chat, GEMMA4)) == ["user_to_assistant"]


@pytest.mark.parametrize(
    "name", ["google__gemma-4-E2B-it", "unsloth.gemma-4-edge", "unsloth.gemma-4"]
)
@pytest.mark.parametrize("wanted", [True, False], ids=["on", "off"])
def test_gemma4_is_told_to_think_at_the_beginning(name: str, wanted: bool, byte_level: Any) -> None:
    tokenizer = byte_level(goldens.template(name))
    render = template_renderer(tokenizer, enable_thinking=wanted)
    chat = with_thinking(derive_from_tokenizer(tokenizer), wanted)
    if name != "unsloth.gemma-4" or wanted:  # the large ones differ where they do not think
        own = with_thinking(GEMMA4.chat_format(), wanted)
        assert chat.fingerprint == own.fingerprint
    for conversation, turns in goldens.conversations().items():
        if goldens.with_generation_prompt(conversation):
            assert chat.render(turns) == render(turns, add_generation_prompt=True), conversation
    assert "<|think|>" not in chat.opening()  # instructions are not touched


@pytest.mark.parametrize("family", [GEMMA11, GEMMA2], ids=lambda family: family.name)
def test_a_system_prompt_is_refused(family: Family) -> None:
    with pytest.raises(ChatTemplateError, match="no place for a system prompt"):
        family.chat_format().render([Turn("system", "Be brief."), Turn("user", "Hi")])


def test_gemma2_is_sampled_after_one_newline_not_two(byte_level: Any) -> None:
    tokenizer = byte_level(special=GEMMA2.stop_tokens)
    ids = Prompts(GEMMA2.chat_format(), tokenizer).for_instruction()
    assert tokenizer.convert_ids_to_tokens(ids[-1]) == "Ċ"
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("user\n\n")[-1]) == "ĊĊ"


def test_gemma3_ids_are_not_gemma2_ids() -> None:
    gemma2, gemma3 = (
        dict(zip(family.stop_tokens, family.stop_token_ids, strict=True))
        for family in (GEMMA2, GEMMA3)
    )
    assert gemma2["<end_of_turn>"] == 107
    assert gemma3["<end_of_turn>"] == 106
    assert 107 not in GEMMA3.stop_token_ids  # a newline there
