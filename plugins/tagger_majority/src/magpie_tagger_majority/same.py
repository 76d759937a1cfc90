"""Which answers are the same: one key for every way to write a number, a choice or a phrase."""

from __future__ import annotations

import re
from fractions import Fraction

_MOST_DIGITS = 60
"""Longer numbers are compared as text: exact arithmetic on them would cost more than it tells."""
_WRAPPED = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mathit|operatorname)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]+)\}|(\d))\s*(?:\{([^{}]+)\}|(\d))")
_NOISE = re.compile(r"\\(?:left|right|displaystyle|[,;:! ()\[\]])|\^\{?\\circ\}?|\\?[$€£]")
_NUMBER = re.compile(r"([+-]?)(\d[\d,]*(?:\.\d*)?|\.\d+)(?:/(\d+(?:\.\d+)?))?(%?)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_CHOICE = re.compile(r"\(?([A-Ja-j])(?:\)|[.:](?=\s)).*|\(([A-Ja-j])\)", re.DOTALL)


def key_of(answer: str) -> str:
    r"""The same text for answers that say the same.

    Numbers by their value (``1,000``, ``1000.0`` and ``$1000``; ``1/2``, ``0.5`` and ``\frac{1}{2}``; a
    percentage stays one), a choice by its letter (``(B)``, ``B) Paris``), anything else without LaTeX's
    spacing, case, white space and closing punctuation.
    """
    text = _FRACTION.sub(_as_quotient, _WRAPPED.sub(r"\1", answer.replace("−", "-")))
    text = _NOISE.sub("", text.replace("\\%", "%"))
    text = " ".join(text.split()).strip("*_`\"'“” ").rstrip(".,;:! ")
    number = _NUMBER.fullmatch(text.replace(" ", ""))
    if number and (value := _value(number)) is not None:
        return f"{value}{number[4]}"
    if choice := _CHOICE.fullmatch(text):
        return (choice[1] or choice[2]).lower()
    return text.casefold()


def _as_quotient(found: re.Match[str]) -> str:
    over, under = (found[1] or found[2]).strip(), (found[3] or found[4]).strip()
    return f"{over}/{under}"


def _value(number: re.Match[str]) -> Fraction | None:
    sign, whole, under, _ = number.groups()
    if len(whole) > _MOST_DIGITS or len(under or "") > _MOST_DIGITS:
        return None
    if "," in whole and not _THOUSANDS.fullmatch(whole):
        return None  # a list of numbers, or decimals with a comma: who knows
    divisor = Fraction(under) if under else Fraction(1)
    if not divisor:
        return None
    return Fraction(f"{sign}{whole.replace(',', '')}") / divisor
