"""Prompts as token ids: one BOS or none, and a cut between two tokens."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magpie_core import ChatFormat, ChatTemplateError, Turn
from magpie_core.chat.prompts import BOUNDARY_PROBES, Prompts

PLAIN = ChatFormat(
    pre_query="<s><sys>default</sys><user>\n",
    pre_query_bare="<s><user>\n",
    pre_query_with_system="<s><sys>{system}</sys><user>\n",
    user_end="</user>\n",
    user_to_assistant="</user>\n<bot>\n",
    user_to_assistant_history="</user>\n<bot>\n",
    turn_append="</bot>\n<user>\n",
    default_system="default",
    system_role="native",
    bos="<s>",
    source="registered",
)
SPACED = msgspec.structs.replace(
    PLAIN,
    pre_query="<s>[INST] ",
    pre_query_bare="<s>[INST] ",
    pre_query_with_system="<s>[INST] {system} ",
    user_to_assistant=" [/INST]",
    user_to_assistant_history=" [/INST] ",
    turn_append="</s><s>[INST] ",
    default_system=None,
)
SPECIAL = ("<sys>", "</sys>", "<user>", "</user>", "<bot>", "</bot>")
ORDINARY = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd")), min_size=1, max_size=5)
REST = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=60)


@pytest.fixture(scope="module")
def tokenizer(build_tokenizer: Any) -> Any:
    return build_tokenizer(special=SPECIAL)


@pytest.mark.parametrize("chat", [PLAIN, SPACED], ids=["newline", "space"])
@pytest.mark.parametrize("system", [None, "", "Be brief."])
def test_instruction_ids_begin_the_response_ids(
    chat: ChatFormat, system: str | None, tokenizer: Any
) -> None:
    prompts = Prompts(chat, tokenizer)
    before = prompts.for_instruction(system)

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(ORDINARY, REST)
    def check(head: str, rest: str) -> None:
        after = prompts.for_response(head + rest, system)
        assert after[: len(before)] == before
        assert after.count(tokenizer.bos_token_id) == 1

    check()
    assert prompts.unsafe_probes(system) == []


def test_trailing_spaces_are_left_to_the_first_word(tokenizer: Any) -> None:
    prompts = Prompts(SPACED, tokenizer)
    assert prompts.pre_query_text() == "<s>[INST]"
    assert prompts.pre_query_text("Be brief.") == "<s>[INST] Be brief."
    assert Prompts(PLAIN, tokenizer).pre_query_text().endswith("\n")


def test_bare_form_is_for_instructions_only(tokenizer: Any) -> None:
    prompts = Prompts(PLAIN, tokenizer, bare=True)
    assert prompts.pre_query_text() == "<s><user>\n"
    assert "default" in tokenizer.decode(prompts.for_response("Write a poem"))


def test_an_empty_system_prompt_replaces_the_default_one_everywhere(tokenizer: Any) -> None:
    prompts = Prompts(PLAIN, tokenizer)
    assert "default" not in prompts.pre_query_text("")
    assert "default" not in tokenizer.decode(prompts.for_response("Write a poem", ""))


def test_history_of_a_format_with_bos_in_every_turn(tokenizer: Any) -> None:
    turns = [Turn("user", "one"), Turn("assistant", "two"), Turn("user", "three")]
    ids = Prompts(SPACED, tokenizer).for_turns(turns)
    assert ids[0] == tokenizer.bos_token_id
    assert ids.count(tokenizer.bos_token_id) == 2


def test_format_without_bos_gets_none(tokenizer: Any) -> None:
    pieces = {
        name: getattr(PLAIN, name).removeprefix("<s>")
        for name in ("pre_query", "pre_query_bare", "pre_query_with_system")
    }
    prompts = Prompts(msgspec.structs.replace(PLAIN, bos=None, **pieces), tokenizer)
    assert tokenizer.bos_token_id not in prompts.for_instruction()
    assert tokenizer.bos_token_id not in prompts.for_response("Write a poem")


@pytest.mark.parametrize("opening", ["<s><s><user>\n", "<user>\n"], ids=["two", "none"])
def test_a_wrong_number_of_bos_is_an_error(opening: str, tokenizer: Any) -> None:
    chat = msgspec.structs.replace(PLAIN, pre_query=opening)
    with pytest.raises(ChatTemplateError, match="exactly one BOS"):
        Prompts(chat, tokenizer).for_instruction()


def test_a_cut_inside_a_token_is_found(tokenizer: Any) -> None:
    # the vocabulary has one merge, of two newlines: a pre-query ending in one merges with the next
    prompts = Prompts(PLAIN, tokenizer)
    before, after = prompts.for_instruction(), prompts.for_response("\nWrite")
    assert after[: len(before)] != before


def test_probes_begin_like_users_do() -> None:
    assert all(probe == probe.strip() for probe in BOUNDARY_PROBES)
    assert any(not probe.isascii() for probe in BOUNDARY_PROBES)


def test_unsafe_probes_are_named() -> None:
    class Greedy:
        """Takes a newline together with the letter behind it."""

        bos_token_id = None

        def encode(self, text: str, add_special_tokens: bool) -> list[str]:
            assert not add_special_tokens
            return text.replace("\nW", "W\n").split("\n")

    assert "Write a poem" in Prompts(PLAIN, Greedy()).unsafe_probes()
