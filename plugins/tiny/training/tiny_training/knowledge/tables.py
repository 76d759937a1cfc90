"""Read the small text tables of this package."""

from collections.abc import Callable
from typing import TypeVar

Row = TypeVar("Row")


def lines(text: str) -> list[str]:
    """The non-empty lines of ``text``."""
    return [line for line in text.split("\n") if line.strip()]


def rows(text: str, make: Callable[..., Row]) -> list[Row]:
    """One ``make(field, field, ...)`` for each line of ``field|field|...``."""
    return [make(*line.split("|")) for line in lines(text)]


def pairs(text: str) -> dict[str, str]:
    """A dictionary from lines of ``key|value``."""
    return dict(line.split("|", 1) for line in lines(text))


def outline(text: str) -> dict[str, list[str]]:
    """A dictionary from an outline: keys at the margin, their items indented below them."""
    result: dict[str, list[str]] = {}
    items: list[str] = []
    for line in lines(text):
        if line.startswith(" "):
            items.append(line.strip())
        else:
            items = result[line] = []
    return result
