"""DeepSeek-V2.5, V3, V3.1 and R1: roles are tokens, and only the opening of an answer differs."""

from __future__ import annotations

import msgspec

from magpie_adapter_deepseek.text import BOS, EOS, NO_REFERENCE
from magpie_core import Family, Sampling

USER = "<｜User｜>"
ASSISTANT = "<｜Assistant｜>"
SHOWN = "The role tokens are not marked special, so decoding does not remove them: samples stop on their ids."
FREE_SYSTEM = "A system prompt is free text between BOS and the first user turn."
THINKS = (
    "The generation prompt opens `<think>`, so there is no `--thinking off`; histories hold answers "
    "without their reasoning."
)
SHY = (
    "Reasoning models seldom write an instruction from a pre-query alone: sample instructions from "
    "another checkpoint and let this one answer."
)
CARD = "Responses are sampled as the model card advises, which warns of repetition when greedy."

DEEPSEEK_V3 = Family(
    name="deepseek-v3",
    title="DeepSeek-V3",
    aliases=("deepseek", "deepseek-v3-0324", "deepseek-chat"),
    pre_query=BOS + USER,
    pre_query_with_system=BOS + "{system}" + USER,
    user_end="",
    user_to_assistant=ASSISTANT,
    turn_append=EOS + USER,
    bos=BOS,
    pre_query_ids=(0, 128803),
    stop_tokens=(EOS, BOS, USER, ASSISTANT),
    stop_token_ids=(1, 0, 128803, 128804),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="deepseek-ai/DeepSeek-V3",
    checkpoints=("deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3-0324"),
    name_pattern=r"deepseek-v3(?![.\d])(?!.*base)",
    status="partly",
    source="the checkpoint's chat template; ids from public tests, not from a vocabulary; sampling from the "
    "Magpie paper's Llama 3 settings",
    quirks=(
        FREE_SYSTEM,
        SHOWN,
        "The ids of the role tokens come from public tests of the same line.",
        NO_REFERENCE,
    ),
)

DEEPSEEK_V25 = msgspec.structs.replace(
    DEEPSEEK_V3,
    name="deepseek-v2.5",
    title="DeepSeek-V2.5",
    aliases=("deepseek-v25", "deepseek-v2.5-1210"),
    pre_query_ids=None,
    stop_token_ids=(100001, 100000, 100006, 100007),
    default_checkpoint="deepseek-ai/DeepSeek-V2.5",
    checkpoints=("deepseek-ai/DeepSeek-V2.5", "deepseek-ai/DeepSeek-V2.5-1210"),
    name_pattern=r"deepseek-v2\.5",
    status="unverified",
    source="a third party's template of the same layout; its own template was not at hand",
    quirks=(
        "Its own template was not at hand: let the format be derived from the checkpoint's.",
        "The third party's template has an empty line after the system prompt; here there is none.",
        SHOWN,
        "The ids of the role tokens rest on the Magpie reference for Coder-V2-Lite.",
        NO_REFERENCE,
    ),
)

DEEPSEEK_V31 = msgspec.structs.replace(
    DEEPSEEK_V3,
    name="deepseek-v3.1",
    title="DeepSeek-V3.1, V3.2",
    aliases=("deepseek-v31", "deepseek-v3.1-terminus", "deepseek-v3.2", "deepseek-v32"),
    user_to_assistant=ASSISTANT + "</think>",
    user_to_assistant_think=ASSISTANT + "<think>",
    user_to_assistant_no_think=ASSISTANT + "</think>",
    # The makers' generation_config.json of V3.2-Exp; greedy reasoning repeats itself.
    response_sampling_think=Sampling(temperature=0.6, top_p=0.95, max_tokens=32768),
    default_checkpoint="deepseek-ai/DeepSeek-V3.1",
    checkpoints=(
        "deepseek-ai/DeepSeek-V3.1",
        "deepseek-ai/DeepSeek-V3.1-Terminus",
        "deepseek-ai/DeepSeek-V3.2",
    ),
    name_pattern=r"deepseek-v3\.[12](?!\d)(?!.*(?:base|speciale))",
    status="partly",
    source="vLLM's example template for V3.1; copies elsewhere open answers with `<think></think>`; "
    "responses with reasoning sampled as V3.2-Exp's generation_config.json says, V3.1's was not at hand",
    quirks=(
        "It answers without thinking unless told `--thinking on` (the template's `thinking=true`), with "
        "which answers are opened by `<think>` instead of `</think>`.",
        "V3.2 publishes no chat template but code that writes prompts: use `--format registered`.",
        FREE_SYSTEM,
        SHOWN,
        NO_REFERENCE,
    ),
)

DEEPSEEK_R1 = msgspec.structs.replace(
    DEEPSEEK_V3,
    name="deepseek-r1",
    title="DeepSeek-R1",
    aliases=("r1", "deepseek-r1-0528", "deepseek-reasoner"),
    user_to_assistant=ASSISTANT + "<think>\n",
    user_to_assistant_history=ASSISTANT,
    user_to_assistant_think=ASSISTANT + "<think>\n",
    # The model card's settings for responses, which are in its generation_config.json, too.
    response_sampling=Sampling(temperature=0.6, top_p=0.95, max_tokens=32768),
    default_checkpoint="deepseek-ai/DeepSeek-R1",
    checkpoints=("deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1-0528"),
    instructions_from="deepseek-ai/DeepSeek-V3",
    name_pattern=r"deepseek-r1(?!.*(?:distill|qwen|llama|zero))",
    source="the checkpoint's chat template; ids as for V3; instructions sampled as in the Magpie paper, "
    "responses as in the model card",
    quirks=(
        THINKS,
        "The template of January 2025 ended its generation prompt with `<｜Assistant｜>`.",
        SHY,
        "The makers advise against system prompts, though the template takes one.",
        SHOWN,
        CARD,
    ),
)

R1_DISTILL_QWEN = msgspec.structs.replace(
    DEEPSEEK_R1,
    name="deepseek-r1-distill-qwen",
    title="DeepSeek-R1-Distill-Qwen",
    aliases=("r1-distill-qwen", "deepseek-r1-distill-qwen-7b"),
    pre_query_ids=(151646, 151644),
    stop_token_ids=(151643, 151646, 151644, 151645),
    default_checkpoint="deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    checkpoints=(
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    ),
    instructions_from="Qwen/Qwen2.5-7B-Instruct",
    name_pattern=r"r1-distill-qwen",
    status="verified",
    source="the checkpoint's chat template and its published token table; instructions sampled as in the "
    "Magpie paper, responses as in the model card",
    quirks=(
        "A Qwen2 model with DeepSeek's format: ids 151644 and 151645 are its role tokens, which in Qwen are "
        "`<|im_start|>` and `<|im_end|>`.",
        THINKS,
        SHY,
        SHOWN,
        CARD,
    ),
)

R1_DISTILL_LLAMA = msgspec.structs.replace(
    DEEPSEEK_R1,
    name="deepseek-r1-distill-llama",
    title="DeepSeek-R1-Distill-Llama",
    aliases=("r1-distill-llama", "deepseek-r1-distill-llama-8b"),
    pre_query_ids=None,
    stop_token_ids=(128001, 128000, 128011, 128012),
    default_checkpoint="deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
    checkpoints=(
        "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
        "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
    ),
    instructions_from="meta-llama/Llama-3.1-8B-Instruct",
    name_pattern=r"r1-distill-llama",
    source="the checkpoint's chat template; the role tokens' ids are not checked against a vocabulary; "
    "instructions sampled as in the Magpie paper, responses as in the model card",
    quirks=(
        "A Llama 3 model with DeepSeek's format.",
        "The ids of its role tokens, 128011 and 128012, are not checked against a vocabulary.",
        THINKS,
        SHY,
        SHOWN,
        CARD,
    ),
)
