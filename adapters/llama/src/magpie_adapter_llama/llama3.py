"""Llama 3, 3.1, 3.2 and 3.3 Instruct: one header format; from 3.1 on a system block with two date lines.

The 3.1 to 3.3 templates always write that block. Meta's own format description allows a conversation
without it, and the published 3.1 and 3.3 data were sampled without it, so instructions are (``bare``);
responses are asked for in the template's form.
"""

from __future__ import annotations

import msgspec

from magpie_core import Family, Sampling

BOS = "<|begin_of_text|>"
SYSTEM = "<|start_header_id|>system<|end_header_id|>\n\n"
USER = "<|start_header_id|>user<|end_header_id|>\n\n"
ASSISTANT = "<|start_header_id|>assistant<|end_header_id|>\n\n"
END = "<|eot_id|>"
DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
"""The date is a constant of the 3.1 and 3.3 templates, and what 3.2's falls back to without a clock."""

TRIMS = "The template trims what everybody says."
BLOCK = (
    "The template always writes a system block with two date lines; instructions are sampled without "
    "it, as the published data were, and `--form default` keeps it."
)
SYSTEM_DATED = (
    "A system prompt given by the user stands behind the two date lines; with `--format registered` "
    "instructions are sampled without them, as in the bare form."
)

LLAMA3 = Family(
    name="llama3",
    title="Llama 3",
    aliases=("llama-3", "llama3-instruct", "llama-3-instruct", "meta-llama-3"),
    pre_query=BOS + USER,
    pre_query_with_system=BOS + SYSTEM + "{system}" + END + USER,
    user_end=END,
    user_to_assistant=END + ASSISTANT,
    turn_append=END + USER,
    bos=BOS,
    trims=("system", "user", "assistant"),
    pre_query_ids=(128000, 128006, 882, 128007, 271),
    stop_tokens=("<|eot_id|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"),
    stop_token_ids=(128009, 128001, 128006, 128007),
    # Paper, table 7: the first setting of both Air and Pro; responses are greedy.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="meta-llama/Meta-Llama-3-8B-Instruct",
    checkpoints=(
        "meta-llama/Meta-Llama-3-8B-Instruct",
        "meta-llama/Meta-Llama-3-70B-Instruct",
    ),
    template_markers=("<|start_header_id|>",),
    template_absent=("Cutting Knowledge Date",),
    name_pattern=r"llama-?3(?![.\d])",
    status="verified",
    source="the checkpoint's chat template, its real vocabulary, and the Magpie paper (table 7)",
    quirks=(TRIMS,),
)

LLAMA31 = Family(
    name="llama3.1",
    title="Llama 3.1",
    aliases=(
        "llama-3.1",
        "llama31",
        "llama-31",
        "llama3.1-instruct",
        "llama-3.1-instruct",
        "meta-llama-3.1",
    ),
    pre_query=BOS + SYSTEM + DATES + END + USER,
    pre_query_bare=BOS + USER,
    pre_query_with_system=BOS + SYSTEM + DATES + "{system}" + END + USER,
    pre_query_with_system_bare=BOS + SYSTEM + "{system}" + END + USER,
    user_end=END,
    user_to_assistant=END + ASSISTANT,
    turn_append=END + USER,
    default_system=DATES,
    bos=BOS,
    trims=("system", "user", "assistant"),
    form="bare",
    pre_query_ids=(128000, 128006, 882, 128007, 271),
    stop_tokens=(
        "<|eot_id|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eom_id|>",
    ),
    stop_token_ids=(128009, 128001, 128006, 128007, 128008),
    # Reference settings for 8B; the 70B data were sampled at temperature 0.9.
    instruction_sampling=Sampling(temperature=0.8, top_p=1.0, max_tokens=1024),
    response_sampling=Sampling(temperature=0.6, top_p=0.9, max_tokens=4096),
    first_token_rule="no-heading-first",
    default_checkpoint="meta-llama/Llama-3.1-8B-Instruct",
    checkpoints=(
        "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "meta-llama/Meta-Llama-3.1-70B-Instruct",
        "meta-llama/Meta-Llama-3.1-405B-Instruct",
    ),
    template_markers=("<|start_header_id|>", "Cutting Knowledge Date"),
    template_absent=("strftime_now",),
    name_pattern=r"llama-?3\.?1(?!\d)",
    status="verified",
    source="the checkpoint's chat template, Meta's prompt_format.md, the real vocabulary, and the "
    "Magpie reference settings",
    quirks=(
        BLOCK,
        SYSTEM_DATED,
        TRIMS,
        "The first token may not be a markdown heading (rule `no-heading-first`).",
        "The reference sampled the 70B checkpoint's instructions at temperature 0.9.",
    ),
)

LLAMA32 = msgspec.structs.replace(
    LLAMA31,
    name="llama3.2",
    title="Llama 3.2",
    aliases=("llama-3.2", "llama32", "llama-32", "llama3.2-instruct", "llama-3.2-instruct"),
    first_token_rule=None,
    default_checkpoint="meta-llama/Llama-3.2-3B-Instruct",
    checkpoints=("meta-llama/Llama-3.2-1B-Instruct", "meta-llama/Llama-3.2-3B-Instruct"),
    template_markers=("<|start_header_id|>", "Cutting Knowledge Date", "strftime_now"),
    template_absent=(),
    name_pattern=r"llama-?3\.?2-[13]b",
    date_dependent=True,
    source="the checkpoint's chat template and Meta's prompt_format.md; sampling as for Llama 3.1 8B, "
    "because no reference settings exist",
    quirks=(
        BLOCK,
        "The template writes today's date, so its prompts change every day; the registered pieces "
        "hold 26 Jul 2024, the template's own date when there is no clock (`date_string`).",
        SYSTEM_DATED,
        TRIMS,
        "Sampling defaults are those of Llama 3.1 8B: no reference settings exist.",
    ),
)

LLAMA33 = msgspec.structs.replace(
    LLAMA31,
    name="llama3.3",
    title="Llama 3.3",
    aliases=("llama-3.3", "llama33", "llama-33", "llama3.3-instruct", "llama-3.3-instruct"),
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=1024),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    first_token_rule=None,
    default_checkpoint="meta-llama/Llama-3.3-70B-Instruct",
    checkpoints=("meta-llama/Llama-3.3-70B-Instruct",),
    name_pattern=r"llama-?3\.?3(?!\d)",
    quirks=(
        BLOCK,
        SYSTEM_DATED,
        TRIMS,
        "Its template is Llama 3.1's, byte for byte: only the checkpoint's name tells them apart.",
    ),
)
