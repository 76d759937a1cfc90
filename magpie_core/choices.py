"""A name that somebody typed: what it means among those there are, or the error that says what exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from magpie_core.errors import UnknownNameError
from magpie_core.known import install_hint, is_installed

MOST_LISTED = 8
"""Names an error lists where a command lists them all."""
T = TypeVar("T")


def pick(
    kind: str, name: str, offered: Mapping[str, T], aliases: Mapping[str, T] | None = None
) -> T:
    """The one called ``name``.

    Raises:
        UnknownNameError: with the nearest name, or how to install the plugin that offers it.
    """
    names = [*offered, *(aliases or {})]
    if name in offered:
        return offered[name]
    if aliases and name in aliases:
        return aliases[name]
    raise unknown(kind, name, names, listed=offered)


def unknown(
    kind: str,
    name: str,
    names: Iterable[str],
    *,
    listed: Iterable[str] | None = None,
    where: str | None = None,
) -> UnknownNameError:
    """The error for a name nobody offers: what exists, and the likeliest way out.

    Args:
        kind: what was asked for, as in "unknown KIND".
        name: what was typed.
        names: everything it could have meant.
        listed: what the message lists; all of ``names`` otherwise.
        where: the command that lists them all, so that of many the message names the nearest ones only.
    """
    names = list(names)
    every = list(listed if listed is not None else names)
    shown = ", ".join(every) or "none"
    if where and len(every) > MOST_LISTED:
        alike = difflib.get_close_matches(name.lower(), every, n=MOST_LISTED, cutoff=0.0)
        shown = f"{', '.join(alike)} and {len(every) - MOST_LISTED} more, see `{where}`"
    install = install_hint(kind, name.lower())
    near = [f"`{one}`" for one in nearest(name.lower(), names)]
    hint = f"did you mean {' or '.join(near)}?" if near else None
    if install and not is_installed(install):
        hint = f"pip install {install}"
    return UnknownNameError(f"unknown {kind} `{name}` (installed: {shown})", hint=hint)


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """The one of ``names`` most like ``name``, or up to three that are equally like it."""
    found = sorted(difflib.get_close_matches(name, set(names), n=3, cutoff=0.6))
    likeness = {one: difflib.SequenceMatcher(None, one, name).ratio() for one in found}
    return [one for one in found if likeness[one] == max(likeness.values())]
