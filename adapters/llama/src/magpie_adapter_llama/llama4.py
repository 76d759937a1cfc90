"""Llama 4 Instruct (Scout, Maverick): shorter header tokens, no default system block."""

from __future__ import annotations

from magpie_core import Family, Sampling

LLAMA4 = Family(
    name="llama4",
    title="Llama 4",
    aliases=("llama-4", "llama4-instruct", "llama-4-scout", "llama-4-maverick"),
    pre_query="<|begin_of_text|><|header_start|>user<|header_end|>\n\n",
    pre_query_with_system="<|begin_of_text|><|header_start|>system<|header_end|>\n\n{system}<|eot|>"
    "<|header_start|>user<|header_end|>\n\n",
    user_end="<|eot|>",
    user_to_assistant="<|eot|><|header_start|>assistant<|header_end|>\n\n",
    turn_append="<|eot|><|header_start|>user<|header_end|>\n\n",
    bos="<|begin_of_text|>",
    trims=("system",),
    pre_query_ids=(200000, 200005, 1556, 200006, 368),
    stop_tokens=("<|eot|>", "<|end_of_text|>", "<|eom|>", "<|header_start|>", "<|header_end|>"),
    stop_token_ids=(200008, 200001, 200007, 200005, 200006),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="meta-llama/Llama-4-Scout-17B-16E-Instruct",
    checkpoints=(
        "meta-llama/Llama-4-Scout-17B-16E-Instruct",
        "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    ),
    template_markers=("<|header_start|>",),
    name_pattern=r"llama-?4(?!\d)",
    model_types=("llama4", "llama4_text"),
    status="verified",
    source="the checkpoint's chat template and its real vocabulary; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        "The template works out today's date and never writes it.",
        "Sampling defaults are the paper's for Llama 3: no reference settings exist.",
    ),
)
