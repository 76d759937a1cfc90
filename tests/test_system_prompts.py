"""No system prompt is lost: it stands in every prompt, or the run is refused. Over all families and templates."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_core import ChatFormat, ChatTemplateError
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens
from magpie_core.testing.toys import byte_level

GIVEN = "Answer like a pirate."
FAMILIES = load_plugins().families()


def lost(chat: ChatFormat, tokenizer: Any, *, bare: bool = False) -> bool:
    """Whether a prompt is made without the system prompt that was given."""
    prompts = Prompts(chat, tokenizer, bare=bare)
    texts, refusals = [], []
    for ids in (lambda: prompts.for_instruction(GIVEN), lambda: prompts.for_response("Hi", GIVEN)):
        try:
            texts.append(tokenizer.decode(ids()))
        except ChatTemplateError as error:
            refusals.append(error)
    assert all("no place for a system prompt" in one.message and one.hint for one in refusals)
    assert len(texts) in (0, 2), "one of the two prompts takes it and the other does not"
    return any(text.count(GIVEN) != 1 for text in texts)


@pytest.mark.parametrize("bare", [False, True], ids=["default", "bare"])
@pytest.mark.parametrize("name", FAMILIES)
def test_registered_families(name: str, bare: bool) -> None:
    family = FAMILIES[name]
    tokenizer = byte_level(bos=family.bos or "<s>", eos="</s>")
    assert not lost(family.chat_format(), tokenizer, bare=bare)


@pytest.mark.parametrize("name", goldens.template_names() or ["(none at hand)"])
def test_real_templates(name: str) -> None:
    tokenizer = byte_level(goldens.template(name), bos="<bos>", eos="<eos>")
    assert not lost(derive_from_tokenizer(tokenizer), tokenizer)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("gemma1.1", "refused"),
        ("gemma2", "refused"),
        ("gemma3", "merged"),
        ("gemma4", "native"),
        ("mistral-v1", "merged"),
        ("mistral-v3-spm", "last_turn"),
        ("mistral-v3-tekken", "last_turn"),
        ("mistral-v7-tekken", "native"),
        ("phi3-medium", "dropped"),
        ("phi3-mini", "native"),
    ],
)
def test_what_families_do_with_it(name: str, role: str) -> None:
    if name not in FAMILIES:
        pytest.skip(f"{name} is not installed")
    chat = FAMILIES[name].chat_format()
    assert chat.system_role == role
    if role in ("refused", "dropped"):
        with pytest.raises(ChatTemplateError, match=role):
            chat.opening(GIVEN)
    else:
        assert chat.opening(GIVEN).count(GIVEN) == 1
