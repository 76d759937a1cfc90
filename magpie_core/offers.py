"""What a plugin's hook returned: a list of things that can be used, or the reason why not, on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pluggy

from magpie_core import hookspecs
from magpie_core.choices import nearest
from magpie_core.errors import PluginError
from magpie_core.family import Family

MOST_OF_A_REASON = 300
"""Characters kept of what a plugin says when it breaks: it is printed on one line by every command."""


def listed(offered: object, hook: str, wanted: str) -> list[Any]:
    """What a hook returned, as a list.

    Raises:
        PluginError: it is one thing, or nothing, in place of a list of them.
    """
    if isinstance(offered, Iterable) and not isinstance(offered, str | Mapping):
        return list(offered)
    raise PluginError(f"{hook} returned `{offered!r}`, not a list of {wanted}")


def check_usable(one: Any, hook: str) -> None:
    """Refuse now what would fail when it is used, in the midst of somebody's work.

    Args:
        one: what is offered; its ``name`` is text.
        hook: the hook that returned it, for the message.

    Raises:
        PluginError: nobody can type its name, a method is missing, its options cannot be read, or a family's
            facts are not of their types.
    """
    if not _can_be_typed(one.name):
        raise PluginError(
            f"{hook} offers the name {one.name!r}, which nobody can type: it is one word"
        )
    if isinstance(one, type):
        _check_class(one, hook)
    elif isinstance(one, Family):
        _check_family(one)


def _check_class(kind: type, hook: str) -> None:
    """Refuse a class that lacks a method, or whose options cannot be read."""
    methods = (name for name in dir(kind) if not name.startswith("_"))
    for name in methods:
        if getattr(getattr(kind, name, None), "__isabstractmethod__", False):
            raise PluginError(f"{hook} offers `{kind.__name__}`, which has no method `{name}`")
    if issubclass(kind, msgspec.Struct):
        try:
            msgspec.json.Decoder(kind)
        except Exception as error:
            raise PluginError(f"the options of `{kind.__name__}`: {reason_of(error)}") from error


def _check_family(family: Family) -> None:
    """Refuse facts of a wrong type, which msgspec lets through where a struct is made in code."""
    try:
        msgspec.convert(msgspec.to_builtins(family), Family)
        re.compile(family.name_pattern or "")
    except (msgspec.ValidationError, TypeError) as error:
        raise PluginError(f"the facts of `{family.name}`: {error}") from error
    except re.error as error:
        raise PluginError(
            f"the name_pattern {family.name_pattern!r} of `{family.name}`: {error}"
        ) from error


def _can_be_typed(name: str) -> bool:
    """Whether ``name`` is one word of characters that show."""
    return bool(name) and name.isprintable() and not any(map(str.isspace, name))


def reason_of(error: BaseException) -> str:
    """What broke, on one line of bounded length."""
    lines = str(error).strip().splitlines() or [""]
    text = lines[0]
    if isinstance(error, pluggy.PluginValidationError):
        text = _misregistered(lines)
    whole = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return whole if len(whole) <= MOST_OF_A_REASON else f"{whole[: MOST_OF_A_REASON - 1]}…"


def _misregistered(lines: list[str]) -> str:
    """What pluggy says of a hook that nobody asks for, or asks for with other arguments."""
    if misspelt := re.match(r"unknown hook '(\w+)'", lines[0]):
        hooks = [name for name in vars(hookspecs) if name.startswith("magpie_")]
        near = [f"`{one}`" for one in nearest(misspelt[1], hooks)]
        return misspelt[0] + (f", did you mean {' or '.join(near)}?" if near else "")
    return ": ".join(dict.fromkeys((lines[0], lines[-1])))  # the last one has the arguments
