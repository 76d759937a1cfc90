"""Gemma 4 Instruct: new turn tokens and, for the first time, a system turn."""

from __future__ import annotations

from magpie_core import Family, Sampling

GEMMA4 = Family(
    name="gemma4",
    title="Gemma 4",
    aliases=("gemma-4", "gemma4-it", "gemma-4-it"),
    pre_query="<bos><|turn>user\n",
    pre_query_with_system="<bos><|turn>system\n{system}<turn|>\n<|turn>user\n",
    pre_query_think="<bos><|turn>system\n<|think|>\n<turn|>\n<|turn>user\n",
    pre_query_with_system_think="<bos><|turn>system\n<|think|>\n{system}<turn|>\n<|turn>user\n",
    user_end="<turn|>\n",
    user_to_assistant="<turn|>\n<|turn>model\n",
    user_to_assistant_think="<turn|>\n<|turn>model\n",
    user_to_assistant_no_think="<turn|>\n<|turn>model\n",
    turn_append="<turn|>\n<|turn>user\n",
    bos="<bos>",
    trims=("system", "user", "assistant"),
    pre_query_ids=(2, 105, 2364, 107),
    stop_tokens=("<turn|>", "<eos>", "<|turn>", "<bos>"),
    stop_token_ids=(106, 1, 105, 2),
    # No reference settings exist: the paper's first setting for Llama 3, and for responses the model
    # card's one set of settings for all uses.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=64, max_tokens=4096),
    response_sampling_think=Sampling(temperature=1.0, top_p=0.95, top_k=64, max_tokens=32768),
    default_checkpoint="google/gemma-4-E4B-it",
    checkpoints=(
        "google/gemma-4-E2B-it",
        "google/gemma-4-E4B-it",
        "google/gemma-4-26B-A4B-it",
        "google/gemma-4-31B-it",
    ),
    template_markers=("<|turn>",),
    name_pattern=r"(?<![a-z])gemma-?4(?!\d)",
    model_types=("gemma4", "gemma4_text", "gemma4_unified"),
    status="verified",
    source="the checkpoint's chat template (E2B) and published token ids; instructions sampled as "
    "Llama 3 in the Magpie paper, responses as in the model card",
    quirks=(
        "The templates of 26B-A4B and 31B open an answer with an empty thought channel, those of E2B and "
        "E4B do not; the registered pieces are E2B's, so `--format registered` does not suit the large ones.",
        "The template drops thoughts from finished answers and trims what everybody says.",
        "It thinks only when told so at the beginning, by `<|think|>` in a system turn: `--thinking on`.",
        "No reference settings exist: instructions are sampled as the paper did Llama 3, responses as the "
        "model card says.",
    ),
)
