"""Yi 1.5 Chat: ChatML whose system prompt stands bare in front, and whose user turns open the answer."""

from __future__ import annotations

from magpie_core import Family, Sampling

USER = "<|im_start|>user\n"
TO_ASSISTANT = "<|im_end|>\n<|im_start|>assistant\n"

YI15 = Family(
    name="yi-1.5",
    title="Yi 1.5",
    aliases=("yi", "yi1.5", "yi15", "yi-15", "yi1.5-chat", "yi-1.5-chat"),
    pre_query=USER,
    pre_query_with_system="{system}" + USER,
    user_end=TO_ASSISTANT,
    user_to_assistant=TO_ASSISTANT,
    turn_append="<|im_end|>\n" + USER,
    stop_tokens=("<|im_end|>", "<|endoftext|>", "<|im_start|>", "<|startoftext|>"),
    stop_token_ids=(7, 2, 6, 1),
    # Reference settings for the 34B checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="01-ai/Yi-1.5-34B-Chat",
    checkpoints=("01-ai/Yi-1.5-6B-Chat", "01-ai/Yi-1.5-9B-Chat", "01-ai/Yi-1.5-34B-Chat"),
    template_markers=("{{ system_message }}", "<|im_start|>user"),
    template_absent=("<|im_start|>system",),
    name_pattern=r"\byi-?1\.5.*chat",
    status="partly",
    source="the checkpoint's chat template and the Magpie reference settings; ids from public sources, "
    "because the vocabulary was not at hand",
    quirks=(
        "A system prompt is written as it is, without a turn of its own.",
        "The template opens the answer right after the user's words, asked or not.",
        "The format has no BOS; the reference wrote `<|startoftext|>` first, which the template does not.",
    ),
)
