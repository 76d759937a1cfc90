"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from magpie_adapter_deepseek import FAMILIES, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

OURS = {family.name for family in FAMILIES}
BOS = "<｜begin▁of▁sentence｜>"
TEXT = "{{ bos_token + 'User: ' + content + '\n\nAssistant:' }}"
TOKENS = "{{ bos_token + '<｜User｜>' + content + '<｜Assistant｜>' }}"
THINKS = TOKENS + "{{ content.split('</think>')[-1] }}"
SWITCHED = TOKENS + "{% if thinking %}<think>{% else %}</think>{% endif %}"
CODER = "### Instruction:\n{{ content }}\n### Response:\n<|EOT|>"


def checkpoint(
    name: str, template: str | None = None, model_type: str = "", bos: str | None = None
) -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template, bos_token=bos)
    config = {"model_type": model_type} if model_type else {}
    return Checkpoint(name=name, path=name, config=config, tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("name", "template", "model_type", "bos", "family"),
    [
        ("my-finetune", TEXT, "deepseek_v2", None, "deepseek-v2"),
        ("my-finetune", TEXT, "llama", BOS, "deepseek-llm"),
        ("my-finetune", TEXT.replace("bos_token", f"'{BOS}'"), "llama", None, "deepseek-llm"),
        ("deepseek-ai/deepseek-math-7b-rl", TEXT, "llama", None, "deepseek-llm"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", TEXT, "", None, "deepseek-v2"),
        ("my-finetune", CODER, "llama", BOS, "deepseek-coder"),
        ("my-finetune", TOKENS, "deepseek_v2", BOS, "deepseek-v2.5"),
        ("deepseek-ai/DeepSeek-V2.5-1210", TOKENS, "", None, "deepseek-v2.5"),
        ("my-finetune", TOKENS, "deepseek_v3", BOS, "deepseek-v3"),
        ("models/beside-llama/V3", TOKENS, "deepseek_v3", BOS, "deepseek-v3"),
        ("my-finetune", SWITCHED, "deepseek_v3", BOS, "deepseek-v3.1"),
        ("my-finetune", THINKS, "deepseek_v3", BOS, "deepseek-r1"),
        ("my-finetune", THINKS, "qwen2", BOS, "deepseek-r1-distill-qwen"),
        ("my-finetune", THINKS, "llama", BOS, "deepseek-r1-distill-llama"),
        ("R1-Distill-Llama-8B-fp8", TOKENS, "", None, "deepseek-r1-distill-llama"),
        ("models/r1-distill-qwen-7b", TOKENS, "", None, "deepseek-r1-distill-qwen"),
    ],
)
def test_markers_type_and_name_decide(
    name: str, template: str, model_type: str, bos: str | None, family: str
) -> None:
    asked = checkpoint(name, template, model_type, bos)
    assert magpie_guess_family(asked) == family
    found = load_plugins().guess_family(asked)
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    ("name", "template", "model_type", "bos"),
    [
        ("my-chat", TEXT, "llama", "<s>"),
        ("my-chat", TEXT, "", BOS),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", THINKS, "qwen3", BOS),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", THINKS, "", BOS),
        ("my-finetune", TOKENS, "llama", BOS),
        ("deepseek-ai/DeepSeek-V4", SWITCHED + "drop_thinking", "deepseek_v4", BOS),
        ("some-alpaca", "### Instruction:\n{{ content }}\n### Response:\n", "llama", "<s>"),
        ("some-chat", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>", "deepseek_v3", BOS),
    ],
)
def test_others_are_not_ours(name: str, template: str, model_type: str, bos: str) -> None:
    asked = checkpoint(name, template, model_type, bos)
    assert magpie_guess_family(asked) is None
    found = load_plugins().guess_family(asked)
    assert found is None or found.name not in OURS


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("deepseek-ai/deepseek-llm-67b-chat", "deepseek-llm"),
        ("deepseek-ai/deepseek-coder-7b-instruct-v1.5", "deepseek-coder"),
        ("deepseek-ai/DeepSeek-V2-Chat", "deepseek-v2"),
        ("deepseek-ai/DeepSeek-V2.5", "deepseek-v2.5"),
        ("somewhere/deepseek-v3-0324-awq", "deepseek-v3"),
        ("deepseek-ai/DeepSeek-V3.2-Exp", "deepseek-v3.1"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-r1"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "deepseek-r1-distill-qwen"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", "deepseek-r1-distill-llama"),
    ],
)
def test_names_decide_without_a_template(name: str, family: str) -> None:
    assert magpie_guess_family(checkpoint(name)) is None
    found = load_plugins().guess_family(checkpoint(name))
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    "name",
    [
        "deepseek-ai/deepseek-llm-7b-base",
        "deepseek-ai/DeepSeek-V3-Base",
        "deepseek-ai/DeepSeek-R1-Zero",
        "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
    ],
)
def test_names_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name))
    assert found is None or found.name not in OURS


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates(name: str) -> None:
    expected = {
        "deepseek-ai__DeepSeek-V2-Chat": ("deepseek_v2", "deepseek-v2"),
        "deepseek-ai__DeepSeek-V3.2": ("deepseek_v32", "deepseek-v3.1"),
        "deepseek-ai__DeepSeek-R1-Distill-Qwen-7B": ("qwen2", "deepseek-r1-distill-qwen"),
    }
    model_type, family = expected.get(name, ("", None))
    asked = checkpoint("my-finetune", goldens.template(name), model_type)
    assert magpie_guess_family(asked) == family
    found = load_plugins().guess_family(asked)
    assert (found.name if found and found.name in OURS else None) == family


@pytest.mark.parametrize(
    ("typed", "family"),
    [
        ("DeepSeek-Coder-V2-Lite", "deepseek-v2"),
        ("deepseek-v3.2", "deepseek-v3.1"),
        ("r1", "deepseek-r1"),
        ("r1-distill-qwen", "deepseek-r1-distill-qwen"),
        ("r1-distill-llama", "deepseek-r1-distill-llama"),
    ],
)
def test_what_people_type(typed: str, family: str) -> None:
    assert load_plugins().family(typed).name == family
