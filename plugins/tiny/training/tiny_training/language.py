"""Small helpers for English words and for lists in answers. Knows no tasks."""

from collections.abc import Callable, Iterable

from .knowledge.words import IRREGULAR_PLURALS


def article(noun: str) -> str:
    """``noun`` with "a" or "an" in front."""
    sounds_like_consonant = noun.lower().startswith(("uni", "use", "euro", "one"))
    vowel = noun[0].lower() in "aeiou" and not sounds_like_consonant
    return ("an " if vowel else "a ") + noun


def plural(noun: str) -> str:
    """The plural of ``noun``."""
    if noun in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def capital(text: str) -> str:
    """``text`` with a capital first letter."""
    return text[:1].upper() + text[1:]


def numbered(items: Iterable[str]) -> str:
    """A numbered list."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))


def bullets(items: Iterable[str]) -> str:
    """A bulleted list."""
    return "\n".join(f"- {item}" for item in items)


def code_block(language: str, code: str) -> str:
    """``code`` in a fenced block."""
    return f"```{language}\n{code}\n```"


#: What may follow the bar in a slot of a phrasing: ``{animal|plural}``.
TRANSFORMS: dict[str, Callable[[str], str]] = {
    "a": article,
    "plural": plural,
    "capital": capital,
}
