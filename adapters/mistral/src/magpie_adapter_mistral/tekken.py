"""Mistral's Tekken checkpoints: no spaces around control tokens; from v7 on a system prompt has its own."""

from __future__ import annotations

from magpie_adapter_mistral.spm import LATE_SYSTEM
from magpie_core import Family, Sampling

DAY = "2025-01-30"
"""The day Mistral Small 3 came out: its template always asks the clock."""
SYSTEM = (
    "You are Mistral Small 3, a Large Language Model (LLM) created by Mistral AI, a French startup "
    "headquartered in Paris.\n"
    f"Your knowledge base was last updated on 2023-10-01. The current date is {DAY}.\n\n"
    "When you're not sure about some information, you say that you don't have the information and don't "
    "make up anything.\n"
    "If the user's question is not clear, ambiguous, or does not provide enough context for you to "
    "accurately answer the question, you do not try to answer it right away and you rather ask the user to "
    'clarify their request (e.g. "What are some good restaurants around me?" => "Where are you?" or "When '
    'is the next flight to Tokyo" => "Where do you travel from?")'
)

MISTRAL_V3_TEKKEN = Family(
    name="mistral-v3-tekken",
    title="Mistral Nemo, Ministral 8B",
    aliases=(
        "nemo",
        "mistral-nemo",
        "mistral-nemo-12b",
        "mistral-nemo-instruct",
        "mistral-nemo-2407",
        "ministral-8b",
    ),
    pre_query="<s>[INST]",
    pre_query_with_system="<s>[INST]{system}\n\n",
    user_end="[/INST]",
    user_to_assistant="[/INST]",
    turn_append="</s>[INST]",
    system_role="last_turn",
    bos="<s>",
    pre_query_ids=(1, 3),
    stop_tokens=("</s>", "<s>", "[INST]", "[/INST]"),
    stop_token_ids=(2, 1, 3, 4),
    # No reference settings exist: the paper's first setting for Llama 3, and for responses the
    # temperature that Nemo's model card advises.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.3, top_p=1.0, max_tokens=4096),
    default_checkpoint="mistralai/Mistral-Nemo-Instruct-2407",
    checkpoints=(
        "mistralai/Mistral-Nemo-Instruct-2407",
        "mistralai/Ministral-8B-Instruct-2410",
    ),
    template_markers=("[INST]", "[AVAILABLE_TOOLS]"),
    template_absent=("[INST] ", "<<SYS>>", "[SYSTEM_PROMPT]"),
    name_pattern=r"mistral-nemo-instruct|ministral-8b-instruct-2410",
    status="verified",
    source="the checkpoint's chat template and mistral-common's encoder with its real Tekken vocabulary; "
    "instructions sampled as Llama 3 in the Magpie paper, responses as in Nemo's model card",
    quirks=(
        "There is no space anywhere around the control tokens.",
        LATE_SYSTEM,
        "No reference settings exist: instructions are sampled as the paper did Llama 3, responses at "
        "temperature 0.3, as Nemo's model card advises.",
    ),
)

MISTRAL_V7_TEKKEN = Family(
    name="mistral-v7-tekken",
    title="Mistral Small 3, 3.1 and 3.2",
    aliases=(
        "mistral-small",
        "mistral-small-3",
        "mistral-small-24b",
        "mistral-small-3.1",
        "mistral-small-3.2",
        "mistral-v7",
    ),
    pre_query=f"<s>[SYSTEM_PROMPT]{SYSTEM}[/SYSTEM_PROMPT][INST]",
    pre_query_bare="<s>[INST]",
    pre_query_with_system="<s>[SYSTEM_PROMPT]{system}[/SYSTEM_PROMPT][INST]",
    user_end="[/INST]",
    user_to_assistant="[/INST]",
    turn_append="</s>[INST]",
    default_system=SYSTEM,
    bos="<s>",
    form="bare",
    pre_query_ids=(1, 3),
    stop_tokens=("</s>", "<s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]"),
    stop_token_ids=(2, 1, 3, 4, 17),
    # No reference settings exist: the paper's first setting for Llama 3, and for responses the
    # temperature that the model card advises.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.15, top_p=1.0, max_tokens=4096),
    default_checkpoint="mistralai/Mistral-Small-24B-Instruct-2501",
    checkpoints=(
        "mistralai/Mistral-Small-24B-Instruct-2501",
        "mistralai/Mistral-Small-3.1-24B-Instruct-2503",
        "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
    ),
    template_markers=("[SYSTEM_PROMPT]", "[INST]"),
    template_absent=("[INST] ", "[SYSTEM_PROMPT] ", "[MODEL_SETTINGS]", "[THINK]"),
    name_pattern=r"mistral-small-(?:24b-instruct-2501|3\.[12](?!\d))",
    date_dependent=True,
    status="partly",
    source="a copy of the 2501 checkpoint's chat template and mistral-common's encoder with its real Tekken "
    "vocabulary; instructions sampled as Llama 3 in the Magpie paper, responses as in the model card",
    quirks=(
        "The template writes a long system prompt of its own; mistral-common writes none, so instructions "
        "are sampled without it, and `--form default` keeps it.",
        f"That prompt holds today's date; the registered pieces hold {DAY}, the day of the release.",
        "Small 3.2 comes with another default system prompt; the registered one is Small 3's.",
        "Small 3.2 publishes no chat template: name the registered format with `--format registered`.",
        "No reference settings exist: instructions are sampled as the paper did Llama 3, responses at "
        "temperature 0.15, as the model card advises.",
    ),
)
