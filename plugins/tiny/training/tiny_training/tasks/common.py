"""Slots that several categories share."""

from tiny_training.knowledge import people
from tiny_training.slots import Choice, Number

NAME = Choice(people.NAMES)
ITEM = Choice(people.ITEMS)
RELATIVE = Choice(people.RELATIVES)
#: Harmless adjectives: they multiply the phrasings and leave the answer alone.
SIMPLE = Choice(["simple", "short", "small", "basic", "neat", "clean"])
FACTOR = Number(2, 12)


def small_number(high: int = 99, low: int = 1) -> Number:
    """A number of which small ones are more frequent."""
    return Number(low, high, small=True)
