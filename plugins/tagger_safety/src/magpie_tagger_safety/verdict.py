"""Reads a guard's verdict. Knows texts only: no engine, no record."""

from __future__ import annotations

import re
from dataclasses import dataclass

from magpie_core.tagger import TagError

CODE = re.compile(r"[A-Z]{1,2}\d{1,3}")
"""A category: ``S1`` to ``S14`` of Llama Guard 2 and 3, ``O1`` to ``O6`` of the first one, or your own."""
SHOWN = 120


@dataclass(frozen=True)
class Verdict:
    """What a guard said."""

    text: str
    """As the model wrote it, without the white space around it and at line ends: ``unsafe\\nS1,S9``."""
    safe: bool
    codes: tuple[str, ...] = ()
    """The categories that were violated, in the guard's order, each once."""


def parse_verdict(text: str) -> Verdict:
    """Read ``safe``, or ``unsafe`` and below it the categories, separated by commas.

    ``unsafe`` without categories is taken; anything else is no verdict, since a guess about safety is
    worse than none.

    Raises:
        TagError: it is no verdict; the message quotes it.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    word = lines[0].lower() if lines else ""
    said = "\n".join(line for line in lines if line)
    if word == "safe" and said.lower() == "safe":
        return Verdict(said, safe=True)
    if word != "unsafe":
        raise _no_verdict(text)
    rest = " ".join(said.splitlines()[1:])
    codes = [one.strip().upper() for one in rest.split(",")] if rest else []
    if not all(CODE.fullmatch(one) for one in codes):
        raise _no_verdict(text)
    return Verdict(said, safe=False, codes=tuple(dict.fromkeys(codes)))


def _no_verdict(text: str) -> TagError:
    shown = text.strip()
    shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
    return TagError(f"neither `safe` nor `unsafe` with categories: {shown!r}")
