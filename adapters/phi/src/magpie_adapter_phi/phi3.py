"""Phi-3 and Phi-3.5 Instruct: one layout with newlines; mini, medium and small differ in what they allow."""

from __future__ import annotations

import msgspec

from magpie_adapter_phi.exercise import PhiExerciseCleaner
from magpie_core import Family, Sampling

MARKERS = ("<|end|>", "<|assistant|>")
"""In every Phi-3 template. `<|user|>` is not: some put it together from the message's role."""
TOOLS = "<|tool|>"
"""In the template of Phi-4-mini, which has the other markers too."""

SWALLOWED = (
    "Role tokens swallow the white space behind them, so the newline after `<|user|>` is no token: the "
    "pre-query is the single id 32010."
)
STRAY = (
    "The Magpie reference sampled from `<s> <|user|>`, which puts a BOS and a stray token (id 259) in "
    "front; the template writes neither."
)
SYSTEM = "<|system|>\n{system}<|end|>\n"

PHI3_MINI = Family(
    name="phi3-mini",
    title="Phi-3 mini",
    aliases=(
        "phi3",
        "phi-3",
        "phi-3-mini",
        "phi3-mini-instruct",
        "phi-3-mini-instruct",
        "phi-3-mini-4k-instruct",
        "phi-3-mini-128k-instruct",
    ),
    pre_query="<|user|>\n",
    pre_query_with_system=SYSTEM + "<|user|>\n",
    user_end="<|end|>\n<|endoftext|>",
    user_to_assistant="<|end|>\n<|assistant|>\n",
    turn_append="<|end|>\n<|user|>\n",
    pre_query_ids=(32010,),
    stop_tokens=(
        "<|end|>",
        "<|endoftext|>",
        "<|assistant|>",
        "<|user|>",
        "<|system|>",
        "</s>",
        "<s>",
        "<unk>",
    ),
    stop_token_ids=(32007, 32000, 32001, 32010, 32006, 2, 1, 0),
    cleaners=(PhiExerciseCleaner.name,),
    # Reference settings for the 128k checkpoint.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="microsoft/Phi-3-mini-4k-instruct",
    checkpoints=("microsoft/Phi-3-mini-4k-instruct", "microsoft/Phi-3-mini-128k-instruct"),
    template_markers=MARKERS,
    template_absent=(TOOLS,),
    name_pattern=r"phi-?3-mini",
    model_types=("phi3",),
    status="verified",
    source="the checkpoints' chat templates (revision of July 2024), their real vocabulary, and the Magpie "
    "reference settings",
    quirks=(
        SWALLOWED,
        STRAY,
        "The first revision (April 2024) began with BOS and had no system role.",
    ),
)

PHI3_MEDIUM = msgspec.structs.replace(
    PHI3_MINI,
    name="phi3-medium",
    title="Phi-3 medium",
    aliases=(
        "phi-3-medium",
        "phi3-medium-instruct",
        "phi-3-medium-instruct",
        "phi-3-medium-4k-instruct",
        "phi-3-medium-128k-instruct",
    ),
    pre_query_with_system=None,
    user_end="<|end|>\n<|assistant|>\n",
    system_role="dropped",
    default_checkpoint="microsoft/Phi-3-medium-4k-instruct",
    checkpoints=("microsoft/Phi-3-medium-4k-instruct", "microsoft/Phi-3-medium-128k-instruct"),
    name_pattern=r"phi-?3-medium",
    source="the checkpoint's chat template, its real vocabulary, and the Magpie reference settings",
    quirks=(
        SWALLOWED,
        STRAY,
        "The template drops a system message without a word.",
        "The template opens the answer after every user turn, asked or not.",
    ),
)

PHI35_MINI = msgspec.structs.replace(
    PHI3_MINI,
    name="phi3.5-mini",
    title="Phi-3.5 mini",
    aliases=(
        "phi3.5",
        "phi-3.5",
        "phi35",
        "phi-3.5-mini",
        "phi3.5-mini-instruct",
        "phi-3.5-mini-instruct",
    ),
    default_checkpoint="microsoft/Phi-3.5-mini-instruct",
    checkpoints=("microsoft/Phi-3.5-mini-instruct",),
    name_pattern=r"phi-?3\.?5-mini",
    source="the checkpoint's chat template and its real vocabulary; sampling as for Phi-3 mini, because no "
    "reference settings exist",
    quirks=(
        SWALLOWED,
        STRAY,
        "An empty system prompt is left out by the template.",
        "Sampling defaults are those of Phi-3 mini: no reference settings exist.",
    ),
)

PHI3_SMALL = msgspec.structs.replace(
    PHI3_MINI,
    name="phi3-small",
    title="Phi-3 small",
    aliases=(
        "phi-3-small",
        "phi3-small-instruct",
        "phi-3-small-instruct",
        "phi-3-small-8k-instruct",
        "phi-3-small-128k-instruct",
    ),
    pre_query="<|endoftext|><|user|>\n",
    pre_query_with_system="<|endoftext|>" + SYSTEM + "<|user|>\n",
    bos="<|endoftext|>",
    pre_query_ids=(100257, 100262, 198),
    stop_tokens=("<|end|>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"),
    stop_token_ids=(100266, 100257, 100262, 100263, 100261),
    default_checkpoint="microsoft/Phi-3-small-8k-instruct",
    checkpoints=("microsoft/Phi-3-small-8k-instruct", "microsoft/Phi-3-small-128k-instruct"),
    name_pattern=r"phi-?3-small",
    model_types=("phi3small",),
    source="the checkpoint's chat template, its published token ids, and the Magpie reference settings for "
    "the 128k checkpoint",
    quirks=(
        "BOS is `<|endoftext|>`, which also ends a text.",
        "The newline after `<|user|>` is a token here (id 198), unlike in Phi-3 mini and medium.",
        "Its code comes with the checkpoint, so it needs `--trust-remote-code`.",
    ),
)
