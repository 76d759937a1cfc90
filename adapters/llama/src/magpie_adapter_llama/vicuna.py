"""Vicuna 1.5: no chat template is published; FastChat's code says how a conversation is written."""

from __future__ import annotations

from magpie_core import Family, Sampling

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)

VICUNA = Family(
    name="vicuna",
    title="Vicuna 1.5",
    aliases=("vicuna-1.5", "vicuna-v1.5", "vicuna_v1.5", "vicuna1.5"),
    pre_query=f"<s>{SYSTEM} USER: ",
    pre_query_bare="<s>USER: ",
    pre_query_with_system="<s>{system} USER: ",
    user_end=" ",
    user_to_assistant=" ASSISTANT:",
    user_to_assistant_history=" ASSISTANT: ",
    turn_append="</s>USER: ",
    default_system=SYSTEM,
    bos="<s>",
    stop_tokens=("</s>", "<s>", "<unk>"),
    stop_token_ids=(2, 1, 0),
    stop_strings=("ASSISTANT:", "USER:"),
    # Reference settings for the 7B checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="lmsys/vicuna-7b-v1.5",
    checkpoints=("lmsys/vicuna-7b-v1.5", "lmsys/vicuna-13b-v1.5", "lmsys/vicuna-7b-v1.5-16k"),
    name_pattern=r"vicuna",
    has_template=False,
    status="partly",
    source="FastChat's conversation.py (vicuna_v1.1); its documentation shows newlines between the turns",
    quirks=(
        "The makers publish no chat template: the registered format is used.",
        "Role names are plain text, so turns end by stop strings.",
        "FastChat leaves BOS to the tokenizer; here it is written, once.",
        "The space after `USER:` belongs to the user's first token.",
        "FastChat's documentation shows another layout, with newlines between the turns.",
    ),
)
