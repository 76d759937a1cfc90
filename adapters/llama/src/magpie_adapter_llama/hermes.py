"""Nous-Hermes-Llama2: the Alpaca layout of its model card, all plain text."""

from __future__ import annotations

from magpie_core import Family, Sampling

NOUS_HERMES_LLAMA2 = Family(
    name="nous-hermes-llama2",
    title="Nous-Hermes-Llama2",
    aliases=("nous-hermes", "nous-hermes-llama-2", "nous-hermes-llama2-13b"),
    pre_query="<s>### Instruction:\n",
    user_end="\n\n",
    user_to_assistant="\n\n### Response:\n",
    turn_append="</s>\n\n### Instruction:\n",
    system_role="refused",
    bos="<s>",
    pre_query_ids=(1, 835, 2799, 4080, 29901, 13),
    stop_tokens=("</s>", "<s>", "<unk>"),
    stop_token_ids=(2, 1, 0),
    stop_strings=("### Response:", "### Input:", "### Instruction:"),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="NousResearch/Nous-Hermes-Llama2-13b",
    checkpoints=("NousResearch/Nous-Hermes-llama-2-7b", "NousResearch/Nous-Hermes-Llama2-13b"),
    name_pattern=r"nous-hermes-llama-?2",
    has_template=False,
    status="unverified",
    source="the model card's prompt format; the layout of several turns is a guess",
    quirks=(
        "The makers publish no chat template: the registered format is used.",
        "Role markers are plain text, so turns end by stop strings.",
        "How several turns are written is documented nowhere; the registered layout is a guess.",
        "No system prompt is documented, so one is refused.",
    ),
)
