"""Which checkpoints are taken for Yi, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_yi
from magpie_core import Checkpoint
from magpie_core.testing import toys
from magpie_core.testing.contracts.guess import GuessContract, stand_in

BARE = "{{ system_message }}{{ '<|im_start|>user\\n' + content + '<|im_end|>\\n' }}"
OWN = toys.templates_beside(__file__)("yi15")


def llama(name: str, template: str) -> Checkpoint:
    return stand_in(name, template, model_type="llama")


class TestGuess(GuessContract):
    adapter = magpie_adapter_yi
    config = {"model_type": "llama"}
    ours = (
        (llama("01-ai/Yi-1.5-9B-Chat", BARE), "yi-1.5"),
        (llama("my-finetune", BARE), "yi-1.5"),
        (llama("my-finetune", OWN), "yi-1.5"),
    )
    others = (
        llama("01-ai/Yi-34B-Chat", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
        llama("my-finetune", "<|im_start|>system\\n{{ system_message }}<|im_end|>" + BARE),
        llama("google/gemma-2b-it", "{{ system_message }}<start_of_turn>user"),
        llama("meta-llama/Llama-2-7b-chat-hf", "[INST] <<SYS>>{{ system_message }}"),
    )
    named = {"01-ai/Yi-1.5-6B-Chat": "yi-1.5", "somewhere/yi-1.5-34b-chat-awq": "yi-1.5"}
    not_named = (
        "01-ai/Yi-34B-Chat",
        "01-ai/Yi-1.5-9B",
        "01-ai/Yi-Coder-9B-Chat",
        "Qwen/Qwen1.5-7B-Chat",
    )
    typed = {"yi": "yi-1.5", "Yi": "yi-1.5", "yi1.5": "yi-1.5", "yi-1.5-chat": "yi-1.5"}
