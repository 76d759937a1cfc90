"""What people mean by a family's name: spelling does not count, and a checkpoint's name is one too.

Knows no family by name. ``--family mixtral`` and ``--family qwen2.5-7b-instruct`` name a checkpoint among
those a family lists, so that checkpoint is what they open. A name that fits none opens the family's default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from magpie_core.family import Family

TUNING = frozenset({"instruct", "chat", "it", "hf"})
"""Words of a checkpoint's name that say how it was tuned or stored, not which model it is."""


def fold(name: str) -> str:
    """``name`` without case, spaces, ``-`` and ``_``: ``Llama 3.1`` and ``llama_3.1`` are one."""
    return re.sub(r"[\s_-]+", "", name).lower()


def find_family(typed: str, families: Iterable[Family]) -> Family | None:
    """The family that ``typed`` names: its name, an alias, or one of its checkpoints."""
    families = list(families)
    wanted = fold(typed)
    for names in (_own_names, _checkpoint_names):
        for family in families:
            if wanted in map(fold, names(family)):
                return family
    return None


def checkpoint_of(family: Family, typed: str) -> str:
    """The checkpoint that ``typed`` names, else the family's default.

    A family's own name is its default checkpoint's. Otherwise the first that fits, of: a whole name; a
    name but for its ``TUNING``; a name of which ``typed`` is some of the words (``mixtral``,
    ``ministral-8b``), where the default goes first. Half a word is none: ``small-3`` is not ``small-3.1``.
    """
    if fold(typed) == fold(family.name):
        return family.default_checkpoint
    known = list(dict.fromkeys((family.default_checkpoint, *family.checkpoints)))
    for fits in (_is_name, _is_model, _is_some_of):
        for one in known:
            if fits(typed, one):
                return one
    return family.default_checkpoint


def checkpoints_like(typed: str, families: Iterable[Family]) -> list[tuple[Family, str]]:
    """Listed checkpoints that ``typed`` names, or some words of, each with its family; the nearest first."""
    found = [
        (family, one)
        for family in families
        for one in dict.fromkeys((family.default_checkpoint, *family.checkpoints))
        if _is_name(typed, one) or _is_some_of(typed, one)
    ]
    return sorted(found, key=lambda pair: len(_words(pair[1])))


def looks_like_checkpoint(typed: str) -> bool:
    """Whether ``typed`` has a maker, or a size as checkpoints have it (``7B``, ``8x22b``, ``270m``)."""
    return bool(
        re.fullmatch(r"[^/\s]+/[^/\s]+", typed) or re.search(r"\d[bm](?![a-z\d])", typed, re.I)
    )


def families_that_fit(checkpoint: str, families: Iterable[Family]) -> list[Family]:
    """Families whose pattern fits the name of ``checkpoint``, which none of them lists."""
    return [f for f in families if f.name_pattern and re.search(f.name_pattern, checkpoint, re.I)]


def _is_name(typed: str, checkpoint: str) -> bool:
    return fold(typed) in (fold(checkpoint), fold(_tail(checkpoint)))


def _is_model(typed: str, checkpoint: str) -> bool:
    named, wanted = (
        [word for word in _words(one) if word not in TUNING] for one in (checkpoint, typed)
    )
    return "".join(named) == "".join(wanted)


def _is_some_of(typed: str, checkpoint: str) -> bool:
    """Whether ``typed`` is made of whole words of the checkpoint's name, in their order."""
    some = "".join(f"(?:{re.escape(word)})?" for word in _words(checkpoint))
    return re.fullmatch(some, "".join(_words(typed))) is not None


def _words(name: str) -> list[str]:
    """Words of a name without its maker; dots do not count: ``V3.2`` and ``v32`` are one."""
    return [word for word in re.split(r"[\s_-]+", _tail(name).replace(".", "").lower()) if word]


def _tail(checkpoint: str) -> str:
    return checkpoint.rpartition("/")[2]


def _own_names(family: Family) -> tuple[str, ...]:
    return (family.name, *family.aliases)


def _checkpoint_names(family: Family) -> list[str]:
    known = (family.default_checkpoint, *family.checkpoints)
    return [name for one in known for name in (one, _tail(one))]
