"""Shorten texts until what is written of them fits. Knows no tokenizer: it is told what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

ALLOWANCE = 16
"""A text is cut to no fewer characters than this: less says nothing."""


def cut(text: str, most: int) -> str:
    """``text`` with at most ``most`` of its characters: beginning and end, and what is missing between.

    Left alone where saying so would take more than it saves.
    """
    if len(text) <= most:
        return text
    head = (most + 1) // 2
    tail = most - head
    missing = f"\n… ({len(text) - most:,} characters left out here) …\n"
    shorter = text[:head].rstrip() + missing + (text[-tail:].lstrip() if tail else "")
    return shorter if len(shorter) < len(text) else text


def cut_to_fit(
    texts: Mapping[str, str], fits: Callable[[Mapping[str, str]], bool]
) -> dict[str, str] | None:
    """``texts`` cut as little as ``fits`` allows, the longest first; None where nothing fits.

    ``fits`` must hold for shorter texts where it holds for longer ones. It is asked about
    log2 of the longest text times.
    """
    if fits(texts):
        return dict(texts)
    low, high = ALLOWANCE, max(map(len, texts.values()), default=0)
    best = _each(texts, low)
    if high <= low or not fits(best):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        tried = _each(texts, middle)
        if fits(tried):
            low, best = middle, tried
        else:
            high = middle
    return best


def _each(texts: Mapping[str, str], most: int) -> dict[str, str]:
    return {name: cut(text, most) for name, text in texts.items()}
