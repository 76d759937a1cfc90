"""The tasks that instructions can be steered to, worded by us.

A system prompt lowers mean quality (arXiv 2406.08464), so none is used unless it is asked for.
"""

from __future__ import annotations

TASKS = {
    "information": (
        "The user wants to know something: a fact, an explanation, or how something works."
    ),
    "reasoning": (
        "The user sets a problem that takes several steps of careful reasoning: a puzzle, a riddle, an "
        "argument to check, or causes to work out."
    ),
    "planning": (
        "The user needs a plan: a schedule, a strategy, or the steps towards a goal, within stated limits."
    ),
    "editing": (
        "The user brings a text of their own, quoted in full, and wants it edited: corrected, shortened, "
        "rewritten in another tone, or made clearer."
    ),
    "code": (
        "The user is writing software and asks for code: a function, a program, a query, a bug to find in "
        "code that is quoted, or a choice between designs."
    ),
    "math": (
        "The user asks a question of mathematics that has a definite answer: arithmetic, algebra, geometry, "
        "calculus, probability, number theory, or a word problem."
    ),
    "role-play": "The user sets a scene and asks the assistant to play a part in it.",
    "data-analysis": (
        "The user has data, given in full in the message, and wants it analysed: summed up, compared, put "
        "into a table, or read for a trend."
    ),
    "creative-writing": (
        "The user asks for creative writing: a story, a poem, a scene, song lyrics, or an essay, with wishes "
        "about its subject or form."
    ),
    "advice": "The user describes a situation in life or at work and asks for advice.",
    "brainstorming": (
        "The user looks for ideas: names, themes, approaches or solutions, and many of them."
    ),
    "translation": (
        "The user wants a text translated: the text is quoted in full, and the language to translate it "
        "into is named."
    ),
    "others": (
        "The user asks for something out of the ordinary, neither a plain question nor a text to write."
    ),
}
"""By name: the twelve categories of the published sets, and translation."""

ULTRA = {
    "information": 0.05,
    "reasoning": 0.125,
    "planning": 0.05,
    "editing": 0.1,
    "code": 0.125,
    "math": 0.125,
    "role-play": 0.1,
    "data-analysis": 0.125,
    "creative-writing": 0.1,
    "advice": 0.05,
    "brainstorming": 0.05,
}
"""The weights of argilla's magpie-ultra, by our names."""
PRESETS = {"ultra": ULTRA}
