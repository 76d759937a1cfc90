"""DeepSeek LLM, Coder and V2: role markers are plain text, so turns end by stop strings."""

from __future__ import annotations

import msgspec

from magpie_core import Family, Sampling

BOS = "<｜begin▁of▁sentence｜>"
EOS = "<｜end▁of▁sentence｜>"
NO_REFERENCE = "Sampling defaults are the paper's for Llama 3: no reference settings exist."
CODER_SYSTEM = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek "
    "Company, and you only answer questions related to computer science. For politically sensitive "
    "questions, security and privacy issues, and other non-computer science questions, you will refuse to "
    "answer\n"
)
PLAIN = "Role names are plain text, so turns end by stop strings."
SPACE = "The space after `User:` belongs to the user's first token: sample from `User:`."
NO_SPACE = (
    "The answer is opened by `Assistant:` without a space: the makers warn of V2-Lite that one more brings "
    "answers in another language, garbled text and repetition."
)
SHARED = (
    "DeepSeek LLM and V2 publish the same template: model type or name tells them apart, and without "
    "either of them no family is guessed."
)

DEEPSEEK_LLM = Family(
    name="deepseek-llm",
    title="DeepSeek LLM Chat, DeepSeekMath",
    aliases=("deepseek-llm-chat", "deepseek-llm-7b", "deepseek-llm-67b", "deepseek-math"),
    pre_query=f"{BOS}User: ",
    pre_query_with_system=BOS + "{system}\n\nUser: ",
    user_end="\n\n",
    user_to_assistant="\n\nAssistant:",
    user_to_assistant_history="\n\nAssistant: ",
    turn_append=f"{EOS}User: ",
    bos=BOS,
    pre_query_ids=(100000, 5726, 25),
    stop_tokens=(EOS, BOS),
    stop_token_ids=(100001, 100000),
    stop_strings=("\n\nAssistant:", "Assistant:", "User:"),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="deepseek-ai/deepseek-llm-7b-chat",
    checkpoints=(
        "deepseek-ai/deepseek-llm-7b-chat",
        "deepseek-ai/deepseek-llm-67b-chat",
        "deepseek-ai/deepseek-math-7b-instruct",
        "deepseek-ai/deepseek-math-7b-rl",
    ),
    name_pattern=r"deepseek-(?:llm|math).*(?:chat|instruct|rl)",
    status="verified",
    source="the checkpoint's chat template and its real vocabulary; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        PLAIN,
        SPACE,
        NO_SPACE,
        "A system prompt is free text between BOS and the first `User:`.",
        SHARED,
        NO_REFERENCE,
    ),
)

DEEPSEEK_V2 = msgspec.structs.replace(
    DEEPSEEK_LLM,
    name="deepseek-v2",
    title="DeepSeek-V2, Coder-V2",
    aliases=(
        "deepseek-v2-chat",
        "deepseek-v2-lite",
        "deepseek-coder-v2",
        "deepseek-coder-v2-lite",
    ),
    stop_tokens=(EOS, BOS, "<|EOT|>", "<｜User｜>", "<｜Assistant｜>"),
    stop_token_ids=(100001, 100000, 100008, 100006, 100007),
    # Reference settings for Coder-V2-Lite; the published ones are the inherited values.
    default_checkpoint="deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct",
    checkpoints=(
        "deepseek-ai/DeepSeek-V2-Lite-Chat",
        "deepseek-ai/DeepSeek-V2-Chat",
        "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct",
        "deepseek-ai/DeepSeek-Coder-V2-Instruct",
    ),
    name_pattern=r"deepseek-(?:coder-)?v2(?!\.5).*(?:chat|instruct)",
    status="partly",
    source="the checkpoints' chat templates, the real DeepSeek LLM vocabulary (the same base ids), and the "
    "Magpie reference settings for Coder-V2-Lite",
    quirks=(
        PLAIN,
        SPACE,
        NO_SPACE,
        "A system prompt is free text between BOS and the first `User:`.",
        "The ids of the last three stop tokens rest on the Magpie reference alone.",
        SHARED,
    ),
)

DEEPSEEK_CODER = Family(
    name="deepseek-coder",
    title="DeepSeek Coder Instruct",
    aliases=("deepseek-coder-instruct", "deepseek-coder-v1", "deepseek-coder-6.7b"),
    pre_query=f"{BOS}{CODER_SYSTEM}### Instruction:\n",
    pre_query_bare=f"{BOS}### Instruction:\n",
    pre_query_with_system=BOS + "{system}### Instruction:\n",
    user_end="\n",
    user_to_assistant="\n### Response:\n",
    turn_append="\n<|EOT|>\n### Instruction:\n",
    default_system=CODER_SYSTEM,
    bos=BOS,
    stop_tokens=("<|EOT|>", EOS, BOS),
    stop_token_ids=(32021, 32014, 32013),
    stop_strings=("### Response:", "### Instruction:"),
    # No reference settings exist: the paper's first setting for Llama 3.
    instruction_sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=2048),
    response_sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=4096),
    default_checkpoint="deepseek-ai/deepseek-coder-6.7b-instruct",
    checkpoints=(
        "deepseek-ai/deepseek-coder-1.3b-instruct",
        "deepseek-ai/deepseek-coder-6.7b-instruct",
        "deepseek-ai/deepseek-coder-33b-instruct",
    ),
    template_markers=("### Instruction:", "<|EOT|>"),
    name_pattern=r"deepseek-coder-(?:1\.3|5\.7|6\.7|7|33)b.*instruct",
    status="verified",
    source="the checkpoint's chat template and its real vocabulary; sampling from the Magpie paper's "
    "Llama 3 settings",
    quirks=(
        PLAIN,
        "The default system prompt keeps the model to computer science; instructions are sampled with it.",
        "A system prompt of your own runs into `### Instruction:` without a newline: end it with one.",
        NO_REFERENCE,
    ),
)
