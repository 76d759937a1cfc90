"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from magpie_adapter_gemma import FAMILIES, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

TURNS = "<start_of_turn>{{ role }}\n{{ content }}<end_of_turn>"
REFUSES = TURNS + "{{ raise_exception('System role not supported') }}"


def checkpoint(name: str, template: str | None = None, model_type: str | None = None) -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    config = {"model_type": model_type} if model_type else {}
    return Checkpoint(name=name, path=name, config=config, tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("name", "template", "model_type", "family"),
    [
        ("my-finetune", REFUSES, "gemma", "gemma1.1"),
        ("my-finetune", REFUSES, "gemma2", "gemma2"),
        ("my-finetune", REFUSES, None, "gemma2"),
        ("google/gemma-1.1-7b-it", REFUSES, None, "gemma1.1"),
        ("models/gemma-2b-it", REFUSES, None, "gemma1.1"),
        ("google/codegemma-7b-it", REFUSES, "gemma", "gemma1.1"),
        ("google/recurrentgemma-2b-it", REFUSES, "recurrent_gemma", "gemma1.1"),
        ("google/gemma-2-27b-it", REFUSES, None, "gemma2"),
        ("gemma-7b-it-first-revision", TURNS, "gemma", "gemma1.1"),
        ("gemma-2-with-system", TURNS, "gemma2", "gemma2"),
        ("my-finetune", TURNS, "gemma3_text", "gemma3"),
        ("my-finetune", TURNS, None, "gemma3"),
        ("google/medgemma-4b-it", TURNS, "gemma3", "gemma3"),
        ("my-finetune", "<|turn>{{ role }}\n{{ content }}<turn|>", "gemma4", "gemma4"),
    ],
)
def test_markers_decide(name: str, template: str, model_type: str | None, family: str) -> None:
    asked = checkpoint(name, template, model_type)
    assert magpie_guess_family(asked) == family
    found = load_plugins().guess_family(asked)
    assert found is not None
    assert found.name == family


OTHERS = [
    ("google/gemma-2-9b-finetune", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
    ("meta-llama/Meta-Llama-3-8B-Instruct", "<|start_header_id|>user<|end_header_id|>"),
    ("microsoft/Phi-3-mini-4k-instruct", "<|user|>\n{{ content }}<|end|>\n<|assistant|>\n"),
]


@pytest.mark.parametrize(("name", "template"), OTHERS)
def test_others_are_not_ours(name: str, template: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) is None
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("google/gemma-1.1-2b-it", "gemma1.1"),
        ("google/gemma-7b-it", "gemma1.1"),
        ("somewhere/Gemma-2-9B-it-fp8", "gemma2"),
        ("somewhere/gemma2-27b-it", "gemma2"),
        ("google/gemma-3-27b-it", "gemma3"),
        ("google/gemma-3-270m-it", "gemma3"),
        ("google/gemma-4-31B-it", "gemma4"),
    ],
)
def test_names_decide_without_a_template(name: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    found = load_plugins().guess_family(checkpoint(name))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "name", ["google/paligemma2-3b-mix-448", "google/embeddinggemma-300m", "gemma-30b"]
)
def test_names_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name))
    assert found is None or found.name not in {family.name for family in FAMILIES}


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates(name: str) -> None:
    expected = {
        "google__gemma-2-2b-it": "gemma2",
        "google__gemma-3-4b-it": "gemma3",
        "google__gemma-4-E2B-it": "gemma4",
        "unsloth.gemma-4": "gemma4",
        "unsloth.gemma-4-edge": "gemma4",
    }
    asked = checkpoint(name, goldens.template(name))
    assert magpie_guess_family(asked) == expected.get(name)
    found = load_plugins().guess_family(asked)
    if name in expected:
        assert found is not None
        assert found.name == expected[name]
    else:
        assert found is None or found.name not in {family.name for family in FAMILIES}
