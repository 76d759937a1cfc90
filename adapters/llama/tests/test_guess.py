"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from magpie_adapter_llama import FAMILIES, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

HEADERS = "<|start_header_id|>user<|end_header_id|>"
DATED = HEADERS + "Cutting Knowledge Date: December 2023"


def checkpoint(name: str, template: str | None = None, model_type: str = "llama") -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    return Checkpoint(name=name, path=name, config={"model_type": model_type}, tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("name", "template", "family"),
    [
        ("my-finetune", HEADERS, "llama3"),
        ("my-finetune", DATED, "llama3.1"),
        ("my-finetune", DATED + "{{ strftime_now('%d') }}", "llama3.2"),
        ("Llama-3.3-70B-Instruct", DATED, "llama3.3"),
        ("models/LLAMA3.3-fp8", DATED, "llama3.3"),
        ("Llama-3.1-8B-Instruct", DATED, "llama3.1"),
        ("scout", "<|header_start|>user<|header_end|>{{ strftime_now('%d') }}", "llama4"),
        ("llama-2-7b-chat", "[INST] <<SYS>>", "llama2"),
        ("CodeLlama-7b-Instruct-hf", "[INST] <<SYS>>", "llama2"),
    ],
)
def test_markers_decide(name: str, template: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) == family
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is not None
    assert found.name == family


OTHERS = [
    ("mistralai/Mistral-7B-Instruct-v0.2", "{{ bos_token }}[INST] {{ content }} [/INST]"),
    ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "<｜User｜>{{ content }}<｜Assistant｜>"),
    ("deepseek-ai/deepseek-llm-7b-chat", "User: {{ content }}\n\nAssistant:"),
    ("NousResearch/Hermes-3-Llama-3.1-8B", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
    ("allenai/Llama-3.1-Tulu-3-8B", "<|user|>\n{{ content }}\n<|assistant|>\n"),
]


@pytest.mark.parametrize(("name", "template"), OTHERS)
def test_others_are_not_ours(name: str, template: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) is None
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("meta-llama/Llama-2-13b-chat-hf", "llama2"),
        ("lmsys/vicuna-13b-v1.5", "vicuna"),
        ("NousResearch/Nous-Hermes-llama-2-7b", "nous-hermes-llama2"),
        ("somewhere/llama3-8b-instruct", "llama3"),
        ("somewhere/Llama3.1-8b-instruct", "llama3.1"),
        ("somewhere/Llama-3.2-1B-Instruct", "llama3.2"),
    ],
)
def test_names_decide_without_a_template(name: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    found = load_plugins().guess_family(checkpoint(name))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "name", ["deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "TinyLlama-1.1B", "llama-30b"]
)
def test_names_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates(name: str) -> None:
    expected = {
        "meta-llama__Llama-3.3-70B-Instruct": "llama3.3",
        "meta-llama__Llama-4-Scout-17B-16E-Instruct": "llama4",
    }
    template = goldens.template(name)
    assert magpie_guess_family(checkpoint(name, template)) == expected.get(name)
