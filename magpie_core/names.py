"""What people mean by a family's name: spelling does not count, and a checkpoint's name is one too.

Knows no family by name. ``--family mixtral`` and ``--family qwen2.5-7b-instruct`` name a checkpoint among
those a family lists, so that checkpoint is what they open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from magpie_core.family import Family


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
    """The checkpoint that ``typed`` names or begins, as ``mixtral`` does; else the family's default.

    A family's own name is its default checkpoint's, whatever it begins.
    """
    wanted = fold(typed)
    if wanted == fold(family.name):
        return family.default_checkpoint
    for one in dict.fromkeys((family.default_checkpoint, *family.checkpoints)):
        if wanted == fold(one) or fold(one.rpartition("/")[2]).startswith(wanted):
            return one
    return family.default_checkpoint


def looks_like_checkpoint(typed: str) -> bool:
    """Whether ``typed`` has a maker, or a size as checkpoints have it (``7B``, ``8x22b``, ``270m``)."""
    return bool(
        re.fullmatch(r"[^/\s]+/[^/\s]+", typed) or re.search(r"\d[bm](?![a-z\d])", typed, re.I)
    )


def families_that_fit(checkpoint: str, families: Iterable[Family]) -> list[Family]:
    """Families whose pattern fits the name of ``checkpoint``, which none of them lists."""
    return [f for f in families if f.name_pattern and re.search(f.name_pattern, checkpoint, re.I)]


def _own_names(family: Family) -> tuple[str, ...]:
    return (family.name, *family.aliases)


def _checkpoint_names(family: Family) -> list[str]:
    known = (family.default_checkpoint, *family.checkpoints)
    return [name for one in known for name in (one, one.rpartition("/")[2])]
