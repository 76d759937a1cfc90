"""Name what is wrong in a written-down chat format, given what the checkpoint's own template writes.

Knows two ``ChatFormat`` and nothing else: no tokenizer, no family. A sentence says what the registered
one does, without its subject: "has one space too many before the user's words".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import msgspec

from magpie_core.chat.format import SYSTEM_SLOT, ChatFormat
from magpie_core.chat.slips import Slip, instead, ratio, shorten, slips

SLIPS = frozenset(
    {
        "extra space",
        "missing space",
        "other space",
        "missing default system",
        "second BOS",
        "extra BOS",
        "missing BOS",
        "other BOS",
        "role typo",
        "marker typo",
        "wrong stop id",
        "stop token typo",
    }
)
"""Kinds that nobody writes on purpose. Other words may be meant: another format, another prompt."""
PLACES = {
    "user_to_assistant": "between the user's words and a new answer",
    "user_to_assistant_history": "between the user's words and a finished answer",
    "turn_append": "between an answer and the user's next words",
}
BEFORE_USER = "before the user's words"
_Opening = tuple[str, str]
"""Default system block, and what opens the user's turn."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong."""

    kind: str
    """Its name, such as ``extra space``; see ``SLIPS``."""
    detail: str
    """What the registered facts do, without a subject."""

    @property
    def is_slip(self) -> bool:
        """Whether it can only be a mistake."""
        return self.kind in SLIPS


def compare(
    template: ChatFormat, registered: ChatFormat, *, dated: bool = False
) -> tuple[Finding, ...]:
    """What ``registered`` gets wrong, each mistake once, at the first place it shows.

    Args:
        template: what the checkpoint's template writes.
        registered: what was written down.
        dated: the template writes the date, so that the words of its default system block may differ.

    Returns:
        nothing where every prompt without a system prompt, and every opening with one, is the same; one
        finding, ``other format``, where neither the user's turn nor the answer is opened alike.
    """
    found: dict[tuple[str, str], Finding] = {}

    def note(found_slips: Iterator[Slip], place: str = "") -> None:
        for kind, sentence in found_slips:
            detail = f"{sentence} {place}".rstrip()
            found.setdefault((kind, sentence), Finding(kind, detail))

    (block, header), (our_block, our_header) = _openings(template, registered)
    pairs = [(header, our_header), (template.user_to_assistant, registered.user_to_assistant)]
    if all("other text" in dict(slips(theirs, ours)) for theirs, ours in pairs):
        # Another format altogether, which may be what a fine-tune was taught: nothing in it is a slip.
        other = Finding("other format", f"{instead(header, our_header)} {BEFORE_USER}")
        return (*doubled_bos(registered), other)
    note(_bos(template, registered))
    note(_default_system(template, registered, (block, our_block), dated=dated))
    note(slips(header, our_header), BEFORE_USER)
    for piece, place in PLACES.items():
        note(slips(getattr(template, piece), getattr(registered, piece)), place)
    note(_with_system(template, registered, dated=dated), "around a system prompt")
    return tuple(found.values())


def doubled_bos(registered: ChatFormat) -> tuple[Finding, ...]:
    """Whether ``registered`` opens with more than one BOS: all that can be told without a template."""
    most = max(_leading(registered, registered.bos))
    if most < 2:
        return ()
    return (Finding("second BOS", f"writes BOS `{registered.bos}` {_times(most)}"),)


def _bos(template: ChatFormat, registered: ChatFormat) -> Iterator[Slip]:
    theirs, ours = template.bos, registered.bos
    if theirs and ours and theirs != ours:
        yield "other BOS", f"begins with BOS `{ours}`, the template with `{theirs}`"
        return
    bos = ours or theirs
    if bos is None:
        return
    wanted, counts = _leading(template, bos), _leading(registered, bos)
    if max(wanted) > 1 and max(counts) == 1:
        yield (
            "template doubles BOS",
            f"writes BOS `{bos}` once, as it should: the checkpoint's template writes it "
            f"{_times(max(wanted))}",
        )
        return
    # What is the BOS token may be a role marker as well, so the template decides how many there are.
    if any(count > most for count, most in zip(counts, wanted, strict=True)):
        many = max(counts)
        if max(wanted):
            yield (
                "second BOS",
                f"writes BOS `{bos}` {_times(many)}, the template {_times(max(wanted))}",
            )
        else:
            yield "extra BOS", f"begins with BOS `{bos}`, the template without"
    elif any(count < least for count, least in zip(counts, wanted, strict=True)):
        yield "missing BOS", f"leaves out BOS `{bos}`"
    elif theirs and not ours:
        yield "missing BOS", f"begins with `{bos}` and does not name it as its BOS"
    elif ours and not theirs:
        yield "extra BOS", f"names `{bos}` as its BOS, which the template does not write"


def _leading(chat: ChatFormat, bos: str | None) -> tuple[int, int, int]:
    """How often each opening begins with ``bos``; without a place for a system prompt the first counts."""
    openings = (chat.pre_query, chat.pre_query_bare, chat.pre_query_with_system or chat.pre_query)
    counts = [(len(one) - len(_without(one, bos))) // len(bos) if bos else 0 for one in openings]
    return counts[0], counts[1], counts[2]


def _without(text: str, *leading: str | None) -> str:
    """``text`` without what may stand at its beginning, however often."""
    for one in leading:
        while one and text.startswith(one):
            text = text[len(one) :]
    return text


def _openings(template: ChatFormat, registered: ChatFormat) -> tuple[_Opening, _Opening]:
    """Default system block and user header of both, without BOS, cut so that like stands beside like."""
    (whole, bare), (our_whole, our_bare) = (
        tuple(_without(text, registered.bos, template.bos) for text in texts)
        for texts in (
            (template.pre_query, template.pre_query_bare),
            (registered.pre_query, registered.pre_query_bare),
        )
    )
    told_apart = bare != whole, our_bare != our_whole
    if all(told_apart) and whole == our_whole:
        return ("", bare), ("", our_bare)
    if all(told_apart):
        return (whole.removesuffix(bare), bare), (our_whole.removesuffix(our_bare), our_bare)
    for header in (bare if told_apart[0] else "", our_bare if told_apart[1] else ""):
        if header and whole.endswith(header) and our_whole.endswith(header):
            return (
                (whole.removesuffix(header), header),
                (our_whole.removesuffix(header), header),
            )
    if told_apart[0] and ratio(our_whole, whole) <= ratio(our_whole, bare):
        return (whole.removesuffix(bare), bare), ("", our_whole)
    if told_apart[1] and ratio(whole, our_whole) <= ratio(whole, our_bare):
        return ("", whole), (our_whole.removesuffix(our_bare), our_bare)
    return ("", whole), ("", our_whole)


def _default_system(
    template: ChatFormat, registered: ChatFormat, blocks: tuple[str, str], *, dated: bool
) -> Iterator[Slip]:
    block, ours = blocks
    theirs = _in_one_line(template.default_system or block)
    words = _in_one_line(registered.default_system or ours)
    if block == ours:
        return
    if not ours:
        yield (
            "missing default system",
            f"leaves out the template's default system prompt `{theirs}`",
        )
    elif not block:
        yield (
            "extra default system",
            f"writes the default system prompt `{words}`, the template none",
        )
    elif dated:
        return
    elif block.split() == ours.split() or template.default_system == registered.default_system:
        for kind, sentence in slips(block, ours):
            yield kind, f"{sentence} in the default system block"
    else:
        yield (
            "other default system",
            f"writes the default system prompt `{words}`, the template `{theirs}`",
        )


def _with_system(template: ChatFormat, registered: ChatFormat, *, dated: bool) -> Iterator[Slip]:
    pair = [
        _without(one.pre_query_with_system, registered.bos, template.bos).partition(SYSTEM_SLOT)
        for one in (template, registered)
        if one.pre_query_with_system is not None
    ]
    if len(pair) < 2:
        return
    (before, _, after), (our_before, _, our_after) = pair
    yield from chain(() if dated else slips(before, our_before), slips(after, our_after))


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _in_one_line(text: str) -> str:
    return shorten(text.strip().replace("\n", "\\n"))
