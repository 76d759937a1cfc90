"""Mistral's SentencePiece checkpoints: v1 writes its role markers as plain text, v3 as control tokens."""

from __future__ import annotations

from magpie_core import Family, Sampling

LATE_SYSTEM = (
    "A system prompt stands before the last user turn, so the beginning of a conversation changes as "
    "turns are added; with one turn it is the first."
)
NO_REFERENCE = "Sampling defaults are the paper's for Llama 3: no reference settings exist."

MISTRAL_V1 = Family(
    name="mistral-v1",
    title="Mistral 7B Instruct v0.1 and v0.2, Mixtral 8x7B",
    aliases=(
        "mistral-7b-v0.1",
        "mistral-7b-v0.2",
        "mistral-7b-instruct-v0.1",
        "mistral-7b-instruct-v0.2",
        "mixtral",
        "mixtral-8x7b",
    ),
    pre_query="<s> [INST] ",
    pre_query_with_system="<s> [INST] {system}\n\n",
    user_end=" [/INST]",
    user_to_assistant=" [/INST]",
    user_to_assistant_history=" [/INST] ",
    turn_append="</s> [INST] ",
    system_role="merged",
    bos="<s>",
    pre_query_ids=(1, 733, 16289, 28793),
    stop_tokens=("</s>", "<s>", "<unk>"),
    stop_token_ids=(2, 1, 0),
    stop_strings=("[/INST]", "[INST]"),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="mistralai/Mistral-7B-Instruct-v0.2",
    checkpoints=(
        "mistralai/Mistral-7B-Instruct-v0.1",
        "mistralai/Mistral-7B-Instruct-v0.2",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
    ),
    template_markers=("[INST] ",),
    template_absent=("<<SYS>>", "[SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]"),
    name_pattern=r"mistral-7b-instruct-v0\.[12]|mixtral-8x7b-instruct",
    status="verified",
    source="the checkpoints' chat templates and the real v1 vocabulary; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        "`[INST]` and `[/INST]` are plain text, so the user's turn ends by a stop string.",
        "The space after `[INST]` belongs to the user's first token: sample from `<s> [INST]`.",
        "Templates as first published wrote `<s>[INST]`, no space before an answer, and refused a system "
        "prompt; the registered pieces are the current ones.",
        "The space after BOS goes with a tokenizer set to `legacy=false`; an older one doubles it.",
        "A system prompt is written into the first user turn.",
        NO_REFERENCE,
    ),
)

MISTRAL_V3_SPM = Family(
    name="mistral-v3-spm",
    title="Mistral 7B Instruct v0.3, Mixtral 8x22B",
    aliases=(
        "mistral",
        "mistral-7b",
        "mistral-7b-instruct",
        "mistral-7b-v0.3",
        "mistral-7b-instruct-v0.3",
        "mistral-v3",
        "mixtral-8x22b",
    ),
    pre_query="<s>[INST] ",
    pre_query_with_system="<s>[INST] {system}\n\n",
    user_end="[/INST]",
    user_to_assistant="[/INST]",
    user_to_assistant_history="[/INST] ",
    turn_append="</s>[INST] ",
    system_role="last_turn",
    bos="<s>",
    pre_query_ids=(1, 3),
    stop_tokens=("</s>", "<s>", "[INST]", "[/INST]"),
    stop_token_ids=(2, 1, 3, 4),
    # Reference settings for the 7B checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="mistralai/Mistral-7B-Instruct-v0.3",
    checkpoints=(
        "mistralai/Mistral-7B-Instruct-v0.3",
        "mistralai/Mixtral-8x22B-Instruct-v0.1",
    ),
    template_markers=("[INST] ", "[AVAILABLE_TOOLS]"),
    template_absent=("<<SYS>>", "[SYSTEM_PROMPT]"),
    name_pattern=r"mistral-7b-instruct-v0\.3|mixtral-8x22b-instruct|mistral-large-instruct-2407",
    status="verified",
    source="the checkpoint's chat template, mistral-common's encoder with its real v3 vocabulary, and the "
    "Magpie reference settings",
    quirks=(
        "`[INST]` and `[/INST]` are control tokens, and the user's turn ends with `[/INST]`.",
        "The space after `[INST]` belongs to the user's first token: sample from `<s>[INST]`, two ids.",
        "The published Magpie settings write `<s> [INST] `, which puts stray space tokens around "
        "`[INST]`; here the template's own form is used.",
        LATE_SYSTEM,
        "The template as first published had spaces within `[INST] … [/INST]` at both ends.",
    ),
)
