"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from magpie_adapter_phi import FAMILIES, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

ENDS = "<|end|>\n<|assistant|>\n"
MEDIUM = "<|user|>\n" + ENDS
MINI = "{% if role == 'system' %}<|system|>\n" + MEDIUM
SKIPS = "{% if message['role'] == 'system' and message['content'] %}<|system|>\n" + MEDIUM
ANY_ROLE = "{{ '<|' + role + '|>\n' }}" + ENDS
WITH_TOOLS = "{{ '<|' + role + '|>' }}<|tool|><|/tool|><|end|><|assistant|>"
SEPARATED = "<|im_start|>user<|im_sep|>{{ content }}<|im_end|>"


def checkpoint(name: str, template: str | None = None, **config: Any) -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    return Checkpoint(
        name=name, path=name, config={"model_type": "phi3", **config}, tokenizer=tokenizer
    )


@pytest.mark.parametrize(
    ("name", "template", "family"),
    [
        ("my-finetune", MINI, "phi3-mini"),
        ("my-finetune", SKIPS, "phi3.5-mini"),
        ("my-finetune", MEDIUM, "phi3-medium"),
        ("my-finetune", "{{ bos_token }}" + MEDIUM, "phi3-mini"),
        ("my-finetune", "{{ bos_token }}" + ANY_ROLE, "phi3-small"),
        ("my-finetune", ANY_ROLE, "phi3-mini"),
        ("my-finetune", WITH_TOOLS, "phi4-mini"),
        ("my-finetune", SEPARATED, "phi4"),
        ("microsoft/Phi-3-mini-4k-instruct", MEDIUM, "phi3-mini"),
        ("microsoft/Phi-3-mini-128k-instruct", ANY_ROLE, "phi3-mini"),
        ("models/phi3-medium-gptq", MINI, "phi3-medium"),
        ("microsoft/Phi-3.5-mini-instruct", MINI, "phi3.5-mini"),
        ("unsloth/phi-4", SEPARATED, "phi4"),
    ],
)
def test_markers_decide(name: str, template: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) == family
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is not None
    assert found.name == family


def test_what_the_configuration_adds() -> None:
    small = checkpoint("my-finetune", MINI, model_type="phi3small")
    assert magpie_guess_family(small) == "phi3-small"
    mini = checkpoint("my-finetune", ANY_ROLE, vocab_size=200064)
    assert magpie_guess_family(mini) == "phi4-mini"


OTHERS = [
    ("microsoft/Phi-4-reasoning", SEPARATED + "<think> {Thought section} </think>"),
    ("microsoft/Phi-4-mini-reasoning", WITH_TOOLS + "Your name is Phi, an AI math expert"),
    ("openai/gpt-oss-20b", "<|start|>assistant<|channel|>final<|message|>{{ content }}<|end|>"),
    ("allenai/Llama-3.1-Tulu-3-8B", "<|user|>\n{{ content }}\n<|assistant|>\n"),
    ("HuggingFaceH4/zephyr-7b-beta", "<|user|>\n{{ content }}{{ eos_token }}<|assistant|>\n"),
    ("Qwen/Qwen3-8B", "<|im_start|>user\n{{ content }}<|im_end|>\n"),
]


@pytest.mark.parametrize(("name", "template"), OTHERS)
def test_others_are_not_ours(name: str, template: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) is None
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("microsoft/Phi-3-mini-128k-instruct", "phi3-mini"),
        ("microsoft/Phi-3-medium-4k-instruct", "phi3-medium"),
        ("microsoft/Phi-3.5-mini-instruct", "phi3.5-mini"),
        ("microsoft/Phi-3-small-128k-instruct", "phi3-small"),
        ("somewhere/Phi-4-AWQ", "phi4"),
        ("somewhere/phi4-mini", "phi4-mini"),
    ],
)
def test_names_decide_without_a_template(name: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    found = load_plugins().guess_family(checkpoint(name))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "name", ["microsoft/Phi-4-reasoning-plus", "microsoft/phi-2", "my-finetune", "phi-40b"]
)
def test_names_and_model_types_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates_of_others(name: str) -> None:
    """None of the real templates at hand is a Phi's."""
    asked = checkpoint(name, goldens.template(name))
    assert magpie_guess_family(asked) is None
    found = load_plugins().guess_family(asked)
    assert found is None or found.name not in {family.name for family in FAMILIES}
