"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_mistral
from magpie_core import Checkpoint
from magpie_core.testing.contracts.guess import GuessContract, stand_in

SPACED = "{{ '[INST] ' + content + ' [/INST]' }}"
TIGHT = "{{ '[INST]' + content + '[/INST]' }}"
TOOLS = "{{ '[AVAILABLE_TOOLS]' + tools + '[/AVAILABLE_TOOLS]' }}"
SYSTEM = "{{ '[SYSTEM_PROMPT]' + system + '[/SYSTEM_PROMPT]' }}"


def mistral(name: str, template: str, vocabulary: int | None = None) -> Checkpoint:
    return stand_in(name, template, model_type="mistral", vocab_size=vocabulary)


class TestGuess(GuessContract):
    adapter = magpie_adapter_mistral
    config = {"model_type": "mistral"}
    ours = (
        (mistral("my-finetune", SPACED), "mistral-v1"),
        (mistral("my-finetune", SPACED, 32000), "mistral-v1"),
        (mistral("my-finetune", SPACED, 32768), "mistral-v3-spm"),
        (mistral("models/mistral-7b-instruct-v0.3", SPACED), "mistral-v3-spm"),
        (mistral("my-finetune", SPACED + TOOLS), "mistral-v3-spm"),
        (mistral("my-finetune", TIGHT + TOOLS), "mistral-v3-tekken"),
        (mistral("my-finetune", TIGHT, 131072), "mistral-v3-tekken"),
        (mistral("my-finetune", SYSTEM + TIGHT), "mistral-v7-tekken"),
        (
            mistral("mistralai/Mistral-Small-3.1-24B-Instruct-2503", SYSTEM + TIGHT),
            "mistral-v7-tekken",
        ),
    )
    others = (
        mistral("meta-llama/Llama-2-7b-chat-hf", SPACED + "<<SYS>>"),
        mistral(
            "NousResearch/Hermes-2-Pro-Mistral-7B",
            "<|im_start|>{{ role }}\n{{ content }}<|im_end|>",
        ),
        mistral("HuggingFaceH4/zephyr-7b-beta", "<|user|>\n{{ content }}</s>\n<|assistant|>\n"),
        mistral(
            "mistralai/Mistral-Large-Instruct-2411", SPACED + "{{ '[SYSTEM_PROMPT] ' + system }}"
        ),
        mistral("mistralai/Magistral-Small-2509", SYSTEM + TIGHT + "[THINK]"),
        mistral("some-reasoner", SYSTEM + TIGHT + "[MODEL_SETTINGS]"),
    )
    named = {
        "mistralai/Mistral-7B-Instruct-v0.1": "mistral-v1",
        "somewhere/mixtral-8x7b-instruct-v0.1-awq": "mistral-v1",
        "somewhere/mistral-7b-instruct-v0.3-fp8": "mistral-v3-spm",
        "mistralai/Mistral-Nemo-Instruct-2407": "mistral-v3-tekken",
        "mistralai/Mistral-Small-3.2-24B-Instruct-2506": "mistral-v7-tekken",
    }
    not_named = ("mistralai/Mistral-7B-v0.1", "mistralai/Mistral-Nemo-Base-2407", "my-mistral")
    real = {
        "mistralai__Mistral-7B-Instruct-v0.2": "mistral-v1",
        "mistralai__Mistral-7B-Instruct-v0.2.at-release": "mistral-v1",
        "mistralai__Mistral-Small-24B-Instruct-2501": "mistral-v7-tekken",
    }
    typed = {
        "mistral": "mistral-v3-spm",
        "Mistral-7B": "mistral-v3-spm",
        "mixtral": "mistral-v1",
        "nemo": "mistral-v3-tekken",
        "mistral-nemo": "mistral-v3-tekken",
        "mistral-small": "mistral-v7-tekken",
    }
