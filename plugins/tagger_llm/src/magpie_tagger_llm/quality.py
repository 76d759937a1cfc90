"""The tagger ``quality``: how good an instruction is as something to ask."""

from __future__ import annotations

from typing import Any

from magpie_core import PromptTagger
from magpie_core.tagging.published import QUALITIES
from magpie_core.tagging.schemas import object_of
from magpie_tagger_llm.fields import TO_JUDGE, label_in, labels, text

QUESTION = """\
Judge how good the instruction below is as something to ask an assistant: is it clear, is it specific, does \
it make sense, does it hold what is needed to act on it? Neither its topic nor how hard it is counts.

- very poor: makes no sense, or nobody could tell what is wanted
- poor: unclear or missing things without which it cannot be done well
- average: can be understood, but vague, or it has to be guessed at in places
- good: clear and specific, with small gaps at most
- excellent: clear, specific and complete; nothing has to be guessed

"""


class QualityTagger(PromptTagger):
    """How clear, specific and complete an instruction is, from very poor to excellent."""

    name = "quality"
    question = QUESTION + TO_JUDGE
    answer = object_of(
        {
            "explanation": text(
                "what is clear about the instruction, and what is missing or wrong"
            ),
            "quality": labels(QUALITIES, "your judgement, as defined below"),
        }
    )
    schema = object_of(
        {
            "input_quality": {"enum": list(QUALITIES)},
            "quality_explanation": {"type": "string"},
            "quality_generator": {"type": "string"},
        }
    )

    def columns(self, answer: dict[str, Any], checkpoint: str) -> dict[str, Any]:
        """The published columns."""
        return {
            "input_quality": label_in(answer, "quality", QUALITIES),
            "quality_explanation": answer.get("explanation"),
            "quality_generator": checkpoint,
        }
