"""Registered facts held against a template: every mistake by its name, and nothing where all is right."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from magpie_core import ChatFormat, Checkpoint
from magpie_core.chat.compare import SLIPS, compare, doubled_bos
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

FAMILIES = load_plugins().families()
CHAT = ChatFormat(
    pre_query="<s><|system|>\nBe good.<|end|>\n<|user|>\n",
    pre_query_bare="<s><|user|>\n",
    pre_query_with_system="<s><|system|>\n{system}<|end|>\n<|user|>\n",
    user_end="<|end|>\n",
    user_to_assistant="<|end|>\n<|assistant|>\n",
    user_to_assistant_history="<|end|>\n<|assistant|>\n",
    turn_append="<|end|>\n<|user|>\n",
    default_system="Be good.",
    system_role="native",
    bos="<s>",
    source="derived",
)
KNOWN = {
    "deepseek-ai__DeepSeek-V3.2": {
        "other text": "a community template that writes an empty reasoning block"
    },
    "unsloth.gemma-4": {"other text": "the large checkpoints open an empty thought channel"},
    "mistralai__Mistral-7B-Instruct-v0.2.at-release": {
        "extra space": "the first release wrote no space after BOS; the family follows the later one"
    },
}
"""Templates that differ from the family they are guessed to be, by what is said, with the reason."""


def wrong(**pieces: Any) -> ChatFormat:
    return msgspec.structs.replace(CHAT, **pieces)


def kinds(template: ChatFormat, registered: ChatFormat, *, dated: bool = False) -> set[str]:
    return {one.kind for one in compare(template, registered, dated=dated)}


@pytest.mark.parametrize("name", goldens.template_names())
def test_installed_families_are_right_about_real_templates(name: str, build_tokenizer: Any) -> None:
    golden = goldens.golden(name)
    tokenizer = build_tokenizer(goldens.template(name), bos=golden.bos, eos=golden.eos)
    checkpoint = Checkpoint(name=name.replace("__", "/"), path=name, tokenizer=tokenizer)
    family = load_plugins().guess_family(checkpoint)
    if family is None:
        pytest.skip("no installed family claims this template")
    chat = derive_from_tokenizer(tokenizer)
    found = compare(chat, family.chat_format(), dated=family.date_dependent)
    assert {one.kind for one in found} == set(KNOWN.get(name, {})), found


@pytest.mark.parametrize("name", FAMILIES)
def test_no_family_differs_from_itself(name: str) -> None:
    chat = FAMILIES[name].chat_format()
    assert compare(chat, chat) == ()
    assert doubled_bos(chat) == ()


@pytest.mark.parametrize(
    ("pieces", "kind", "said"),
    [
        (
            {"pre_query_bare": "<s><|user|>\n "},
            "extra space",
            "has one space too many before the user's words",
        ),
        (
            {"turn_append": "<|end|>\n<|user|>"},
            "missing space",
            "has one newline too few between an answer and the user's next words",
        ),
        (
            {"user_to_assistant": "<|end|>\n<|assistant|> "},
            "other space",
            "has one space where the template has one newline between the user's words and a new answer",
        ),
        (
            {
                "pre_query": "<s><|system|>\nBe  good.<|end|>\n<|user|>\n",
                "default_system": "Be  good.",
            },
            "extra space",
            "has one space too many in the default system block",
        ),
        (
            {"pre_query_bare": "<s><s><|user|>\n"},
            "second BOS",
            "writes BOS `<s>` twice, the template once",
        ),
        ({"bos": None}, "missing BOS", "begins with `<s>` and does not name it as its BOS"),
        (
            {"user_to_assistant": "<|end|>\n<|user|>\n"},
            "other role",
            "writes the role `user` where the template writes `assistant` "
            "between the user's words and a new answer",
        ),
        (
            {"pre_query_with_system": "<s><|sytem|>\n{system}<|end|>\n<|user|>\n"},
            "role typo",
            "writes the role `sytem` where the template writes `system` around a system prompt",
        ),
        (
            {"user_to_assistant": "<|ennd|>\n<|assistant|>\n"},
            "marker typo",
            "writes `ennd` where the template writes `end` between the user's words and a new answer",
        ),
        (
            {"turn_append": "<|user|>\n"},
            "other text",
            "writes '<|user|>\\n' where the template writes '<|end|>\\n<|user|>\\n' "
            "between an answer and the user's next words",
        ),
    ],
)
def test_mistakes_by_name(pieces: dict[str, Any], kind: str, said: str) -> None:
    (found,) = compare(CHAT, wrong(**pieces))
    assert (found.kind, found.detail) == (kind, said)


def test_a_mistake_made_everywhere_is_said_once() -> None:
    pieces = {
        name: text.replace("user", "usr")
        for name, text in msgspec.to_builtins(CHAT).items()
        if isinstance(text, str) and "user|" in text
    }
    (found,) = compare(CHAT, wrong(**pieces))
    assert (
        found.detail
        == "writes the role `usr` where the template writes `user` before the user's words"
    )


def test_several_mistakes_are_all_said() -> None:
    several = wrong(
        pre_query="<s><s><|user|>\n\n",
        pre_query_bare="<s><s><|user|>\n\n",
        default_system=None,
        user_to_assistant="<|end|>\n<|asistant|>\n",
    )
    assert kinds(CHAT, several) == {
        "second BOS",
        "missing default system",
        "extra space",
        "role typo",
    }


class TestWhatMayBeMeant:
    """Nothing here is called a slip, so nothing here stops a run."""

    def test_a_template_that_doubles_bos_is_the_one_that_is_wrong(self) -> None:
        doubled = wrong(
            pre_query="<s>" + CHAT.pre_query, pre_query_bare="<s>" + CHAT.pre_query_bare
        )
        [found] = compare(doubled, CHAT)
        assert found.detail == (
            "writes BOS `<s>` once, as it should: the checkpoint's template writes it twice"
        )
        assert not found.is_slip

    def test_another_format(self) -> None:
        other = FAMILIES["chatml"].chat_format()
        assert kinds(CHAT, other) == {"other format"}
        assert "other format" not in SLIPS

    def test_but_two_bos_are_wrong_in_any_format(self) -> None:
        other = msgspec.structs.replace(
            FAMILIES["chatml"].chat_format(), pre_query="<b><b><|im_start|>user\n", bos="<b>"
        )
        assert kinds(CHAT, other) == {"second BOS", "other format"}

    def test_another_default_system_prompt(self) -> None:
        text = CHAT.pre_query.replace("Be good.", "Sing.")
        found = compare(CHAT, wrong(pre_query=text, default_system="Sing."))
        assert [one.kind for one in found] == ["other default system"]
        assert not found[0].is_slip

    def test_a_date_in_the_default_system_prompt(self) -> None:
        text = CHAT.pre_query.replace("Be good.", "It is 20 Nov 2026.")
        dated = wrong(pre_query=text, default_system="It is 20 Nov 2026.")
        assert kinds(CHAT, dated, dated=True) == set()

    def test_a_dated_block_that_is_left_out_is_no_date(self) -> None:
        gone = wrong(pre_query=CHAT.pre_query_bare, default_system=None)
        assert kinds(CHAT, gone, dated=True) == {"missing default system"}

    def test_a_bare_form_that_is_not_registered(self) -> None:
        assert kinds(CHAT, wrong(pre_query_bare=CHAT.pre_query)) == set()


PIECES = st.sampled_from(["user_to_assistant", "user_to_assistant_history", "turn_append"])
BLANKS = st.text(" \n\t", min_size=1, max_size=3)


@given(st.sampled_from(sorted(FAMILIES)), PIECES, st.data())
def test_white_space_anywhere_is_called_so(name: str, piece: str, data: Any) -> None:
    """Put in where a marker or word begins or ends, it is extra; the other way round it is missing."""
    chat = FAMILIES[name].chat_format()
    text = getattr(chat, piece)
    spots = [i for i in range(len(text) + 1) if not (text[i - 1 : i] + text[i : i + 1]).isalnum()]
    spot = data.draw(st.sampled_from(spots))
    assume("_" not in text[max(spot - 1, 0) : spot + 1])
    padded = msgspec.structs.replace(chat, **{piece: text[:spot] + data.draw(BLANKS) + text[spot:]})
    assert kinds(chat, padded) == {"extra space"}
    assert kinds(padded, chat) == {"missing space"}
