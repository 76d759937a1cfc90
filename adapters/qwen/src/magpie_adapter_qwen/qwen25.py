"""Qwen2.5, Qwen2.5-Coder and Qwen2.5-Math: sampled with the default system prompt, which they need."""

from __future__ import annotations

import msgspec

from magpie_adapter_qwen.chatml import (
    ASSISTANT,
    END,
    NOT_DEEPSEEK,
    STOP_IDS,
    STOPS,
    USER,
    WITH_SYSTEM,
    with_default,
)
from magpie_core import Family, Sampling

SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
MATH_SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."
EMPTY = "An empty system prompt writes an empty system block, which is not the same as none."

QWEN25 = Family(
    name="qwen2.5",
    title="Qwen2.5",
    aliases=(
        "qwen-2.5",
        "qwen25",
        "qwen-25",
        "qwen2.5-instruct",
        "qwen-2.5-instruct",
    ),
    pre_query=with_default(SYSTEM),
    pre_query_bare=USER,
    pre_query_with_system=WITH_SYSTEM,
    user_end=END,
    user_to_assistant=END + ASSISTANT,
    turn_append=END + USER,
    default_system=SYSTEM,
    stop_tokens=STOPS,
    stop_token_ids=STOP_IDS,
    # Reference settings for 3B, 7B and 14B; 32B and 72B were sampled at temperature 0.6.
    instruction_sampling=Sampling(temperature=0.7, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="Qwen/Qwen2.5-3B-Instruct",
    checkpoints=(
        "Qwen/Qwen2.5-1.5B-Instruct",
        "Qwen/Qwen2.5-3B-Instruct",
        "Qwen/Qwen2.5-7B-Instruct",
        "Qwen/Qwen2.5-14B-Instruct",
        "Qwen/Qwen2.5-32B-Instruct",
        "Qwen/Qwen2.5-72B-Instruct",
    ),
    template_markers=("<|im_start|>", SYSTEM),
    name_pattern=NOT_DEEPSEEK + r"qwen-?2[._]?5(?![\db])(?!.*(?:math|coder|vl|omni))",
    model_types=("qwen2",),
    status="verified",
    source="the checkpoint's chat template, its real vocabulary, and the Magpie reference settings",
    quirks=(
        "Without its default system prompt it writes mostly fragments of documents, so `--form bare` is "
        "no good here.",
        "The reference's authors found the 3B checkpoint to work better than the 7B one.",
        "The reference sampled the 32B and 72B checkpoints' instructions at temperature 0.6.",
        EMPTY,
    ),
)

QWEN25_CODER = msgspec.structs.replace(
    QWEN25,
    name="qwen2.5-coder",
    title="Qwen2.5-Coder",
    aliases=("qwen-2.5-coder", "qwen25-coder", "qwen2.5-coder-instruct"),
    # Reference settings for the 32B checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    default_checkpoint="Qwen/Qwen2.5-Coder-7B-Instruct",
    checkpoints=("Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen2.5-Coder-32B-Instruct"),
    name_pattern=NOT_DEEPSEEK + r"qwen-?2[._]?5-coder",
    status="partly",
    source="Qwen2.5's chat template and the Magpie reference settings",
    quirks=(
        "The format is taken over from Qwen2.5: this checkpoint's own template was not at hand.",
        "Only the checkpoint's name tells it from Qwen2.5.",
        EMPTY,
    ),
)

QWEN25_MATH = msgspec.structs.replace(
    QWEN25,
    name="qwen2.5-math",
    title="Qwen2.5-Math",
    aliases=("qwen-2.5-math", "qwen25-math", "qwen2.5-math-instruct"),
    pre_query=with_default(MATH_SYSTEM),
    default_system=MATH_SYSTEM,
    # Reference settings for the 72B checkpoint.
    instruction_sampling=Sampling(temperature=0.6, top_p=0.9, max_tokens=2048),
    response_sampling=Sampling(temperature=0.6, top_p=0.9, max_tokens=4096),
    first_token_rule="flaming",
    default_checkpoint="Qwen/Qwen2.5-Math-7B-Instruct",
    checkpoints=("Qwen/Qwen2.5-Math-7B-Instruct", "Qwen/Qwen2.5-Math-72B-Instruct"),
    # Templates write the backslash once or twice, so it is no part of a marker.
    template_markers=("<|im_start|>", MATH_SYSTEM.partition("\\")[0], "boxed{}"),
    name_pattern=NOT_DEEPSEEK + r"qwen-?2[._]?5-math",
    status="partly",
    source="the makers' default system prompt in Qwen2.5's chat template, compared with three public "
    "copies, and the Magpie reference settings",
    quirks=(
        "The reference sampled the 72B checkpoint behind Qwen2.5's general system prompt; here it is "
        "the makers' own one.",
        "The first token's logits are divided by 1.2 (rule `flaming`).",
        EMPTY,
    ),
)
