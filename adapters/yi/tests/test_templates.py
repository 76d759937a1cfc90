"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_yi import YI15
from magpie_core import ChatFormat
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.testing import golden as goldens

GOLDEN = "01-ai__Yi-1.5-34B-Chat"


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


@pytest.fixture
def tokenizer(byte_level: Any, own_template: Any) -> Any:
    return byte_level(own_template("yi15"), special=YI15.stop_tokens)


def test_our_own_template_reproduces_the_golden(tokenizer: Any) -> None:
    golden = goldens.golden(GOLDEN)
    render = template_renderer(tokenizer)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        assert render(turns, add_generation_prompt=generation) == golden.renderings[conversation]


def test_the_format_derived_from_it_rebuilds_the_golden(tokenizer: Any) -> None:
    golden = goldens.golden(GOLDEN)
    chat = derive_from_tokenizer(tokenizer)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        written = chat.render(turns, add_generation_prompt=generation)
        assert written == golden.renderings[conversation], conversation


def test_derived_pieces_are_the_registered_ones(tokenizer: Any) -> None:
    assert pieces(derive_from_tokenizer(tokenizer)) == pieces(YI15.chat_format())


def test_no_prompt_begins_with_bos(tokenizer: Any) -> None:
    prompts = Prompts(YI15.chat_format(), tokenizer)
    for ids in (prompts.for_instruction(), prompts.for_response("Write a poem")):
        assert tokenizer.bos_token_id not in ids
        assert tokenizer.decode(ids).startswith("<|im_start|>user\n")


def test_a_system_prompt_stands_bare(tokenizer: Any) -> None:
    prompts = Prompts(YI15.chat_format(), tokenizer)
    assert prompts.pre_query_text("Be brief.") == "Be brief.<|im_start|>user\n"
