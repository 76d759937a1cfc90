"""Which family a checkpoint is taken for, by stand-ins for the telling parts of real templates."""

from __future__ import annotations

import magpie_adapter_deepseek
from magpie_core import Checkpoint
from magpie_core.testing.contracts.guess import GuessContract, stand_in

BOS = "<｜begin▁of▁sentence｜>"
TEXT = "{{ bos_token + 'User: ' + content + '\n\nAssistant:' }}"
TOKENS = "{{ bos_token + '<｜User｜>' + content + '<｜Assistant｜>' }}"
THINKS = TOKENS + "{{ content.split('</think>')[-1] }}"
SWITCHED = TOKENS + "{% if thinking %}<think>{% else %}</think>{% endif %}"
CODER = "### Instruction:\n{{ content }}\n### Response:\n<|EOT|>"


def model(name: str, template: str, kind: str | None = None, bos: str | None = BOS) -> Checkpoint:
    return stand_in(name, template, bos=bos, model_type=kind)


class TestGuess(GuessContract):
    adapter = magpie_adapter_deepseek
    ours = (
        (model("my-finetune", TEXT, "deepseek_v2", None), "deepseek-v2"),
        (model("my-finetune", TEXT, "llama"), "deepseek-llm"),
        (
            model("my-finetune", TEXT.replace("bos_token", f"'{BOS}'"), "llama", None),
            "deepseek-llm",
        ),
        (model("deepseek-ai/deepseek-math-7b-rl", TEXT, "llama", None), "deepseek-llm"),
        (model("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", TEXT, bos=None), "deepseek-v2"),
        (model("my-finetune", CODER, "llama"), "deepseek-coder"),
        (model("my-finetune", TOKENS, "deepseek_v2"), "deepseek-v2.5"),
        (model("deepseek-ai/DeepSeek-V2.5-1210", TOKENS), "deepseek-v2.5"),
        (model("my-finetune", TOKENS, "deepseek_v3"), "deepseek-v3"),
        (model("models/beside-llama/V3", TOKENS, "deepseek_v3"), "deepseek-v3"),
        (model("my-finetune", SWITCHED, "deepseek_v3"), "deepseek-v3.1"),
        (model("my-finetune", THINKS, "deepseek_v3"), "deepseek-r1"),
        (model("my-finetune", THINKS, "qwen2"), "deepseek-r1-distill-qwen"),
        (model("my-finetune", THINKS, "llama"), "deepseek-r1-distill-llama"),
        (model("R1-Distill-Llama-8B-fp8", TOKENS), "deepseek-r1-distill-llama"),
        (model("models/r1-distill-qwen-7b", TOKENS), "deepseek-r1-distill-qwen"),
    )
    others = (
        model("my-chat", TEXT, "llama", "<s>"),
        model("my-chat", TEXT),
        model("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", THINKS, "qwen3"),
        model("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", THINKS),
        model("my-finetune", TOKENS, "llama"),
        model("deepseek-ai/DeepSeek-V4", SWITCHED + "drop_thinking", "deepseek_v4"),
        model("some-alpaca", "### Instruction:\n{{ content }}\n### Response:\n", "llama", "<s>"),
        model("some-chat", "<|im_start|>{{ role }}\n{{ content }}<|im_end|>", "deepseek_v3"),
    )
    named = {
        "deepseek-ai/deepseek-llm-67b-chat": "deepseek-llm",
        "deepseek-ai/deepseek-coder-7b-instruct-v1.5": "deepseek-coder",
        "deepseek-ai/DeepSeek-V2-Chat": "deepseek-v2",
        "deepseek-ai/DeepSeek-V2.5": "deepseek-v2.5",
        "somewhere/deepseek-v3-0324-awq": "deepseek-v3",
        "deepseek-ai/DeepSeek-V3.2-Exp": "deepseek-v3.1",
        "deepseek-ai/DeepSeek-R1-0528": "deepseek-r1",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B": "deepseek-r1-distill-qwen",
        "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "deepseek-r1-distill-llama",
    }
    not_named = (
        "deepseek-ai/deepseek-llm-7b-base",
        "deepseek-ai/DeepSeek-V3-Base",
        "deepseek-ai/DeepSeek-R1-Zero",
        "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
    )
    real = {
        "deepseek-ai__DeepSeek-V2-Chat": "deepseek-v2",
        "deepseek-ai__DeepSeek-V3.2": "deepseek-v3.1",
        "deepseek-ai__DeepSeek-R1-Distill-Qwen-7B": "deepseek-r1-distill-qwen",
    }
    types = {"DeepSeek-V2-Chat": "deepseek_v2", "V3.2": "deepseek_v32", "Distill-Qwen-7B": "qwen2"}
    typed = {
        "DeepSeek-Coder-V2-Lite": "deepseek-v2",
        "deepseek-v3.2": "deepseek-v3.1",
        "r1": "deepseek-r1",
        "r1-distill-qwen": "deepseek-r1-distill-qwen",
        "r1-distill-llama": "deepseek-r1-distill-llama",
    }

    def real_checkpoint(self, name: str, template: str) -> Checkpoint:
        """With the model type, which alone tells these apart."""
        kind = next((kind for end, kind in self.types.items() if name.endswith(end)), None)
        return stand_in("my-finetune", template, model_type=kind)
