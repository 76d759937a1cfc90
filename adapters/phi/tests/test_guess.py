"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

from typing import Any

import magpie_adapter_phi
from magpie_core import Checkpoint
from magpie_core.testing.contracts.guess import GuessContract, stand_in

ENDS = "<|end|>\n<|assistant|>\n"
MEDIUM = "<|user|>\n" + ENDS
MINI = "{% if role == 'system' %}<|system|>\n" + MEDIUM
SKIPS = "{% if message['role'] == 'system' and message['content'] %}<|system|>\n" + MEDIUM
ANY_ROLE = "{{ '<|' + role + '|>\n' }}" + ENDS
WITH_TOOLS = "{{ '<|' + role + '|>' }}<|tool|><|/tool|><|end|><|assistant|>"
SEPARATED = "<|im_start|>user<|im_sep|>{{ content }}<|im_end|>"


def phi(name: str, template: str, **config: Any) -> Checkpoint:
    return stand_in(name, template, **{"model_type": "phi3", **config})


class TestGuess(GuessContract):
    adapter = magpie_adapter_phi
    config = {"model_type": "phi3"}
    ours = (
        (phi("my-finetune", MINI), "phi3-mini"),
        (phi("my-finetune", SKIPS), "phi3.5-mini"),
        (phi("my-finetune", MEDIUM), "phi3-medium"),
        (phi("my-finetune", "{{ bos_token }}" + MEDIUM), "phi3-mini"),
        (phi("my-finetune", "{{ bos_token }}" + ANY_ROLE), "phi3-small"),
        (phi("my-finetune", ANY_ROLE), "phi3-mini"),
        (phi("my-finetune", WITH_TOOLS), "phi4-mini"),
        (phi("my-finetune", SEPARATED), "phi4"),
        (phi("microsoft/Phi-3-mini-4k-instruct", MEDIUM), "phi3-mini"),
        (phi("microsoft/Phi-3-mini-128k-instruct", ANY_ROLE), "phi3-mini"),
        (phi("models/phi3-medium-gptq", MINI), "phi3-medium"),
        (phi("microsoft/Phi-3.5-mini-instruct", MINI), "phi3.5-mini"),
        (phi("unsloth/phi-4", SEPARATED), "phi4"),
        (phi("my-finetune", MINI, model_type="phi3small"), "phi3-small"),
        (phi("my-finetune", ANY_ROLE, vocab_size=200064), "phi4-mini"),
    )
    others = (
        phi("microsoft/Phi-4-reasoning", SEPARATED + "<think> {Thought section} </think>"),
        phi("microsoft/Phi-4-mini-reasoning", WITH_TOOLS + "Your name is Phi, an AI math expert"),
        phi(
            "openai/gpt-oss-20b",
            "<|start|>assistant<|channel|>final<|message|>{{ content }}<|end|>",
        ),
        phi("allenai/Llama-3.1-Tulu-3-8B", "<|user|>\n{{ content }}\n<|assistant|>\n"),
        phi(
            "HuggingFaceH4/zephyr-7b-beta", "<|user|>\n{{ content }}{{ eos_token }}<|assistant|>\n"
        ),
        phi("Qwen/Qwen3-8B", "<|im_start|>user\n{{ content }}<|im_end|>\n"),
    )
    named = {
        "microsoft/Phi-3-mini-128k-instruct": "phi3-mini",
        "microsoft/Phi-3-medium-4k-instruct": "phi3-medium",
        "microsoft/Phi-3.5-mini-instruct": "phi3.5-mini",
        "microsoft/Phi-3-small-128k-instruct": "phi3-small",
        "somewhere/Phi-4-AWQ": "phi4",
        "somewhere/phi4-mini": "phi4-mini",
    }
    not_named = ("microsoft/Phi-4-reasoning-plus", "microsoft/phi-2", "my-finetune", "phi-40b")
    real = {}  # none of the real templates at hand is a Phi's
    typed = {
        "phi3": "phi3-mini",
        "Phi 3.5": "phi3.5-mini",
        "phi-4": "phi4",
        "phi4-mini": "phi4-mini",
    }
