"""Which checkpoints are taken for Yi, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from magpie_adapter_yi import YI15, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

BARE = "{{ system_message }}{{ '<|im_start|>user\\n' + content + '<|im_end|>\\n' }}"


def checkpoint(name: str, template: str | None = None, model_type: str = "llama") -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    return Checkpoint(name=name, path=name, config={"model_type": model_type}, tokenizer=tokenizer)


def guessed(one: Checkpoint) -> str | None:
    found = load_plugins().guess_family(one)
    return found.name if found else None


@pytest.mark.parametrize("name", ["01-ai/Yi-1.5-9B-Chat", "my-finetune"])
def test_markers_decide(name: str) -> None:
    assert magpie_guess_family(checkpoint(name, BARE)) == "yi-1.5"
    assert guessed(checkpoint(name, BARE)) == "yi-1.5"


def test_our_own_template_is_recognised(own_template: Any) -> None:
    assert guessed(checkpoint("my-finetune", own_template("yi15"))) == "yi-1.5"


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("01-ai/Yi-34B-Chat", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
        ("my-finetune", "<|im_start|>system\\n{{ system_message }}<|im_end|>" + BARE),
        ("google/gemma-2b-it", "{{ system_message }}<start_of_turn>user"),
        ("meta-llama/Llama-2-7b-chat-hf", "[INST] <<SYS>>{{ system_message }}"),
    ],
)
def test_others_are_not_ours(name: str, template: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) is None
    assert guessed(checkpoint(name, template)) != "yi-1.5"


@pytest.mark.parametrize("name", ["01-ai/Yi-1.5-6B-Chat", "somewhere/yi-1.5-34b-chat-awq"])
def test_names_decide_without_a_template(name: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    assert guessed(checkpoint(name)) == "yi-1.5"


@pytest.mark.parametrize(
    "name",
    ["01-ai/Yi-34B-Chat", "01-ai/Yi-1.5-9B", "01-ai/Yi-Coder-9B-Chat", "Qwen/Qwen1.5-7B-Chat"],
)
def test_names_that_only_look_like_ours(name: str) -> None:
    assert guessed(checkpoint(name)) != "yi-1.5"


@pytest.mark.parametrize("name", goldens.template_names())
def test_no_real_template_at_hand_is_ours(name: str) -> None:
    template = goldens.template(name)
    assert magpie_guess_family(checkpoint("my-finetune", template)) is None
    assert guessed(checkpoint("my-finetune", template)) != "yi-1.5"


@pytest.mark.parametrize("typed", ["yi", "Yi", "yi1.5", "yi-1.5-chat"])
def test_what_people_type(typed: str) -> None:
    assert load_plugins().family(typed) == YI15
