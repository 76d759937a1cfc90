"""Llama 2 Chat: role markers are plain text, and every user turn opens with a BOS of its own."""

from __future__ import annotations

from magpie_core import Family, Sampling

LLAMA2 = Family(
    name="llama2",
    title="Llama 2 Chat",
    aliases=("llama-2", "llama2-chat", "llama-2-chat"),
    pre_query="<s>[INST] ",
    pre_query_with_system="<s>[INST] <<SYS>>\n{system}\n<</SYS>>\n\n",
    user_end=" [/INST]",
    user_to_assistant=" [/INST]",
    user_to_assistant_history=" [/INST] ",
    turn_append=" </s><s>[INST] ",
    system_role="merged",
    bos="<s>",
    trims=("user", "assistant"),
    pre_query_ids=(1, 518, 25580, 29962),
    stop_tokens=("</s>", "<s>", "<unk>"),
    stop_token_ids=(2, 1, 0),
    stop_strings=("[/INST]", "[INST]"),
    # Reference settings for the 7B and 70B checkpoints.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="meta-llama/Llama-2-7b-chat-hf",
    checkpoints=(
        "meta-llama/Llama-2-7b-chat-hf",
        "meta-llama/Llama-2-13b-chat-hf",
        "meta-llama/Llama-2-70b-chat-hf",
    ),
    template_markers=("<<SYS>>", "[INST]"),
    name_pattern=r"llama-?2.*chat",
    status="verified",
    source="the checkpoint's chat template, its real vocabulary, and the Magpie reference settings",
    quirks=(
        "`[INST]` and `[/INST]` are plain text, so the user's turn ends by a stop string.",
        "The space after `[INST]` belongs to the user's first token: sample from `<s>[INST]`.",
        "The long system prompt of 2023 is no longer injected by the template.",
        "A system prompt is written into the first user turn.",
    ),
)
