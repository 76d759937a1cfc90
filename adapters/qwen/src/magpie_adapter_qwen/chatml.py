"""What all Qwen generations share: ChatML without a BOS token, and the names that are not theirs."""

from __future__ import annotations

USER = "<|im_start|>user\n"
END = "<|im_end|>\n"
ASSISTANT = "<|im_start|>assistant\n"
WITH_SYSTEM = "<|im_start|>system\n{system}" + END + USER

STOPS = ("<|im_end|>", "<|endoftext|>", "<|im_start|>")
STOP_IDS = (151645, 151643, 151644)
"""Of ``STOPS`` in the vocabulary of Qwen1.5 to Qwen3; Qwen3.5 has another one."""
USER_IDS = (151644, 872, 198)
"""Of ``USER`` in the same vocabulary."""

NOT_DEEPSEEK = r"^(?!.*(?:deepseek|distill)).*"
"""DeepSeek's distillates carry Qwen's name and model type, and DeepSeek's format."""

NO_REFERENCE = (
    "Instruction settings are the Magpie paper's first ones: no reference settings exist."
)
THINKS_OPEN = (
    "The template itself opens the reasoning, so a response holds only the closing `</think>`."
)
FORGETS = "The template drops the reasoning from earlier answers."


def with_default(system: str) -> str:
    """What stands before the user's words in the generations that write a default system prompt."""
    return WITH_SYSTEM.replace("{system}", system)
