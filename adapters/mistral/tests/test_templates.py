"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_mistral import MISTRAL_V1, MISTRAL_V3_SPM, MISTRAL_V3_TEKKEN, MISTRAL_V7_TEKKEN
from magpie_adapter_mistral.tekken import DAY
from magpie_core import ChatFormat, Family, Turn
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, writes_date
from magpie_core.testing import golden as goldens

REAL = {
    "mistralai__Mistral-7B-Instruct-v0.2": MISTRAL_V1,
    "mistralai__Mistral-Small-24B-Instruct-2501": MISTRAL_V7_TEKKEN,
}


def pieces(chat: ChatFormat) -> dict[str, Any]:
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name != "source"}


@pytest.mark.parametrize("name", REAL)
def test_formats_derived_from_real_templates_are_the_registered_ones(
    name: str, byte_level: Any
) -> None:
    tokenizer = byte_level(goldens.template(name))
    chat = derive_from_tokenizer(tokenizer, date_string=DAY)
    assert pieces(chat) == pieces(REAL[name].chat_format())
    assert writes_date(tokenizer) == REAL[name].date_dependent


def test_the_first_v02_template_refused_a_system_prompt(byte_level: Any) -> None:
    source = goldens.template("mistralai__Mistral-7B-Instruct-v0.2.at-release")
    chat = derive_from_tokenizer(byte_level(source))
    assert chat.system_role == "refused"
    assert chat.pre_query == "<s>[INST] "


@pytest.mark.parametrize(
    "name", ["mistral-common__v7", "mistral-common__v11", "mistral-common__v13_think"]
)
def test_the_bare_form_of_v7_is_what_mistral_common_writes(name: str) -> None:
    golden = goldens.golden(name)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        written = MISTRAL_V7_TEKKEN.chat_format().render(
            turns, add_generation_prompt=generation, bare=True
        )
        assert written == golden.renderings[conversation], conversation


@pytest.mark.parametrize(
    "family", [MISTRAL_V3_SPM, MISTRAL_V3_TEKKEN], ids=lambda family: family.name
)
def test_a_system_prompt_moves_to_the_last_turn(family: Family) -> None:
    system, talk = (
        Turn("system", "Be brief."),
        [Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "Bye")],
    )
    chat = family.chat_format()
    assert chat.render([system, *talk[:1]]).startswith(chat.pre_query + "Be brief.\n\nHi")
    text = chat.render([system, *talk])
    assert text.startswith(chat.pre_query + "Hi")
    assert text.endswith("Be brief.\n\nBye[/INST]")


def test_a_lone_space_is_never_sampled_from(sentence_piece: Any) -> None:
    tokenizer = sentence_piece(special=["[INST]", "[/INST]"])
    prompts = Prompts(MISTRAL_V3_SPM.chat_format(), tokenizer)
    ids = prompts.for_instruction()
    assert tokenizer.convert_ids_to_tokens(ids) == ["<s>", "[INST]"]
    assert prompts.for_response("How do tides work?")[: len(ids)] == ids
    as_text = prompts.encode(MISTRAL_V3_SPM.pre_query)
    assert len(as_text) > len(ids)


@pytest.mark.parametrize(
    ("family", "name"), [(MISTRAL_V3_SPM, "v3-spm"), (MISTRAL_V3_TEKKEN, "v3-tekken")]
)
def test_pieces_derived_from_own_templates_are_the_registered_ones(
    family: Family, name: str, byte_level: Any, own_template: Any
) -> None:
    assert pieces(derive_from_tokenizer(byte_level(own_template(name)))) == pieces(
        family.chat_format()
    )
