"""The labels of the published Magpie data, so that taggers write and selections read the same ones.

Source: Magpie paper (arXiv 2406.08464), appendix. Knows no tagger and no table.
"""

from __future__ import annotations

DIFFICULTIES = ("very easy", "easy", "medium", "hard", "very hard")
"""Ascending."""
QUALITIES = ("very poor", "poor", "average", "good", "excellent")
"""Of an instruction, ascending."""
OTHERS = "Others"
"""The published scripts' list of valid labels has "Other", so that their own label was lost."""
CATEGORIES = (
    "Information seeking",
    "Reasoning",
    "Planning",
    "Editing",
    "Coding & Debugging",
    "Math",
    "Role playing",
    "Data analysis",
    "Creative writing",
    "Advice seeking",
    "Brainstorming",
    OTHERS,
)
"""Kinds of tasks; they have no order."""
CATEGORY_ALIASES = {
    "other": OTHERS,
    "none of the above": OTHERS,
    "coding": "Coding & Debugging",
    "debugging": "Coding & Debugging",
    "coding debugging": "Coding & Debugging",
    "mathematics": "Math",
    "maths": "Math",
    "information": "Information seeking",
    "advice": "Advice seeking",
    "roleplaying": "Role playing",
    "roleplay": "Role playing",
    "role play": "Role playing",
}
"""Other names that models write where nothing holds them to the list, case and punctuation aside."""
