"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_llama
from magpie_core import Checkpoint
from magpie_core.testing.contracts.guess import GuessContract, stand_in

HEADERS = "<|start_header_id|>user<|end_header_id|>"
DATED = HEADERS + "Cutting Knowledge Date: December 2023"
CLOCK = "{{ strftime_now('%d') }}"
FOURTH = "<|header_start|>user<|header_end|>"


def llama(name: str, template: str) -> Checkpoint:
    return stand_in(name, template, model_type="llama")


class TestGuess(GuessContract):
    adapter = magpie_adapter_llama
    config = {"model_type": "llama"}
    ours = (
        (llama("my-finetune", HEADERS), "llama3"),
        (llama("my-finetune", DATED), "llama3.1"),
        (llama("my-finetune", DATED + CLOCK), "llama3.2"),
        (llama("Llama-3.3-70B-Instruct", DATED), "llama3.3"),
        (llama("models/LLAMA3.3-fp8", DATED), "llama3.3"),
        (llama("Llama-3.1-8B-Instruct", DATED), "llama3.1"),
        (llama("scout", FOURTH + CLOCK), "llama4"),
        (llama("llama-2-7b-chat", "[INST] <<SYS>>"), "llama2"),
        (llama("CodeLlama-7b-Instruct-hf", "[INST] <<SYS>>"), "llama2"),
    )
    others = (
        llama("mistralai/Mistral-7B-Instruct-v0.2", "{{ bos_token }}[INST] {{ content }} [/INST]"),
        llama("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "<｜User｜>{{ content }}<｜Assistant｜>"),
        llama("deepseek-ai/deepseek-llm-7b-chat", "User: {{ content }}\n\nAssistant:"),
        llama(
            "NousResearch/Hermes-3-Llama-3.1-8B", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"
        ),
        llama("allenai/Llama-3.1-Tulu-3-8B", "<|user|>\n{{ content }}\n<|assistant|>\n"),
    )
    named = {
        "meta-llama/Llama-2-13b-chat-hf": "llama2",
        "lmsys/vicuna-13b-v1.5": "vicuna",
        "NousResearch/Nous-Hermes-llama-2-7b": "nous-hermes-llama2",
        "somewhere/llama3-8b-instruct": "llama3",
        "somewhere/Llama3.1-8b-instruct": "llama3.1",
        "somewhere/Llama-3.2-1B-Instruct": "llama3.2",
    }
    not_named = ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "TinyLlama-1.1B", "llama-30b")
    real = {
        "meta-llama__Llama-3.3-70B-Instruct": "llama3.3",
        "meta-llama__Llama-4-Scout-17B-16E-Instruct": "llama4",
    }
    typed = {"llama3.1": "llama3.1", "Llama 2": "llama2", "vicuna-1.5": "vicuna"}

    def real_checkpoint(self, name: str, template: str) -> Checkpoint:
        """By its own name: 3.1 and 3.3 have the same template."""
        return llama(name, template)
