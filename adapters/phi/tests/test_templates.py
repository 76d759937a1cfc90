"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_phi import PHI3_MEDIUM, PHI3_MINI, PHI3_SMALL, PHI4, PHI4_MINI, PHI35_MINI
from magpie_core import ChatFormat, Family
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.testing import golden as goldens

OWN = {
    "microsoft__Phi-3-mini-4k-instruct": (PHI3_MINI, "phi3"),
    "microsoft__Phi-3.5-mini-instruct": (PHI35_MINI, "phi3"),
    "microsoft__Phi-3-medium-128k-instruct": (PHI3_MEDIUM, "phi3-medium"),
    "microsoft__Phi-3-small-8k-instruct": (PHI3_SMALL, "phi3-small"),
    "microsoft__phi-4": (PHI4, "phi4"),
    "microsoft__Phi-4-mini-instruct": (PHI4_MINI, "phi4-mini"),
}


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


@pytest.mark.parametrize("name", OWN)
def test_own_templates_reproduce_the_goldens(name: str, byte_level: Any, own_template: Any) -> None:
    golden = goldens.golden(name)
    tokenizer = byte_level(own_template(OWN[name][1]), bos=golden.bos, eos=golden.eos)
    render, chat = template_renderer(tokenizer), derive_from_tokenizer(tokenizer)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        expected = golden.renderings[conversation]
        assert render(turns, add_generation_prompt=generation) == expected
        assert chat.render(turns, add_generation_prompt=generation) == expected


@pytest.mark.parametrize("name", OWN)
def test_derived_pieces_are_the_registered_ones(
    name: str, byte_level: Any, own_template: Any
) -> None:
    family, template = OWN[name]
    old = family in (PHI3_MINI, PHI3_MEDIUM, PHI35_MINI)
    tokenizer = byte_level(own_template(template), bos="<s>" if old else "<|endoftext|>")
    assert pieces(derive_from_tokenizer(tokenizer)) == pieces(family.chat_format())


@pytest.mark.parametrize(
    "family", [PHI3_MINI, PHI3_MEDIUM, PHI35_MINI], ids=lambda family: family.name
)
def test_the_newline_after_the_user_token_is_swallowed(family: Family, byte_level: Any) -> None:
    tokenizer = byte_level(special=family.stop_tokens, swallows=True)
    ids = Prompts(family.chat_format(), tokenizer).for_instruction()
    assert tokenizer.convert_ids_to_tokens(ids) == ["<|user|>"]
    assert len(family.pre_query_ids or ()) == 1


def test_phi3_small_keeps_the_newline(byte_level: Any) -> None:
    tokenizer = byte_level(special=PHI3_SMALL.stop_tokens)
    ids = Prompts(PHI3_SMALL.chat_format(), tokenizer).for_instruction()
    assert tokenizer.convert_ids_to_tokens(ids) == ["<|endoftext|>", "<|user|>", "Ċ"]
    assert len(PHI3_SMALL.pre_query_ids or ()) == 3


@pytest.mark.parametrize("family", [PHI4, PHI4_MINI], ids=lambda family: family.name)
def test_phi4_writes_no_newlines(family: Family) -> None:
    assert not any("\n" in str(piece) for piece in pieces(family.chat_format()).values())
