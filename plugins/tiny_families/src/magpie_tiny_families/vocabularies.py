"""The special tokens of each family, by the role they play. One vocabulary for all but these sixteen ids.

A role has the same id in every family, so that one trained model serves them all.
"""

from __future__ import annotations

ROLES = (
    "begin",
    "end_of_turn",
    "padding",
    "open",
    "close",
    "end_of_text",
    "end_of_message",
    "assistant",
    "system",
    "user",
    "instruction",
    "instruction_end",
    "unknown",
    "think",
    "think_end",
    "system_end",
)
"""What the ids 0 to 15 are for: ``open`` and ``close`` stand around a role's name."""

Vocabulary = dict[str, str]
"""The text of a family's special tokens, by role."""

LLAMA3 = {
    "begin": "<|begin_of_text|>",
    "end_of_turn": "<|eot_id|>",
    "padding": "<|finetune_right_pad_id|>",
    "open": "<|start_header_id|>",
    "close": "<|end_header_id|>",
    "end_of_text": "<|end_of_text|>",
    "end_of_message": "<|eom_id|>",
}
LLAMA4 = {
    "begin": "<|begin_of_text|>",
    "end_of_turn": "<|eot|>",
    "padding": "<|finetune_right_pad|>",
    "open": "<|header_start|>",
    "close": "<|header_end|>",
    "end_of_text": "<|end_of_text|>",
    "end_of_message": "<|eom|>",
}
SENTENCEPIECE = {
    "begin": "<s>",
    "end_of_turn": "</s>",
    "padding": "<pad>",
    "unknown": "<unk>",
}
"""Llama 2, Vicuna, Nous-Hermes, Mistral v0.1: role markers are plain text."""
MISTRAL_V3 = SENTENCEPIECE | {"instruction": "[INST]", "instruction_end": "[/INST]"}
MISTRAL_V7 = MISTRAL_V3 | {"system": "[SYSTEM_PROMPT]", "system_end": "[/SYSTEM_PROMPT]"}
CHATML = {
    "end_of_turn": "<|im_end|>",
    "padding": "<|pad|>",
    "open": "<|im_start|>",
    "end_of_text": "<|endoftext|>",
}
THINKING = {"think": "<think>", "think_end": "</think>"}
CHATML_THINKING = CHATML | THINKING
YI = CHATML | {"begin": "<|startoftext|>"}
PHI4_MINI = {
    "end_of_turn": "<|end|>",
    "padding": "<|pad|>",
    "end_of_text": "<|endoftext|>",
    "assistant": "<|assistant|>",
    "system": "<|system|>",
    "user": "<|user|>",
}
PHI3 = PHI4_MINI | {"begin": "<s>", "end_of_message": "</s>", "unknown": "<unk>"}
PHI4 = CHATML | {"close": "<|im_sep|>"}
GEMMA = {
    "begin": "<bos>",
    "end_of_turn": "<end_of_turn>",
    "padding": "<pad>",
    "open": "<start_of_turn>",
    "end_of_text": "<eos>",
    "unknown": "<unk>",
}
GEMMA4 = GEMMA | {
    "end_of_turn": "<turn|>",
    "open": "<|turn>",
    "think": "<|channel>",
    "think_end": "<channel|>",
}
DEEPSEEK_LLM = {
    "begin": "<｜begin▁of▁sentence｜>",
    "end_of_turn": "<｜end▁of▁sentence｜>",
    "padding": "<｜▁pad▁｜>",
}
DEEPSEEK_CODER = DEEPSEEK_LLM | {
    "end_of_turn": "<|EOT|>",
    "end_of_text": "<｜end▁of▁sentence｜>",
}
DEEPSEEK_V2 = DEEPSEEK_LLM | {
    "end_of_message": "<|EOT|>",
    "assistant": "<｜Assistant｜>",
    "user": "<｜User｜>",
}
DEEPSEEK_V3 = DEEPSEEK_V2 | THINKING

NOT_SPECIAL = frozenset({"<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"})
"""Tokens that decoding shows, since their makers do not mark them special."""
SWALLOWS_SPACE = frozenset({"<|end|>", "<|assistant|>", "<|system|>", "<|user|>"})
"""Tokens of Phi-3 that take the white space after them along."""
