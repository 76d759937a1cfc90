"""The names of LLaMA-Factory's templates, by what they write. Facts of its ``data/template.py`` (0.9.5)."""

from __future__ import annotations

from magpie_core.training.pieces import Pieces

# Opening of a question, what stands between it and its answer, the end of an answer.
_CHATML = ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")
_HEADERS = (
    "<|start_header_id|>user<|end_header_id|>\n\n",
    "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|eot_id|>",
)

TEMPLATES: dict[tuple[str, str, str], str] = {
    _CHATML: "chatml",
    _HEADERS: "llama3",
    (
        "<|header_start|>user<|header_end|>\n\n",
        "<|eot|><|header_start|>assistant<|header_end|>\n\n",
        "<|eot|>",
    ): "llama4",
    (
        "<start_of_turn>user\n",
        "<end_of_turn>\n<start_of_turn>model\n",
        "<end_of_turn>",
    ): "gemma",
    ("[INST] ", "[/INST] ", "</s>"): "mistral",
    ("[INST]", "[/INST]", "</s>"): "ministral",
    ("<|user|>\n", "<|end|>\n<|assistant|>\n", "<|end|>"): "phi",
    ("<|user|>", "<|end|><|assistant|>", "<|end|>"): "phi4_mini",
    (
        "<|im_start|>user<|im_sep|>",
        "<|im_end|><|im_start|>assistant<|im_sep|>",
        "<|im_end|>",
    ): "phi4",
    ("<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"): "deepseek3",
}
"""Several of its names write the same and differ in what they add by default, which we say ourselves."""

_SYSTEM_PROMPT = "[SYSTEM_PROMPT]"


def template_for(pieces: Pieces) -> str | None:
    """The name of the template that writes a conversation with ``pieces``; None where there is none."""
    name = TEMPLATES.get((pieces.next_question, pieces.to_answer, pieces.answer_end))
    if name == "ministral" and _SYSTEM_PROMPT in (pieces.before_system or ""):
        return "mistral_small"
    return name
