"""Phi-4 and Phi-4-mini Instruct: two formats and vocabularies, both without newlines between the turns."""

from __future__ import annotations

from magpie_adapter_phi.exercise import PhiExerciseCleaner
from magpie_adapter_phi.phi3 import MARKERS, TOOLS
from magpie_core import Family, Sampling

THINKS = "<think>"
"""In the system prompt that Phi-4-reasoning's templates write, which are no templates of this family."""
MATH_EXPERT = "Your name is Phi"
"""In the system prompt that Phi-4-mini-reasoning's template writes."""

NO_REFERENCE = (
    "Sampling defaults are the paper's for Llama 3: no reference settings exist for Phi-4."
)
MODEL_TYPE = "The configuration calls it `phi3`: the chat template tells it from Phi-3."

PHI4 = Family(
    name="phi4",
    title="Phi-4",
    aliases=("phi-4", "phi4-14b"),
    pre_query="<|im_start|>user<|im_sep|>",
    pre_query_with_system="<|im_start|>system<|im_sep|>{system}<|im_end|><|im_start|>user<|im_sep|>",
    user_end="<|im_end|>",
    user_to_assistant="<|im_end|><|im_start|>assistant<|im_sep|>",
    turn_append="<|im_end|><|im_start|>user<|im_sep|>",
    pre_query_ids=(100264, 882, 100266),
    stop_tokens=("<|im_end|>", "<|endoftext|>", "<|im_start|>", "<|im_sep|>"),
    stop_token_ids=(100265, 100257, 100264, 100266),
    cleaners=(PhiExerciseCleaner.name,),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="microsoft/phi-4",
    checkpoints=("microsoft/phi-4",),
    template_markers=("<|im_sep|>",),
    template_absent=(THINKS,),
    name_pattern=r"phi-?4(?![\d.]|-(mini|reason|multi))",
    model_types=("phi3",),
    status="verified",
    source="the checkpoint's chat template and its published token ids; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        "No newline stands between turns or after `<|im_sep|>`, though many snippets write one.",
        "The turn tokens swallow the white space on both sides of them.",
        MODEL_TYPE,
        NO_REFERENCE,
        "Its generation_config.json names no sampling settings, so responses are greedy.",
    ),
)

PHI4_MINI = Family(
    name="phi4-mini",
    title="Phi-4-mini",
    aliases=("phi-4-mini", "phi4-mini-instruct", "phi-4-mini-instruct"),
    pre_query="<|user|>",
    pre_query_with_system="<|system|>{system}<|end|><|user|>",
    user_end="<|end|><|endoftext|>",
    user_to_assistant="<|end|><|assistant|>",
    turn_append="<|end|><|user|>",
    pre_query_ids=(200021,),
    stop_tokens=("<|end|>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"),
    stop_token_ids=(200020, 199999, 200021, 200019, 200022),
    cleaners=(PhiExerciseCleaner.name,),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="microsoft/Phi-4-mini-instruct",
    checkpoints=("microsoft/Phi-4-mini-instruct",),
    template_markers=(TOOLS, *MARKERS),
    template_absent=(MATH_EXPERT,),
    name_pattern=r"phi-?4-mini(?!-(reason|flash))",
    model_types=("phi3",),
    status="verified",
    source="the checkpoint's chat template and its published token ids; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        "Phi-3's role tokens without Phi-3's newlines.",
        "The role tokens swallow the white space behind them.",
        MODEL_TYPE,
        "Phi-4-mini-reasoning has a template of its own and is not this family.",
        NO_REFERENCE,
    ),
)
