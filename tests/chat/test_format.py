"""ChatFormat by itself: openings, conversations, fingerprints."""

from __future__ import annotations

import msgspec
import pytest

from magpie_core import ChatFormat, ChatTemplateError, Turn

CHAT = ChatFormat(
    pre_query="<s><sys>default</sys><user>",
    pre_query_bare="<s><user>",
    pre_query_with_system="<s><sys>{system}</sys><user>",
    user_end="</user>",
    user_to_assistant="</user><bot>",
    user_to_assistant_history="</user><bot> ",
    turn_append="</bot><user>",
    default_system="default",
    system_role="native",
    bos="<s>",
    source="registered",
)
TALK = [Turn("user", "one"), Turn("assistant", "two"), Turn("user", "three")]
LAST_TURN = msgspec.structs.replace(
    CHAT,
    pre_query="<s><user>",
    pre_query_with_system="<s><user>{system}\n\n",
    default_system=None,
    system_role="last_turn",
)


def test_openings() -> None:
    assert CHAT.opening() == "<s><sys>default</sys><user>"
    assert CHAT.opening(bare=True) == "<s><user>"
    assert CHAT.opening("Be brief.") == "<s><sys>Be brief.</sys><user>"
    assert CHAT.opening("Be brief.", bare=True) == "<s><sys>Be brief.</sys><user>"
    assert CHAT.opening("") == "<s><sys></sys><user>"


def test_system_words_may_hold_the_slot() -> None:
    assert CHAT.opening("fill {system}") == "<s><sys>fill {system}</sys><user>"


def test_history_and_new_answer_differ() -> None:
    assert (
        CHAT.render(TALK, bare=True) == "<s><user>one</user><bot> two</bot><user>three</user><bot>"
    )


def test_without_generation_prompt() -> None:
    assert CHAT.render(TALK[:1], add_generation_prompt=False) == CHAT.pre_query + "one</user>"


def test_a_given_system_prompt_stands_in_the_bare_form_too() -> None:
    turns = [Turn("system", "Be brief."), *TALK[:1]]
    assert CHAT.render(turns, bare=True) == "<s><sys>Be brief.</sys><user>one</user><bot>"


def test_the_bare_form_may_have_its_own_place_for_a_system_prompt() -> None:
    dated = msgspec.structs.replace(
        CHAT,
        pre_query_with_system="<s><sys>today {system}</sys><user>",
        pre_query_with_system_bare="<s><sys>{system}</sys><user>",
    )
    assert dated.opening("Be brief.", bare=True) == "<s><sys>Be brief.</sys><user>"
    assert dated.opening("Be brief.") == "<s><sys>today Be brief.</sys><user>"
    turns = [Turn("system", "Be brief."), *TALK[:1]]
    assert dated.render(turns).startswith("<s><sys>today Be brief.")  # answers: the template's form
    assert dated.render(turns, bare=True).startswith("<s><sys>Be brief.")
    assert (
        dated.fingerprint
        != msgspec.structs.replace(dated, pre_query_with_system_bare=None).fingerprint
    )


def test_words_are_not_trimmed() -> None:
    assert " one \n</user>" in CHAT.render([Turn("user", " one \n")])


def test_system_prompt_in_the_last_turn() -> None:
    system = Turn("system", "Be brief.")
    assert LAST_TURN.render([system, *TALK[:1]]) == "<s><user>Be brief.\n\none</user><bot>"
    assert LAST_TURN.render([system, *TALK]) == (
        "<s><user>one</user><bot> two</bot><user>Be brief.\n\nthree</user><bot>"
    )


def test_dropped_system_prompt_is_dropped() -> None:
    chat = msgspec.structs.replace(CHAT, system_role="dropped", pre_query_with_system=None)
    assert chat.render([Turn("system", "Be brief."), *TALK]) == chat.render(TALK)


@pytest.mark.parametrize("role", ["refused", "merged", "dropped"])
def test_no_place_for_a_system_prompt(role: str) -> None:
    chat = msgspec.structs.replace(CHAT, system_role=role, pre_query_with_system=None)
    with pytest.raises(ChatTemplateError, match=role) as caught:
        chat.opening("Be brief.")
    assert "--system" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [Turn("system", "only")],
        [Turn("assistant", "first")],
        [Turn("user", "one"), Turn("user", "two"), Turn("user", "three")],
        [Turn("user", "one"), Turn("assistant", "two")],
        [Turn("user", "one"), Turn("system", "late"), Turn("user", "three")],
    ],
)
def test_turns_that_do_not_alternate(turns: list[Turn]) -> None:
    with pytest.raises(ValueError, match="alternate"):
        CHAT.render(turns)


def test_fingerprint() -> None:
    same = msgspec.structs.replace(CHAT, source="derived")
    assert CHAT.fingerprint == same.fingerprint
    assert len(CHAT.fingerprint) == 12
    for name in (
        "pre_query",
        "pre_query_bare",
        "user_end",
        "user_to_assistant",
        "turn_append",
        "bos",
    ):
        other = msgspec.structs.replace(CHAT, **{name: "other"})
        assert other.fingerprint != CHAT.fingerprint, name
