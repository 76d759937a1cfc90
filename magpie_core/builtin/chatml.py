"""Plain ChatML, the format of checkpoints that have no family of their own."""

from __future__ import annotations

from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import ChatTemplateError
from magpie_core.family import Family, differences
from magpie_core.hookspecs import hookimpl

CHATML = Family(
    name="chatml",
    title="ChatML",
    pre_query="<|im_start|>user\n",
    pre_query_with_system="<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n",
    user_end="<|im_end|>\n",
    user_to_assistant="<|im_end|>\n<|im_start|>assistant\n",
    turn_append="<|im_end|>\n<|im_start|>user\n",
    stop_tokens=("<|im_end|>", "<|im_start|>"),
    default_checkpoint="HuggingFaceTB/SmolLM2-1.7B-Instruct",
    status="partly",
    source="the ChatML layout as rendered by the common template",
    quirks=("a layout, not a checkpoint: stops come from the checkpoint's own EOS as well",),
)


@hookimpl(trylast=True)
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Plain ChatML is what renders exactly so; anything more belongs to a family of its own."""
    if "<|im_start|>" not in (checkpoint.chat_template or ""):
        return None
    try:
        derived = derive_from_tokenizer(checkpoint.tokenizer)
    except ChatTemplateError:
        return None
    return None if differences(derived, CHATML) else CHATML.name


@hookimpl
def magpie_register_families() -> list[Family]:
    """Offer ChatML."""
    return [CHATML]
