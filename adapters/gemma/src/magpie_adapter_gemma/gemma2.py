"""Gemma 1, 1.1 and 2 Instruct: one format and one vocabulary; a system message is refused."""

from __future__ import annotations

import msgspec

from magpie_core import Family, Sampling

REFUSES = "System role not supported"
"""What the Gemma 1 and 2 templates say to a system message, which they raise on."""

TRIMS = "The template trims what user and model say."
REFUSED = "The template raises on a system message, so no system prompt can be given."

GEMMA2 = Family(
    name="gemma2",
    title="Gemma 2",
    aliases=("gemma-2", "gemma2-it", "gemma-2-it"),
    pre_query="<bos><start_of_turn>user\n",
    user_end="<end_of_turn>\n",
    user_to_assistant="<end_of_turn>\n<start_of_turn>model\n",
    turn_append="<end_of_turn>\n<start_of_turn>user\n",
    system_role="refused",
    bos="<bos>",
    trims=("user", "assistant"),
    pre_query_ids=(2, 106, 1645, 108),
    stop_tokens=("<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"),
    stop_token_ids=(1, 2, 106, 107),
    # Reference settings for the 9B and 27B checkpoints.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=512),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=2048),
    cleaners=("gemma2_answer",),
    default_checkpoint="google/gemma-2-9b-it",
    checkpoints=("google/gemma-2-2b-it", "google/gemma-2-9b-it", "google/gemma-2-27b-it"),
    template_markers=("<start_of_turn>", REFUSES),
    name_pattern=r"(?<![a-z])gemma-?2-\d+b",
    model_types=("gemma2",),
    status="verified",
    source="the checkpoint's chat template, its published token ids, and the Magpie reference settings",
    quirks=(
        'The Magpie reference sampled from a pre-query that ends in "\\n\\n" (id 109), which the '
        'template never writes; here it ends in "\\n" (id 108), as it does before real users\' words.',
        "It often answers its own question in one go: the cleaner `gemma2_answer` cuts the answer off.",
        REFUSED,
        TRIMS,
    ),
)

GEMMA11 = msgspec.structs.replace(
    GEMMA2,
    name="gemma1.1",
    title="Gemma 1.1",
    aliases=("gemma-1.1", "gemma11", "gemma1", "gemma-1", "gemma1.1-it", "gemma-1.1-it"),
    # Reference settings for the 7B checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    cleaners=(),
    default_checkpoint="google/gemma-1.1-7b-it",
    checkpoints=(
        "google/gemma-1.1-2b-it",
        "google/gemma-1.1-7b-it",
        "google/gemma-2b-it",
        "google/gemma-7b-it",
    ),
    name_pattern=r"(?<![a-z])gemma-(1\.1-)?[27]b",
    model_types=("gemma",),
    status="partly",
    source="the chat templates of Gemma 1 and Gemma 2, which are the same, their published token ids, "
    "and the Magpie reference settings; the 1.1 checkpoints' own template was not at hand",
    quirks=(
        "Format and token ids are those of Gemma 2: model type and name tell the two apart.",
        "The first revision of `gemma-7b-it` left BOS to the tokenizer; later ones write it.",
        REFUSED,
        TRIMS,
    ),
)
