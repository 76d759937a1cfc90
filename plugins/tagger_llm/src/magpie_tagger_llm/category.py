"""The tagger ``category``: what kind of task an instruction is."""

from __future__ import annotations

from typing import Any

from magpie_core import PromptTagger, TagError
from magpie_core.tagging.labels import canonical
from magpie_core.tagging.published import CATEGORIES, CATEGORY_ALIASES, OTHERS
from magpie_core.tagging.schemas import object_of
from magpie_tagger_llm.fields import TO_JUDGE, labels

QUESTION = """\
Say what kind of task the instruction below is. Choose the one category that fits best, and any others that \
fit as well.

- Information seeking: asks for facts or explanations
- Reasoning: asks for logical thought or the solution of a puzzle
- Planning: asks for a plan or a strategy
- Editing: gives a text to be rewritten, corrected, shortened or translated
- Coding & Debugging: asks for code, or for help with code
- Math: asks for a calculation, a proof or a mathematical concept
- Role playing: asks the assistant to take a part
- Data analysis: asks what data or statistics say
- Creative writing: asks for a story, a poem or another invented text
- Advice seeking: asks what to do in a personal or professional matter
- Brainstorming: asks for ideas
- Others: none of these

"""


class CategoryTagger(PromptTagger):
    """What kind of task an instruction is: one of twelve, and any others that fit."""

    name = "category"
    question = QUESTION + TO_JUDGE
    answer = object_of(
        {
            "category": labels(CATEGORIES, "the one that fits best"),
            "others": {
                "type": "array",
                "items": {"enum": list(CATEGORIES)},
                "maxItems": len(CATEGORIES) - 1,
                "description": "any that fit as well",
            },
        }
    )
    schema = object_of(
        {
            "task_category": {"enum": list(CATEGORIES), "unordered": True},
            "other_task_category": {"type": "array", "items": {"type": "string"}},
            "task_category_generator": {"type": "string"},
        }
    )

    max_tokens: int = 192
    """Most tokens of an answer; every label at once takes some 120."""

    def columns(self, answer: dict[str, Any], checkpoint: str) -> dict[str, Any]:
        """The published columns; a label we do not know is one of the others, as it was written."""
        primary, others = answer.get("category"), answer.get("others", [])
        if not isinstance(primary, str) or not primary.strip():
            raise TagError(f"`category` is {primary!r}, no label")
        if not isinstance(others, list) or not all(isinstance(one, str) for one in others):
            raise TagError(f"`others` is {others!r}, no list of labels")
        found = _settled(primary)
        if found not in CATEGORIES:
            others = [found, *others]
            found = OTHERS
        also = dict.fromkeys(_settled(one) for one in others if one.strip())
        return {
            "task_category": found,
            "other_task_category": [one for one in also if one != found],
            "task_category_generator": checkpoint,
        }


def _settled(label: str) -> str:
    """The label of the list that is meant; the text itself where none is."""
    found: str | None = canonical(label, CATEGORIES, CATEGORY_ALIASES)
    return label.strip() if found is None else found
