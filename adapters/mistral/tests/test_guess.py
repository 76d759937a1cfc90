"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from magpie_adapter_mistral import FAMILIES, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

OURS = {family.name for family in FAMILIES}
SPACED = "{{ '[INST] ' + content + ' [/INST]' }}"
TIGHT = "{{ '[INST]' + content + '[/INST]' }}"
TOOLS = "{{ '[AVAILABLE_TOOLS]' + tools + '[/AVAILABLE_TOOLS]' }}"
SYSTEM = "{{ '[SYSTEM_PROMPT]' + system + '[/SYSTEM_PROMPT]' }}"


def checkpoint(name: str, template: str | None = None, vocabulary: int | None = None) -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    config = {"model_type": "mistral"} | ({"vocab_size": vocabulary} if vocabulary else {})
    return Checkpoint(name=name, path=name, config=config, tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("name", "template", "vocabulary", "family"),
    [
        ("my-finetune", SPACED, None, "mistral-v1"),
        ("my-finetune", SPACED, 32000, "mistral-v1"),
        ("my-finetune", SPACED, 32768, "mistral-v3-spm"),
        ("models/mistral-7b-instruct-v0.3", SPACED, None, "mistral-v3-spm"),
        ("my-finetune", SPACED + TOOLS, None, "mistral-v3-spm"),
        ("my-finetune", TIGHT + TOOLS, None, "mistral-v3-tekken"),
        ("my-finetune", TIGHT, 131072, "mistral-v3-tekken"),
        ("my-finetune", SYSTEM + TIGHT, None, "mistral-v7-tekken"),
        (
            "mistralai/Mistral-Small-3.1-24B-Instruct-2503",
            SYSTEM + TIGHT,
            None,
            "mistral-v7-tekken",
        ),
    ],
)
def test_markers_decide(name: str, template: str, vocabulary: int | None, family: str) -> None:
    asked = checkpoint(name, template, vocabulary)
    assert magpie_guess_family(asked) == family
    found = load_plugins().guess_family(asked)
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("meta-llama/Llama-2-7b-chat-hf", SPACED + "<<SYS>>"),
        ("NousResearch/Hermes-2-Pro-Mistral-7B", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
        ("HuggingFaceH4/zephyr-7b-beta", "<|user|>\n{{ content }}</s>\n<|assistant|>\n"),
        ("mistralai/Mistral-Large-Instruct-2411", SPACED + "{{ '[SYSTEM_PROMPT] ' + system }}"),
        ("mistralai/Magistral-Small-2509", SYSTEM + TIGHT + "[THINK]"),
        ("some-reasoner", SYSTEM + TIGHT + "[MODEL_SETTINGS]"),
    ],
)
def test_others_are_not_ours(name: str, template: str) -> None:
    assert magpie_guess_family(checkpoint(name, template)) is None
    found = load_plugins().guess_family(checkpoint(name, template))
    assert found is None or found.name not in OURS


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("mistralai/Mistral-7B-Instruct-v0.1", "mistral-v1"),
        ("somewhere/mixtral-8x7b-instruct-v0.1-awq", "mistral-v1"),
        ("somewhere/mistral-7b-instruct-v0.3-fp8", "mistral-v3-spm"),
        ("mistralai/Mistral-Nemo-Instruct-2407", "mistral-v3-tekken"),
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "mistral-v7-tekken"),
    ],
)
def test_names_decide_without_a_template(name: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    found = load_plugins().guess_family(checkpoint(name))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "name", ["mistralai/Mistral-7B-v0.1", "mistralai/Mistral-Nemo-Base-2407", "my-mistral"]
)
def test_names_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name))
    assert found is None or found.name not in OURS


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates(name: str) -> None:
    expected = {
        "mistralai__Mistral-7B-Instruct-v0.2": "mistral-v1",
        "mistralai__Mistral-7B-Instruct-v0.2.at-release": "mistral-v1",
        "mistralai__Mistral-Small-24B-Instruct-2501": "mistral-v7-tekken",
    }
    asked = checkpoint("my-finetune", goldens.template(name))
    assert magpie_guess_family(asked) == expected.get(name)
    found = load_plugins().guess_family(asked)
    assert (found.name if found and found.name in OURS else None) == expected.get(name)


@pytest.mark.parametrize(
    ("typed", "family"),
    [
        ("mistral", "mistral-v3-spm"),
        ("Mistral-7B", "mistral-v3-spm"),
        ("mixtral", "mistral-v1"),
        ("mistral-nemo", "mistral-v3-tekken"),
        ("mistral-small", "mistral-v7-tekken"),
    ],
)
def test_what_people_type(typed: str, family: str) -> None:
    assert load_plugins().family(typed).name == family
