"""Counting which answer most responses give. Knows no text of a response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from magpie_tagger_majority.same import key_of


class Vote(NamedTuple):
    """What came out."""

    answer: str | None
    """As the first response that gives it writes it; None where no response gives one."""
    share: float
    """Of all responses, those without an answer included, 0 to 1."""
    first: int | None
    """That response's place, from 0."""


def vote(answers: Sequence[str | None]) -> Vote:
    """The answer that most give; of equally many the one that came first.

    Args:
        answers: of each response, None where it gives none.
    """
    places = _places(answers)
    if not places:
        return Vote(None, 0.0, None)
    most = max(places.values(), key=len)  # the first of equals: keys stand in the order they came
    return Vote(answers[most[0]], len(most) / len(answers), most[0])


def shares(answers: Sequence[str | None]) -> list[float]:
    """Of each response, how many of all give the same answer; 0 for one that gives none."""
    found = [0.0] * len(answers)
    for places in _places(answers).values():
        for place in places:
            found[place] = len(places) / len(answers)
    return found


def _places(answers: Sequence[str | None]) -> dict[str, list[int]]:
    """Where each answer is given."""
    places: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        if answer is not None:
            places.setdefault(key_of(answer), []).append(place)
    return places
