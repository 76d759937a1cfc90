"""Qwen1.5, Qwen2 and Qwen2-Math: a default system prompt that the reference samples without.

Their templates hold no words of their own, so no markers are given: ``guess`` asks the name too.
"""

from __future__ import annotations

import msgspec

from magpie_adapter_qwen.chatml import (
    ASSISTANT,
    END,
    NOT_DEEPSEEK,
    STOP_IDS,
    STOPS,
    USER,
    USER_IDS,
    WITH_SYSTEM,
    with_default,
)
from magpie_core import Family, Sampling

SYSTEM = "You are a helpful assistant."
BARE = (
    "The template writes a default system prompt; instructions are sampled without it, as the published "
    "data were, and `--form default` keeps it."
)

QWEN2 = Family(
    name="qwen2",
    title="Qwen2",
    aliases=("qwen-2", "qwen2-instruct", "qwen-2-instruct"),
    pre_query=with_default(SYSTEM),
    pre_query_bare=USER,
    pre_query_with_system=WITH_SYSTEM,
    user_end=END,
    user_to_assistant=END + ASSISTANT,
    turn_append=END + USER,
    default_system=SYSTEM,
    form="bare",
    pre_query_ids=USER_IDS,
    stop_tokens=STOPS,
    stop_token_ids=STOP_IDS,
    # Reference settings for the 7B and 72B checkpoints.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="Qwen/Qwen2-7B-Instruct",
    checkpoints=(
        "Qwen/Qwen2-1.5B-Instruct",
        "Qwen/Qwen2-7B-Instruct",
        "Qwen/Qwen2-72B-Instruct",
    ),
    name_pattern=NOT_DEEPSEEK + r"qwen-?2(?![.\db]|_5)(?!.*(?:math|vl|audio))",
    model_types=("qwen2", "qwen2_moe"),
    status="verified",
    source="the checkpoint's chat template, its real vocabulary, and the Magpie reference settings",
    quirks=(
        BARE,
        "Other makers' templates write the same default system prompt, so the checkpoint's name or "
        "model type is asked as well.",
        "A chat service writes its own opening around every prompt: sample from the weights, not from "
        "a service.",
    ),
)

QWEN15 = msgspec.structs.replace(
    QWEN2,
    name="qwen1.5",
    title="Qwen1.5",
    aliases=("qwen-1.5", "qwen15", "qwen1.5-chat", "qwen-1.5-chat"),
    default_checkpoint="Qwen/Qwen1.5-7B-Chat",
    checkpoints=("Qwen/Qwen1.5-4B-Chat", "Qwen/Qwen1.5-7B-Chat", "Qwen/Qwen1.5-72B-Chat"),
    name_pattern=NOT_DEEPSEEK + r"qwen-?1\.5(?!b).*chat",
    source="the checkpoint's chat template and its real vocabulary; sampling as for Qwen2, because no "
    "reference settings exist",
    quirks=(
        BARE,
        "An older revision of the template wrote the default system prompt without its full stop.",
        "Sampling defaults are those of Qwen2: no reference settings exist.",
    ),
)

QWEN2_MATH = msgspec.structs.replace(
    QWEN2,
    name="qwen2-math",
    title="Qwen2-Math",
    aliases=("qwen-2-math", "qwen2-math-instruct"),
    default_checkpoint="Qwen/Qwen2-Math-7B-Instruct",
    checkpoints=("Qwen/Qwen2-Math-7B-Instruct",),
    name_pattern=NOT_DEEPSEEK + r"qwen-?2-math",
    model_types=("qwen2",),
    status="partly",
    source="Qwen2's chat template, the default system prompt of the makers' evaluation code, and the "
    "Magpie reference settings",
    quirks=(
        BARE,
        "The format is taken over from Qwen2: this checkpoint's own template was not at hand.",
    ),
)
