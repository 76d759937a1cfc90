"""The Llama 3 chat format of the tiny model: special tokens, template, prompts."""

from collections.abc import Sequence

#: Ids 0 to 15. Reserved ones keep the count, so that other families can reuse the vocabulary.
SPECIAL_TOKENS = [
    "<|begin_of_text|>",
    "<|eot_id|>",
    "<|finetune_right_pad_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    *(f"<|reserved_special_token_{number}|>" for number in range(9)),
]
BEGIN, END_OF_TURN, PADDING = SPECIAL_TOKENS[:3]
BEGIN_ID, END_OF_TURN_ID, PADDING_ID = range(3)
#: What ends a text, as in Llama 3.1: end of turn, end of text, end of message.
STOP_IDS = [
    SPECIAL_TOKENS.index(token) for token in ("<|eot_id|>", "<|end_of_text|>", "<|eom_id|>")
]

CHAT_TEMPLATE = (
    "{% set loop_messages = messages %}"
    "{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
    "{{ content }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{% endif %}"
)


def header(role: str) -> str:
    """What precedes the words of ``role``."""
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n"


#: Everything the template writes before the user's first word.
PRE_QUERY = BEGIN + header("user")


def render(messages: Sequence[dict[str, str]]) -> str:
    """The whole conversation, as the chat template writes it (but without jinja, which is slow)."""
    turns = (header(m["role"]) + m["content"].strip() + END_OF_TURN for m in messages)
    return BEGIN + "".join(turns)


def answer_prompt(instruction: str) -> str:
    """The prompt for an answer to ``instruction``."""
    return render([{"role": "user", "content": instruction}]) + header("assistant")
