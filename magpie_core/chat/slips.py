"""Tell what turns one short text into another, in words: a space too many, a misspelt role. Text only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

ROLE_WORDS = frozenset(
    {"system", "user", "assistant", "model", "human", "bot", "ai", "instruction", "response"}
)
"""What templates call who speaks, in lower case."""
NEAR = 0.75
"""From this similarity on (``difflib`` ratio, 0 to 1) a word is a misspelling of the other."""
ALIKE = 0.5
"""Below this similarity two texts are different texts, not one with mistakes in it."""
_ATOM = re.compile(r"\s|\w+|[^\w\s]")
_BLANKS = {" ": "space", "\n": "newline", "\t": "tab"}
_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
Slip = tuple[str, str]
"""A kind, and a sentence that ends where a place may follow."""


def slips(theirs: str, ours: str) -> Iterator[Slip]:
    """What turns the template's text into ours, as mistakes."""
    if theirs == ours:
        return
    if not theirs.strip() and not ours.strip():
        yield from _white_space(theirs, ours)
        return
    old, new = _ATOM.findall(theirs), _ATOM.findall(ours)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE and not near(theirs, ours):
        yield "other text", instead(theirs, ours)
        return
    found = [
        slip
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
        for slip in _edit(old[i1:i2], new[j1:j2])
    ]
    if any(kind == "other text" for kind, _ in found):
        # Then what else differs is no slip of its own, and a marker cut into atoms reads badly.
        found = [("other text", instead(theirs, ours))]
    yield from found


def _edit(old: list[str], new: list[str]) -> Iterator[Slip]:
    """The same for a stretch of atoms."""
    theirs, ours = "".join(old), "".join(new)
    if not (theirs.strip() or ours.strip()):
        yield from _white_space(theirs, ours)
    elif len(old) == len(new) > 1:
        for one, other in zip(old, new, strict=True):
            if one != other:
                yield from _edit([one], [other])
    elif theirs.casefold() in ROLE_WORDS and near(theirs, ours):
        yield "role typo", f"writes the role `{ours}` where the template writes `{theirs}`"
    elif {theirs.casefold(), ours.casefold()} <= ROLE_WORDS:
        yield "other role", f"writes the role `{ours}` where the template writes `{theirs}`"
    elif theirs.strip() and near(theirs, ours):
        yield "marker typo", f"writes `{ours}` where the template writes `{theirs}`"
    else:
        yield "other text", instead(theirs, ours)


def instead(theirs: str, ours: str) -> str:
    """The sentence that shows both texts."""
    return f"writes {shorten(ours)!r} where the template writes {shorten(theirs)!r}"


def _white_space(theirs: str, ours: str) -> Iterator[Slip]:
    if not theirs:
        yield "extra space", f"has {_count(ours)} too many"
    elif not ours:
        yield "missing space", f"has {_count(theirs)} too few"
    elif set(theirs) == set(ours) and len(set(ours)) == 1:
        more = len(ours) - len(theirs)
        kind, word = ("extra space", "many") if more > 0 else ("missing space", "few")
        yield kind, f"has {_count(ours[0] * abs(more))} too {word}"
    else:
        yield "other space", f"has {_count(ours)} where the template has {_count(theirs)}"


def _count(blank: str) -> str:
    """``two newlines``, or the white space itself where it is of several kinds."""
    name = _BLANKS.get(blank[0])
    if name is None or len(set(blank)) > 1:
        return repr(blank)
    return f"{_NUMBERS.get(len(blank), len(blank))} {name}{'s' if len(blank) > 1 else ''}"


def near(one: str, other: str) -> bool:
    """Whether one is a misspelling of the other, letter case aside."""
    return ratio(one.casefold(), other.casefold()) >= NEAR


def ratio(one: str, other: str) -> float:
    """How similar two texts are, from 0 to 1 (``difflib``)."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def shorten(text: str, most: int = 120) -> str:
    """``text``, or its first ``most`` characters and an ellipsis."""
    return text if len(text) <= most else text[:most] + "…"
