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
    "Is a tomato a fruit?\n\nAnswer: yes",
    "What is love?\n\nAnswer: German",
    "How likely is rain?\n\nAnswer: 0-100%",
    "How fast is a swallow?\n\nAnswer: Brief, please.",
    "Is a tomato a fruit?\n\nAnswer: Yes/No",
    "Which is it?\n\nAnswer: A, B or C",
    "What should I do?\n\nAnswer: stop / go on",
    "How many are there?\n\nAnswer: just a number",
    "Why is the sky blue?\n\nAnswer: max 50 words",
    "What is the capital of Portugal?\n\nAnswer: like a pirate",
    "What comes next: 2, 6, 12?\n\nAnswer: 20. Explain the rule.",
    "How much is the ball?\n\nAnswer: 0.05\n\nShow why 0.10 is wrong.",
    "Why is it slow?\n\nHere's my code: for x in y",
    "Can you shorten this?\n\nHere's a guide: unplug it.",
    "Is anything missing?\n\nHere's a quick guide: arrive at eight.",
    "Is there a faster way to peel garlic?\n\nHere's how I peel garlic: slowly.",
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
        "Which is prime?\n\na) 4\nb) 5\n\n**Answer:** b) 5": "Which is prime?\n\na) 4\nb) 5",
        "What is a river?\n\n**Answer**\n\nFlowing water.": "What is a river?",
        "Why did it fall?\n\n**Possible Answers:**\n\n* War": "Why did it fall?",
        "How do tides work?\n\nHere's a breakdown:\n\n* The moon.": "How do tides work?",
        "How do tides work?\n\nHere's how tides work:\n\n* The moon.": "How do tides work?",
        "How do tides work?\n\nLet's break it down:\n\n* The moon.": "How do tides work?",
        **{text: text for text in KEPT},
    }


def test_gemma2_alone_names_it() -> None:
    assert [family.name for family in FAMILIES if family.cleaners] == ["gemma2"]
    assert GEMMA2.cleaners == (Gemma2AnswerCleaner.name,)
    assert not Gemma2AnswerCleaner.default


@pytest.mark.parametrize("label", ["Answer:", "**Answer:**", "Question:", "**Solution:**"])
def test_a_label_alone_is_left_to_the_filters(label: str) -> None:
    assert Gemma2AnswerCleaner().clean(label) == label
