"""Tables and code in Markdown, safe for any text in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and what turns the reading direction: a table could seem to say something else."""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], right: str = "") -> str:
    """A table; ``right`` has a letter ``r`` for each column whose numbers stand to the right: ``lrr``."""
    sides = (right + "l" * len(heads))[: len(heads)]
    lines = [
        "| " + " | ".join(heads) + " |",
        "|" + "|".join("---:" if one == "r" else "---" for one in sides) + "|",
    ]
    lines += ["| " + " | ".join(str(one) for one in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(text: object) -> str:
    """Any text as a cell: on one line, nothing in it is a tag or ends the cell."""
    shown = _one_line(str(text))
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("`", "\\`")):
        shown = shown.replace(sign, safe)
    for sign in "*_[]":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


def code(text: object) -> str:
    """Any text as a piece of code in a cell; what code cannot hold becomes a space."""
    shown = _one_line(str(text).replace("`", " ")).replace("|", "\\|")
    return f"`{shown}`" if shown else ""


def _one_line(text: str) -> str:
    return _UNSEEN.sub("", " ".join(text.split()))


def block(text: str, language: str = "") -> str:
    """A fenced block that nothing in ``text`` can end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def number(value: float) -> str:
    """A number as people read it."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
