"""The cleaner that cuts solutions and further instructions off an exercise."""

from __future__ import annotations

from magpie_adapter_phi import FAMILIES, PhiExerciseCleaner
from magpie_core.testing.contracts.cleaner import CleanerContract

KEPT = (
    "Write three exercises. End each with a heading.\n\n# Solution\n\nNot more than one line.",
    "Find the mistake.\n\n**Solution:** 2 + 2 = 5.",
    "We lose customers.\n\nSolution:\nFewer fields.\n\nWhat are the risks?",
    "Prove it for n = 1.\n\n**Solution:** It holds.\n\nI do not see why. Can you explain?",
    "How much salt is in it?\n\n**Answer:** in grams",
    "Solution: aqueous\nHow do I dilute it?",
    "Instruction 1: LOAD R1\nInstruction 2: ADD R1\n\nWhat is in R1?",
    "Instruction 1: Sort.\nInstruction 2: Count.\n\nFollow both.",
    "Instruction: the act of teaching. Is it countable?",
    "A is 4 cm long\n\n# Solution\n16",
    "Explain.\n\n```\nDo it.\n# Solution\nx = 1",
    "Name the parts.\n\n## Solution",
)


class TestPhiExercise(CleanerContract):
    cleaner = PhiExerciseCleaner
    cleans = {
        "Add 2 and 3.\n\n# Solution\n5": "Add 2 and 3.",
        "Add 2 and 3.\n\n### Solution 1:\n5\n\n### Solution 2:\n3 + 2": "Add 2 and 3.",
        "Add 2 and 3.\n\n### Answer:\n5": "Add 2 and 3.",
        "Add 2 and 3.\n\n**Solution.** It is 5.": "Add 2 and 3.",
        "Add 2 and 3.\n\nSolution:\n5": "Add 2 and 3.",
        "Instruction:\nAdd 2 and 3.\n\nSolution:\n5": "Add 2 and 3.",
        "Instruction:\nAdd 2 and 3.": "Add 2 and 3.",
        "Instruction 1:\nAdd 2 and 3.\n\nInstruction 2 (harder):\nAdd 22 and 33.": "Add 2 and 3.",
        "## Instruction 1 (Easy):\n\nAdd.\n\n## Instruction 2 (Hard):\n\nDivide.": "Add.",
        **{text: text for text in KEPT},
    }


def test_the_whole_line_needs_it() -> None:
    assert {family.cleaners for family in FAMILIES} == {(PhiExerciseCleaner.name,)}
    assert not PhiExerciseCleaner.default
