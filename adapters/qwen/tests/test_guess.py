"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_qwen
from magpie_adapter_qwen import QWEN25
from magpie_core import Checkpoint
from magpie_core.testing.contracts.guess import GuessContract, stand_in

CHATML = "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
HELPFUL = CHATML + "You are a helpful assistant."
TOOLS = "# Tools\\n\\nYou may call one or more functions"
QWEN = CHATML + str(QWEN25.default_system) + TOOLS
MATH = CHATML + "Please reason step by step, and put your final answer within \\\\boxed{}."
SWITCHED = CHATML + "multi_step_tool {% if enable_thinking is false %}<think>"
PLAIN_TOOLS = CHATML + TOOLS + "message.content is string"
OPEN = CHATML + TOOLS + "'</think>' '<|im_start|>assistant\\n<think>\\n'"
VISION = "<|vision_start|>"
R1 = "<｜User｜><｜Assistant｜>"


def qwen(name: str, template: str, model_type: str = "qwen2") -> Checkpoint:
    return stand_in(name, template, model_type=model_type)


class TestGuess(GuessContract):
    adapter = magpie_adapter_qwen
    config = {"model_type": "qwen2"}
    ours = (
        (qwen("Qwen/Qwen1.5-7B-Chat", HELPFUL), "qwen1.5"),
        (qwen("Qwen/Qwen2-7B-Instruct", HELPFUL), "qwen2"),
        (qwen("Qwen/Qwen2-57B-A14B-Instruct", HELPFUL, "qwen2_moe"), "qwen2"),
        (qwen("Qwen/Qwen2-Math-7B-Instruct", HELPFUL), "qwen2-math"),
        (qwen("my-finetune", HELPFUL), "qwen2"),
        (qwen("my-finetune", QWEN), "qwen2.5"),
        (qwen("models/QWEN2.5-CODER-7b", QWEN), "qwen2.5-coder"),
        (qwen("my-finetune", MATH), "qwen2.5-math"),
        (qwen("my-finetune", OPEN), "qwq"),
        (qwen("my-finetune", SWITCHED, "qwen3"), "qwen3"),
        (qwen("my-finetune", PLAIN_TOOLS, "qwen3"), "qwen3-2507"),
        (qwen("my-finetune", SWITCHED + "render_content " + VISION, "qwen3_5"), "qwen3.5"),
    )
    others = (
        qwen("my-finetune", CHATML),
        qwen("Qwen/Qwen2-7B-Instruct", CHATML),
        qwen("NousResearch/Hermes-2-Pro-Mistral-7B", CHATML, "mistral"),
        qwen("some-chat", HELPFUL, "llama"),
        qwen("Qwen/Qwen1.5-7B", HELPFUL),
        qwen("Qwen/Qwen2.5-7B", HELPFUL + "# Tools"),
        qwen("some-reasoner", OPEN.replace(TOOLS, "")),
        qwen("my-qwen2.5-7b", HELPFUL),
        qwen("Qwen/Qwen2-VL-7B-Instruct", HELPFUL + VISION, "qwen2_vl"),
        qwen("Qwen/QwQ-32B-Preview", CHATML + "You are Qwen developed by Alibaba."),
        qwen("Qwen/Qwen3-4B-Thinking-2507", OPEN + "multi_step_tool reasoning_content", "qwen3"),
        qwen("Qwen/Qwen3-VL-4B-Instruct", PLAIN_TOOLS + VISION, "qwen3_vl"),
        qwen("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", R1 + "<think>\\n"),
        qwen("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", R1, "qwen3"),
    )
    named = {
        "Qwen/Qwen1.5-14B-Chat": "qwen1.5",
        "Qwen/Qwen2-0.5B-Instruct": "qwen2",
        "Qwen/Qwen2-Math-72B-Instruct": "qwen2-math",
        "somewhere/qwen2.5-7b-instruct": "qwen2.5",
        "Qwen/Qwen2.5-Coder-14B-Instruct": "qwen2.5-coder",
        "Qwen/Qwen2.5-Math-1.5B-Instruct": "qwen2.5-math",
        "Qwen/QwQ-32B-AWQ": "qwq",
        "Qwen/Qwen3-235B-A22B": "qwen3",
        "Qwen/Qwen3-30B-A3B-Instruct-2507-FP8": "qwen3-2507",
        "Qwen/Qwen3.5-9B": "qwen3.5",
    }
    not_named = (
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
        "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
        "Qwen/Qwen-1_8B-Chat",
        "Qwen/Qwen2.5-VL-3B-Instruct",
        "Qwen/Qwen3-Coder-30B-A3B-Instruct",
        "Qwen/Qwen3-4B-Thinking-2507",
        "Qwen/QwQ-32B-Preview",
    )
    real = {
        "Qwen__Qwen2.5-7B-Instruct": "qwen2.5",
        "Qwen__Qwen2.5-Math-7B-Instruct": "qwen2.5-math",
        "Qwen__Qwen3-8B": "qwen3",
        "Qwen__Qwen3-4B-Instruct-2507": "qwen3-2507",
        "Qwen__Qwen3.5-4B": "qwen3.5",
    }
    typed = {
        "qwen2.5-instruct": "qwen2.5",
        "qwen-2.5": "qwen2.5",
        "qwen25": "qwen2.5",
        "qwen3-instruct-2507": "qwen3-2507",
        "Qwen-3": "qwen3",
    }
