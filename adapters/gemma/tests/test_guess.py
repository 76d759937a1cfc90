"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_gemma
from magpie_core.testing.contracts.guess import GuessContract, stand_in

TURNS = "<start_of_turn>{{ role }}\n{{ content }}<end_of_turn>"
REFUSES = TURNS + "{{ raise_exception('System role not supported') }}"
FOURTH = "<|turn>{{ role }}\n{{ content }}<turn|>"


class TestGuess(GuessContract):
    adapter = magpie_adapter_gemma
    ours = (
        (stand_in("my-finetune", REFUSES, model_type="gemma"), "gemma1.1"),
        (stand_in("my-finetune", REFUSES, model_type="gemma2"), "gemma2"),
        (stand_in("my-finetune", REFUSES), "gemma2"),
        (stand_in("google/gemma-1.1-7b-it", REFUSES), "gemma1.1"),
        (stand_in("models/gemma-2b-it", REFUSES), "gemma1.1"),
        (stand_in("google/codegemma-7b-it", REFUSES, model_type="gemma"), "gemma1.1"),
        (
            stand_in("google/recurrentgemma-2b-it", REFUSES, model_type="recurrent_gemma"),
            "gemma1.1",
        ),
        (stand_in("google/gemma-2-27b-it", REFUSES), "gemma2"),
        (stand_in("gemma-7b-it-first-revision", TURNS, model_type="gemma"), "gemma1.1"),
        (stand_in("gemma-2-with-system", TURNS, model_type="gemma2"), "gemma2"),
        (stand_in("my-finetune", TURNS, model_type="gemma3_text"), "gemma3"),
        (stand_in("my-finetune", TURNS), "gemma3"),
        (stand_in("google/medgemma-4b-it", TURNS, model_type="gemma3"), "gemma3"),
        (stand_in("my-finetune", FOURTH, model_type="gemma4"), "gemma4"),
    )
    others = (
        stand_in("google/gemma-2-9b-finetune", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>"),
        stand_in("meta-llama/Meta-Llama-3-8B-Instruct", "<|start_header_id|>user<|end_header_id|>"),
        stand_in(
            "microsoft/Phi-3-mini-4k-instruct", "<|user|>\n{{ content }}<|end|>\n<|assistant|>\n"
        ),
    )
    named = {
        "google/gemma-1.1-2b-it": "gemma1.1",
        "google/gemma-7b-it": "gemma1.1",
        "somewhere/Gemma-2-9B-it-fp8": "gemma2",
        "somewhere/gemma2-27b-it": "gemma2",
        "google/gemma-3-27b-it": "gemma3",
        "google/gemma-3-270m-it": "gemma3",
        "google/gemma-4-31B-it": "gemma4",
    }
    not_named = ("google/paligemma2-3b-mix-448", "google/embeddinggemma-300m", "gemma-30b")
    real = {
        "google__gemma-2-2b-it": "gemma2",
        "google__gemma-3-4b-it": "gemma3",
        "google__gemma-4-E2B-it": "gemma4",
        "unsloth.gemma-4": "gemma4",
        "unsloth.gemma-4-edge": "gemma4",
    }
    typed = {"gemma2": "gemma2", "Gemma 3": "gemma3", "gemma-1.1": "gemma1.1"}
