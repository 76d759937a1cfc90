"""Gemma 3 Instruct: Gemma 2's words with other ids; a system prompt opens the user's own turn."""

from __future__ import annotations

from magpie_adapter_gemma.gemma2 import REFUSES
from magpie_core import Family, Sampling

GEMMA3 = Family(
    name="gemma3",
    title="Gemma 3",
    aliases=("gemma-3", "gemma3-it", "gemma-3-it"),
    pre_query="<bos><start_of_turn>user\n",
    pre_query_with_system="<bos><start_of_turn>user\n{system}\n\n",
    user_end="<end_of_turn>\n",
    user_to_assistant="<end_of_turn>\n<start_of_turn>model\n",
    turn_append="<end_of_turn>\n<start_of_turn>user\n",
    system_role="merged",
    bos="<bos>",
    trims=("user", "assistant"),
    pre_query_ids=(2, 105, 2364, 107),
    stop_tokens=("<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"),
    stop_token_ids=(1, 2, 105, 106),
    # No reference settings exist: the paper's first setting for Llama 3, and for responses what the
    # makers' generation_config.json says (it names no temperature, so it is 1).
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=64, max_tokens=4096),
    default_checkpoint="google/gemma-3-4b-it",
    checkpoints=(
        "google/gemma-3-270m-it",
        "google/gemma-3-1b-it",
        "google/gemma-3-4b-it",
        "google/gemma-3-12b-it",
        "google/gemma-3-27b-it",
    ),
    template_markers=("<start_of_turn>",),
    template_absent=(REFUSES,),
    name_pattern=r"(?<![a-z])gemma-?3-\d+[bm]",
    model_types=("gemma3", "gemma3_text"),
    status="verified",
    source="the checkpoint's chat template and its published token ids; instructions sampled as Llama 3 in "
    "the Magpie paper, responses as the makers' generation_config.json says",
    quirks=(
        "All ids are one lower than in Gemma 2: 106 ends a turn and 107 is a newline, so Gemma 2's ids "
        "would stop at every line.",
        "A system prompt opens the first user turn, with a blank line behind it.",
        "The template trims what user and model say, but not the system prompt.",
        "No reference settings exist: instructions are sampled as the paper did Llama 3, responses as the "
        "makers do.",
    ),
)
