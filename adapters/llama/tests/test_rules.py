"""The first-token rule of Llama 3.1."""

from __future__ import annotations

from typing import Any

from magpie_adapter_llama import LLAMA31, NO_HEADING_FIRST
from magpie_core import FirstTokenRule
from magpie_core.plugins import load_plugins

RELEASED = {"#": [2], "##": [567], "###": [14711], "####": [827]}


def test_is_offered_under_the_name_the_family_uses() -> None:
    assert LLAMA31.first_token_rule == NO_HEADING_FIRST.name
    assert load_plugins().first_token_rules()[NO_HEADING_FIRST.name] == NO_HEADING_FIRST


def test_ids_in_the_released_vocabulary() -> None:
    assert NO_HEADING_FIRST.banned_ids(RELEASED.__getitem__) == (2, 567, 14711, 827)


def test_strings_of_several_tokens_are_skipped(byte_level: Any) -> None:
    tokenizer = byte_level()

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    # every skipped string begins with the one that is banned, so no heading can begin a sample
    assert NO_HEADING_FIRST.banned_ids(encode) == tuple(encode("#"))
    assert all(encode(text)[0] == encode("#")[0] for text in NO_HEADING_FIRST.ban)


def test_a_vocabulary_may_have_none_of_them() -> None:
    assert NO_HEADING_FIRST.banned_ids(lambda text: [1] * (len(text) + 1)) == ()


def test_ids_given_as_ids_come_first_and_once() -> None:
    rule = FirstTokenRule(name="some", ban=("#", "##"), ban_ids=(9, 2))
    assert rule.banned_ids(RELEASED.__getitem__) == (9, 2, 567)
