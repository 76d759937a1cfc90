"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from magpie_adapter_qwen import FAMILIES, QWEN25, magpie_guess_family
from magpie_core import Checkpoint
from magpie_core.plugins import load_plugins
from magpie_core.testing import golden as goldens

OURS = {family.name for family in FAMILIES}
CHATML = "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
HELPFUL = CHATML + "You are a helpful assistant."
TOOLS = "# Tools\\n\\nYou may call one or more functions"
QWEN = CHATML + str(QWEN25.default_system) + TOOLS
MATH = CHATML + "Please reason step by step, and put your final answer within \\\\boxed{}."
SWITCHED = CHATML + "multi_step_tool {% if enable_thinking is false %}<think>"
PLAIN_TOOLS = CHATML + TOOLS + "message.content is string"
OPEN = CHATML + TOOLS + "'</think>' '<|im_start|>assistant\\n<think>\\n'"


def checkpoint(name: str, template: str | None = None, model_type: str = "") -> Checkpoint:
    tokenizer = SimpleNamespace(chat_template=template)
    return Checkpoint(name=name, path=name, config={"model_type": model_type}, tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("name", "template", "model_type", "family"),
    [
        ("Qwen/Qwen1.5-7B-Chat", HELPFUL, "qwen2", "qwen1.5"),
        ("Qwen/Qwen2-7B-Instruct", HELPFUL, "qwen2", "qwen2"),
        ("Qwen/Qwen2-57B-A14B-Instruct", HELPFUL, "qwen2_moe", "qwen2"),
        ("Qwen/Qwen2-Math-7B-Instruct", HELPFUL, "qwen2", "qwen2-math"),
        ("my-finetune", HELPFUL, "qwen2", "qwen2"),
        ("my-finetune", QWEN, "qwen2", "qwen2.5"),
        ("models/QWEN2.5-CODER-7b", QWEN, "qwen2", "qwen2.5-coder"),
        ("my-finetune", MATH, "qwen2", "qwen2.5-math"),
        ("my-finetune", OPEN, "qwen2", "qwq"),
        ("my-finetune", SWITCHED, "qwen3", "qwen3"),
        ("my-finetune", PLAIN_TOOLS, "qwen3", "qwen3-2507"),
        ("my-finetune", SWITCHED + "render_content <|vision_start|>", "qwen3_5", "qwen3.5"),
    ],
)
def test_markers_decide(name: str, template: str, model_type: str, family: str) -> None:
    one = checkpoint(name, template, model_type)
    assert magpie_guess_family(one) == family
    found = load_plugins().guess_family(one)
    assert found is not None
    assert found.name == family


@pytest.mark.parametrize(
    ("name", "template", "model_type"),
    [
        ("my-finetune", CHATML, "qwen2"),
        ("Qwen/Qwen2-7B-Instruct", CHATML, "qwen2"),
        ("NousResearch/Hermes-2-Pro-Mistral-7B", CHATML, "mistral"),
        ("some-chat", HELPFUL, "llama"),
        ("Qwen/Qwen1.5-7B", HELPFUL, "qwen2"),
        ("Qwen/Qwen2.5-7B", HELPFUL + "# Tools", "qwen2"),
        ("some-reasoner", OPEN.replace(TOOLS, ""), "qwen2"),
        ("my-qwen2.5-7b", HELPFUL, "qwen2"),
        ("Qwen/Qwen2-VL-7B-Instruct", HELPFUL + "<|vision_start|>", "qwen2_vl"),
        ("Qwen/QwQ-32B-Preview", CHATML + "You are Qwen developed by Alibaba.", "qwen2"),
        ("Qwen/Qwen3-4B-Thinking-2507", OPEN + "multi_step_tool reasoning_content", "qwen3"),
        ("Qwen/Qwen3-VL-4B-Instruct", PLAIN_TOOLS + "<|vision_start|>", "qwen3_vl"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "<｜User｜><｜Assistant｜><think>\\n", "qwen2"),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "<｜User｜><｜Assistant｜>", "qwen3"),
    ],
)
def test_others_are_not_ours(name: str, template: str, model_type: str) -> None:
    one = checkpoint(name, template, model_type)
    assert magpie_guess_family(one) is None
    found = load_plugins().guess_family(one)
    assert found is None or found.name not in OURS


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Qwen/Qwen1.5-14B-Chat", "qwen1.5"),
        ("Qwen/Qwen2-0.5B-Instruct", "qwen2"),
        ("Qwen/Qwen2-Math-72B-Instruct", "qwen2-math"),
        ("somewhere/qwen2.5-7b-instruct", "qwen2.5"),
        ("Qwen/Qwen2.5-Coder-14B-Instruct", "qwen2.5-coder"),
        ("Qwen/Qwen2.5-Math-1.5B-Instruct", "qwen2.5-math"),
        ("Qwen/QwQ-32B-AWQ", "qwq"),
        ("Qwen/Qwen3-235B-A22B", "qwen3"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507-FP8", "qwen3-2507"),
        ("Qwen/Qwen3.5-9B", "qwen3.5"),
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
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
        "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
        "Qwen/Qwen-1_8B-Chat",
        "Qwen/Qwen2.5-VL-3B-Instruct",
        "Qwen/Qwen3-Coder-30B-A3B-Instruct",
        "Qwen/Qwen3-4B-Thinking-2507",
        "Qwen/QwQ-32B-Preview",
    ],
)
def test_names_that_only_look_like_ours(name: str) -> None:
    found = load_plugins().guess_family(checkpoint(name, model_type="qwen2"))
    assert found is None or found.name not in OURS


@pytest.mark.parametrize("name", goldens.template_names())
def test_real_templates(name: str) -> None:
    expected = {
        "Qwen__Qwen2.5-7B-Instruct": "qwen2.5",
        "Qwen__Qwen2.5-Math-7B-Instruct": "qwen2.5-math",
        "Qwen__Qwen3-8B": "qwen3",
        "Qwen__Qwen3-4B-Instruct-2507": "qwen3-2507",
        "Qwen__Qwen3.5-4B": "qwen3.5",
    }
    template = goldens.template(name)
    assert magpie_guess_family(checkpoint("my-finetune", template)) == expected.get(name)
    found = load_plugins().guess_family(checkpoint("my-finetune", template))
    ours = found.name if found is not None and found.name in OURS else None
    assert ours == expected.get(name)


@pytest.mark.parametrize(
    ("typed", "family"),
    [
        ("qwen2.5-instruct", "qwen2.5"),
        ("qwen-2.5", "qwen2.5"),
        ("qwen25", "qwen2.5"),
        ("qwen3-instruct-2507", "qwen3-2507"),
        ("Qwen-3", "qwen3"),
    ],
)
def test_what_people_type(typed: str, family: str) -> None:
    assert load_plugins().family(typed).name == family
