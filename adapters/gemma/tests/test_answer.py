"""The cleaner that cuts an answer off: what it cuts, and above all what it leaves alone."""

from __future__ import annotations

import pytest

from magpie_adapter_gemma import FAMILIES, GEMMA2, Gemma2AnswerCleaner
from magpie_core.testing.contracts.cleaner import CleanerContract

KEPT = (
    "Question: What is the capital of France?\nAnswer:",
    "Q: 2+2?\nA: 4\nQ: 3+3?\nA:",
    "What is wrong with this answer?\n\nAnswer: The sun is cold.",
    "Is the following response polite?\n\n**Answer:** Go away.",
    "Grade the student.\n\nQuestion: What is 2+2?\nAnswer: 5",
    "Question: What is 2+2?\nAnswer: 5\n\nIs this right?",
    "Question: What is 2+2?\nAnswer: 5\n\nExplain why the answer is wrong.",
    "Question: Who wrote Emma?\nAnswer: Jane Austen\n\nQuestion: Who wrote Ulysses?\nAnswer:",
    "Translate into French.\n\nQuestion: Where is the station?\nAnswer: On the left.",
    "Which is the answer: 4 or 5?",
    "Write a form with these fields.\n\nName: ___\nAnswer: ___",
    "What is 2+2?\n\n**Answer:** ____",
    "Answer: 42. What was the question?",
    "Answer: yes or no. Is water wet?",
    "Use these headings.\n\n## Problem\n\n## Solution\n\nKeep each short.",
    "Improve my FAQ entry.\n\nHow do I reset my password?\n\n**Answer:** Click the link.",
    "Where does it go wrong?\n\n**Solution:** Let x = 2. Then x + 1 = 4.",
    "Is it better to say yes? Answer: no, but be kind.",
    "Write a story about a man who shouts\nAnswer: me!",
    "What is the capital of France?\n\nAnswer: in one word please.",
    "Who am I?\n\nAnswer: {answer}",
    "Who am I?\n\n**Answer:** [your guess]",
    "```\nWhat?\nAnswer: 42\n```\nFix this code.",
    'def f():\n    """What is x?\n\n    Answer: 42"""',
    "What is 7 times 8?\n\n**Answer:** 56\n\nNow write three more like this.",
)


class TestGemma2Answer(CleanerContract):
    cleaner = Gemma2AnswerCleaner
    cleans = {
        "What is photosynthesis?\n\n**Answer:** It turns light into sugar.": "What is photosynthesis?",
        "What is photosynthesis?\n\n**Answer**: It turns light into sugar.": "What is photosynthesis?",
        "What is 7 times 8?\n\nAnswer: 56": "What is 7 times 8?",
        "What is 7 times 8?\nAnswer:\n\n56": "What is 7 times 8?",
        "What is 7 times 8?\n\n## Answer:\n\n7 times 8 is **56**.": "What is 7 times 8?",
        "Question: What is 7 times 8? Answer: 56": "What is 7 times 8?",
        "**Question:** What is 7 times 8?\n\n**Answer:** 56": "What is 7 times 8?",
        "Question: Which is prime?\nA) 4\nB) 5\n\nAnswer: B": "Which is prime?\nA) 4\nB) 5",
        "Solve x + 2 = 5.\n\n**Solution:**\n\nx = 3": "Solve x + 2 = 5.",
        "Write a line about rain.\n\n**Answer:**\n\nIt falls.": "Write a line about rain.",
        "How do tides work?\n\n**Answer:** The moon.\n\nLet me know if you have any other questions!": "How do tides work?",
        "潮汐是怎么形成的？\n\n**Answer:** 月亮。": "潮汐是怎么形成的？",
        **{text: text for text in KEPT},
    }


def test_gemma2_alone_names_it() -> None:
    assert [family.name for family in FAMILIES if family.cleaners] == ["gemma2"]
    assert GEMMA2.cleaners == (Gemma2AnswerCleaner.name,)
    assert not Gemma2AnswerCleaner.default


@pytest.mark.parametrize("label", ["Answer:", "**Answer:**", "Question:", "**Solution:**"])
def test_a_label_alone_is_left_to_the_filters(label: str) -> None:
    assert Gemma2AnswerCleaner().clean(label) == label
