"""What a plugin offers, made with the options a recipe has for it. Knows no plugin and no recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from magpie_core.choices import unknown
from magpie_core.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)


def configured(role: str, name: str, kind: type[T], options: Mapping[str, Any]) -> T:
    """A ``kind`` with ``options``.

    Args:
        role: what it is, as the recipe's section ``[ROLES.NAME]`` says: ``filter``, ``strategy``.
        name: its name.
        kind: a struct, whose fields are the options.
        options: by field.

    Raises:
        SettingsError: they do not fit.
    """
    try:
        return msgspec.convert(dict(options), kind)
    except msgspec.ValidationError as error:
        known = [one.name for one in msgspec.structs.fields(kind)]
        wrong = next((option for option in options if option not in known), None)
        plural = f"{role.removesuffix('y')}ies" if role.endswith("y") else f"{role}s"
        near = unknown("option", wrong, known).hint if wrong else None
        raise SettingsError(
            f"{role} `{name}`: {error} (options: {', '.join(known) or 'none'})",
            hint=near or f"correct [{plural}.{name}] in the recipe",
        ) from error
