"""QwQ, Qwen3, Qwen3-Instruct-2507 and Qwen3.5: no default system prompt, and most of them think first."""

from __future__ import annotations

import msgspec

from magpie_adapter_qwen.chatml import (
    ASSISTANT,
    END,
    FORGETS,
    NO_REFERENCE,
    NOT_DEEPSEEK,
    STOP_IDS,
    STOPS,
    THINKS_OPEN,
    USER,
    USER_IDS,
    WITH_SYSTEM,
)
from magpie_core import Family, Sampling

TOOLS = "# Tools\\n\\nYou may call one or more functions"
"""How templates introduce tools from Qwen2.5 on, as their source writes it."""
NOT_GREEDY = "The makers advise against greedy responses, which may repeat themselves without end."

NO_THINK = "<think>\n\n</think>\n\n"
"""An empty reasoning, written for the model so that it answers at once."""
NOT_THINKING = Sampling(temperature=0.7, top_p=0.8, top_k=20, max_tokens=16384)
"""The model cards' settings for answers without reasoning, of Qwen3 and of Qwen3-Instruct-2507."""

QWEN3 = Family(
    name="qwen3",
    title="Qwen3",
    aliases=("qwen-3",),
    pre_query=USER,
    pre_query_with_system=WITH_SYSTEM,
    user_end=END,
    user_to_assistant=END + ASSISTANT,
    user_to_assistant_think=END + ASSISTANT,
    user_to_assistant_no_think=END + ASSISTANT + NO_THINK,
    turn_append=END + USER,
    pre_query_ids=USER_IDS,
    stop_tokens=STOPS,
    stop_token_ids=STOP_IDS,
    # No reference settings exist: the paper's first setting for instructions, the model card's for
    # responses with reasoning and without. It allows a presence penalty where a model repeats itself.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, max_tokens=32768),
    response_sampling_no_think=NOT_THINKING,
    cleaners=("qwen3_switch",),
    default_checkpoint="Qwen/Qwen3-8B",
    checkpoints=(
        "Qwen/Qwen3-0.6B",
        "Qwen/Qwen3-1.7B",
        "Qwen/Qwen3-4B",
        "Qwen/Qwen3-8B",
        "Qwen/Qwen3-14B",
        "Qwen/Qwen3-32B",
        "Qwen/Qwen3-30B-A3B",
        "Qwen/Qwen3-235B-A22B",
    ),
    template_markers=("<|im_start|>", "multi_step_tool", "enable_thinking is false"),
    template_absent=("<|vision_start|>",),
    name_pattern=NOT_DEEPSEEK
    + r"qwen-?3(?![.\db]|_5)(?!.*(?:2507|coder|vl|next|omni|embedding|reranker|guard))",
    model_types=("qwen3", "qwen3_moe"),
    status="verified",
    source="the checkpoint's chat template and its real vocabulary; instructions sampled as in the "
    "Magpie paper, responses as in the model card",
    quirks=(
        "It thinks before it answers unless told otherwise, and then writes `<think>` itself; `--thinking "
        "off` is the template's `enable_thinking=false`, and takes the card's other sampling settings.",
        "Users switch thinking with a closing `/think` or `/no_think`: the cleaner `qwen3_switch` takes "
        "them off sampled instructions.",
        FORGETS,
        NOT_GREEDY,
        "Where responses repeat themselves, the model card advises a `presence_penalty` up to 2; 1.5 for "
        "quantised checkpoints.",
        NO_REFERENCE,
    ),
)

QWEN3_2507 = msgspec.structs.replace(
    QWEN3,
    name="qwen3-2507",
    title="Qwen3-Instruct-2507",
    aliases=("qwen-3-2507", "qwen3-2507-instruct", "qwen3-instruct-2507", "qwen-3-instruct-2507"),
    user_to_assistant_think=None,
    user_to_assistant_no_think=None,
    response_sampling=NOT_THINKING,
    response_sampling_no_think=None,
    cleaners=(),
    default_checkpoint="Qwen/Qwen3-4B-Instruct-2507",
    checkpoints=(
        "Qwen/Qwen3-4B-Instruct-2507",
        "Qwen/Qwen3-30B-A3B-Instruct-2507",
        "Qwen/Qwen3-235B-A22B-Instruct-2507",
    ),
    template_markers=(
        "<|im_start|>",
        TOOLS,
        "message.content is string",
    ),
    template_absent=(
        "<think>",
        "enable_thinking",
        "multi_step_tool",
        "You are Qwen",
        "You are a helpful",
        "<|vision_start|>",
    ),
    name_pattern=NOT_DEEPSEEK + r"qwen-?3(?!.*(?:coder|vl)).*instruct-?2507",
    quirks=(
        "It never thinks, and knows no switch for it, so there is no `--thinking`.",
        "The Thinking-2507 checkpoints have another generation prompt and are no member of this family.",
        NO_REFERENCE,
    ),
)

QWQ = msgspec.structs.replace(
    QWEN3,
    name="qwq",
    title="QwQ",
    aliases=("qwq-32b",),
    user_to_assistant=END + ASSISTANT + "<think>\n",
    user_to_assistant_history=END + ASSISTANT,
    user_to_assistant_think=END + ASSISTANT + "<think>\n",
    user_to_assistant_no_think=None,
    response_sampling_no_think=None,
    cleaners=(),
    default_checkpoint="Qwen/QwQ-32B",
    checkpoints=("Qwen/QwQ-32B",),
    instructions_from="Qwen/Qwen2.5-32B-Instruct",
    template_markers=("<|im_start|>assistant\\n<think>\\n", "</think>", TOOLS),
    template_absent=("enable_thinking", "reasoning_content", "multi_step_tool", "You are Qwen"),
    name_pattern=NOT_DEEPSEEK + r"qwq(?!.*preview)",
    model_types=("qwen2",),
    source="the checkpoint's chat template and its real vocabulary; instructions sampled as in the "
    "Magpie paper, responses as in the model card, which leaves top_k open between 20 and 40",
    quirks=(
        THINKS_OPEN,
        "It always thinks: there is no `--thinking off`.",
        FORGETS,
        "QwQ-32B-Preview has another template, with a default system prompt, and is no member of this "
        "family.",
        NOT_GREEDY,
        NO_REFERENCE,
    ),
)

QWEN35 = msgspec.structs.replace(
    QWEN3,
    name="qwen3.5",
    title="Qwen3.5",
    aliases=("qwen-3.5", "qwen35", "qwen-35"),
    user_to_assistant=END + ASSISTANT + "<think>\n",
    user_to_assistant_history=END + ASSISTANT,
    user_to_assistant_think=END + ASSISTANT + "<think>\n",
    trims=("system", "user", "assistant"),
    pre_query_ids=(248045, 846, 198),
    stop_token_ids=(248046, 248044, 248045),
    # The model card's settings for general tasks, with reasoning and without.
    response_sampling=Sampling(
        temperature=1.0, top_p=0.95, top_k=20, presence_penalty=1.5, max_tokens=32768
    ),
    response_sampling_no_think=Sampling(
        temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5, max_tokens=16384
    ),
    cleaners=(),
    default_checkpoint="Qwen/Qwen3.5-4B",
    checkpoints=("Qwen/Qwen3.5-4B", "Qwen/Qwen3.5-27B", "Qwen/Qwen3.5-35B-A3B"),
    template_markers=("<|im_start|>", "multi_step_tool", "enable_thinking", "render_content"),
    template_absent=("preserve_thinking",),
    name_pattern=NOT_DEEPSEEK + r"qwen-?3[._]?5(?![\db])",
    model_types=("qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"),
    status="partly",
    source="the checkpoint's chat template; ids from two independent public sources, because the "
    "vocabulary was not at hand; instructions sampled as in the Magpie paper, responses as in the "
    "model card, read in several public quotations of it",
    quirks=(
        "Its vocabulary is new: no id is that of an earlier Qwen.",
        "The registered format is that of 4B and larger, which think by default; 0.8B and 2B do not.",
        "Answers without thinking are sampled as the cards of 4B and larger say for general tasks; those of "
        "0.8B and 2B advise temperature 1, top_p 1, top_k 20 and a presence penalty of 2.",
        THINKS_OPEN,
        FORGETS,
        "`/think` and `/no_think` are no switches any more.",
        "It is a multimodal model; Magpie uses its text side only.",
        "The template trims what everybody says.",
        "The model card's presence penalty of 1.5 is on; for code with thinking the card advises none, and "
        "temperature 0.6.",
        NO_REFERENCE,
    ),
)
