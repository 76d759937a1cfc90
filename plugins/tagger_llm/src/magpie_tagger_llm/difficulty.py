"""The tagger ``difficulty``: what is wanted, what one must know for it, and how hard it is."""

from __future__ import annotations

from typing import Any

from magpie_core import PromptTagger
from magpie_core.tagging.published import DIFFICULTIES
from magpie_core.tagging.schemas import object_of
from magpie_tagger_llm.fields import TO_JUDGE, label_in, labels, text

QUESTION = """\
Say what the writer of the instruction below wants, what somebody must know to do it well, and how hard that \
is. How well the instruction is written does not count.

- very easy: anybody can do it at once
- easy: needs general knowledge or a little thought
- medium: needs some knowledge of a field, or several steps
- hard: needs good knowledge of a field, or careful reasoning in many steps
- very hard: needs an expert, and much work even then

"""


class DifficultyTagger(PromptTagger):
    """How hard an instruction is, from very easy to very hard, with its intent and what one must know."""

    name = "difficulty"
    question = QUESTION + TO_JUDGE
    answer = object_of(
        {
            "intent": text("what the writer wants to reach, in one sentence"),
            "knowledge": text("what one must know to do it well, in one sentence"),
            "difficulty": labels(DIFFICULTIES, "your judgement, as defined below"),
        }
    )
    schema = object_of(
        {
            "intent": {"type": "string"},
            "knowledge": {"type": "string"},
            "difficulty": {"enum": list(DIFFICULTIES)},
            "difficulty_generator": {"type": "string"},
        }
    )

    def columns(self, answer: dict[str, Any], checkpoint: str) -> dict[str, Any]:
        """The published columns."""
        return {
            "intent": answer.get("intent"),
            "knowledge": answer.get("knowledge"),
            "difficulty": label_in(answer, "difficulty", DIFFICULTIES),
            "difficulty_generator": checkpoint,
        }
