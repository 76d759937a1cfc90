"""The registered pieces, the goldens and what is derived from a template are one and the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from magpie_adapter_llama import LLAMA2, LLAMA3, LLAMA4, LLAMA31, LLAMA32, LLAMA33, VICUNA
from magpie_core import ChatFormat, Family, Turn
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer, template_renderer
from magpie_core.testing import golden as goldens

OWN = {
    "meta-llama__Llama-2-7b-chat-hf": (LLAMA2, "llama2", {}),
    "meta-llama__Meta-Llama-3-8B-Instruct": (LLAMA3, "llama3", {}),
    "meta-llama__Llama-3.2-3B-Instruct": (LLAMA32, "llama3.2", {"date_string": "20 Nov 2026"}),
}
REAL = {
    "meta-llama__Llama-3.1-8B-Instruct": (LLAMA31, "meta-llama__Llama-3.3-70B-Instruct"),
    "meta-llama__Llama-3.3-70B-Instruct": (LLAMA33, "meta-llama__Llama-3.3-70B-Instruct"),
    "meta-llama__Llama-4-Scout-17B-16E-Instruct": (
        LLAMA4,
        "meta-llama__Llama-4-Scout-17B-16E-Instruct",
    ),
}


def pieces(chat: ChatFormat) -> dict[str, Any]:
    """All but the source, and the bare form's own system block: Meta documents it, no template writes it."""
    left_out = ("source", "pre_query_with_system_bare")
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name not in left_out}


def rebuilds(chat: ChatFormat, name: str) -> None:
    golden = goldens.golden(name)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        written = chat.render(turns, add_generation_prompt=generation)
        assert written == golden.renderings[conversation], conversation


@pytest.mark.parametrize("name", OWN)
def test_own_templates_reproduce_the_goldens(name: str, byte_level: Any, own_template: Any) -> None:
    _, template, variables = OWN[name]
    golden = goldens.golden(name)
    tokenizer = byte_level(own_template(template), bos=golden.bos, eos=golden.eos)
    if name.startswith("meta-llama__Llama-2"):
        tokenizer = byte_level(own_template(template), bos="<s>", eos="</s>")
    render = template_renderer(tokenizer, **variables)
    for conversation, turns in goldens.conversations().items():
        generation = goldens.with_generation_prompt(conversation)
        assert render(turns, add_generation_prompt=generation) == golden.renderings[conversation]


@pytest.mark.parametrize("name", OWN)
def test_formats_derived_from_own_templates_rebuild_the_goldens(
    name: str, byte_level: Any, own_template: Any
) -> None:
    _, template, variables = OWN[name]
    golden = goldens.golden(name)
    tokenizer = byte_level(own_template(template), bos=golden.bos, eos=golden.eos)
    rebuilds(derive_from_tokenizer(tokenizer, **variables), name)


@pytest.mark.parametrize("name", REAL)
def test_formats_derived_from_real_templates_rebuild_the_goldens(
    name: str, byte_level: Any
) -> None:
    family, template = REAL[name]
    chat = derive_from_tokenizer(byte_level(goldens.template(template)))
    rebuilds(chat, name)
    assert pieces(chat) == pieces(family.chat_format())


@pytest.mark.parametrize(
    ("family", "template", "variables"),
    [
        (LLAMA2, "llama2", {}),
        (LLAMA3, "llama3", {}),
        (LLAMA32, "llama3.2", {"date_string": "26 Jul 2024"}),
        (VICUNA, "vicuna", {}),
    ],
    ids=lambda value: value.name if isinstance(value, Family) else None,
)
def test_derived_pieces_are_the_registered_ones(
    family: Family, template: str, variables: dict[str, str], byte_level: Any, own_template: Any
) -> None:
    llama3 = family.bos == "<|begin_of_text|>"
    tokenizer = byte_level(
        own_template(template), bos=family.bos, eos="<|eot_id|>" if llama3 else "</s>"
    )
    assert pieces(derive_from_tokenizer(tokenizer, **variables)) == pieces(family.chat_format())


def test_llama32_writes_today_unless_told_the_date(byte_level: Any, own_template: Any) -> None:
    assert LLAMA32.date_dependent
    chat = derive_from_tokenizer(byte_level(own_template("llama3.2")))
    years = {str(datetime.now().year), str(datetime.now().year - 1)}  # midnight of New Year's Eve
    assert any(f"{year}\n\n" in chat.pre_query for year in years)
    assert chat.pre_query_bare == LLAMA32.pre_query_bare
    assert "{" not in LLAMA32.pre_query


FASTCHAT = (
    "<s>A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions. "
)


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        ([Turn("user", "Hi")], FASTCHAT + "USER: Hi ASSISTANT:"),
        (
            [Turn("user", "Hi"), Turn("assistant", "Hello!"), Turn("user", "Bye")],
            FASTCHAT + "USER: Hi ASSISTANT: Hello!</s>USER: Bye ASSISTANT:",
        ),
        ([Turn("system", "Be brief."), Turn("user", "Hi")], "<s>Be brief. USER: Hi ASSISTANT:"),
    ],
)
def test_vicuna_writes_what_fastchat_writes(
    turns: list[Turn], text: str, byte_level: Any, own_template: Any
) -> None:
    assert VICUNA.chat_format().render(turns) == text
    render = template_renderer(byte_level(own_template("vicuna"), bos="<s>", eos="</s>"))
    assert render(turns, add_generation_prompt=True) == text


@pytest.mark.parametrize("family", [LLAMA2, VICUNA], ids=lambda family: family.name)
def test_a_lone_space_is_never_sampled_from(family: Family, sentence_piece: Any) -> None:
    tokenizer = sentence_piece()
    prompts = Prompts(family.chat_format(), tokenizer)
    space = tokenizer.convert_tokens_to_ids("▁")
    as_text = prompts.encode(family.pre_query)
    whole = prompts.for_response("How do tides work?")
    assert as_text[-1] == space
    assert whole[: len(as_text)] != as_text  # the text is a prefix, its ids are not
    safe = prompts.for_instruction()
    assert safe == as_text[:-1] == whole[: len(safe)]
    assert tokenizer.convert_ids_to_tokens(whole[len(safe)]) == "▁How"


@pytest.mark.parametrize("family", [LLAMA31, LLAMA32, LLAMA33], ids=lambda family: family.name)
def test_instructions_have_no_system_block_and_responses_do(
    family: Family, byte_level: Any
) -> None:
    tokenizer = byte_level(special=family.stop_tokens)
    prompts = Prompts(family.chat_format(), tokenizer, bare=family.form == "bare")
    assert prompts.pre_query_text() == LLAMA3.pre_query
    assert "Cutting Knowledge Date" in tokenizer.decode(prompts.for_response("Write a poem"))


@pytest.mark.parametrize("family", [LLAMA31, LLAMA32, LLAMA33], ids=lambda family: family.name)
def test_a_system_prompt_in_the_bare_form_comes_without_the_date_lines(
    family: Family, byte_level: Any
) -> None:
    tokenizer = byte_level(special=family.stop_tokens)
    prompts = Prompts(family.chat_format(), tokenizer, bare=family.form == "bare")
    assert prompts.pre_query_text("Be brief.") == LLAMA3.chat_format().opening("Be brief.")
    answer = tokenizer.decode(prompts.for_response("Hi", "Be brief."))
    assert "Today Date: 26 Jul 2024\n\nBe brief." in answer
    assert not prompts.unsafe_probes("Be brief.")
