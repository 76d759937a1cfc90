"""The error for a family that nobody offers: its adapter is missing, it is a checkpoint's name, or a slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from magpie_core.choices import unknown
from magpie_core.errors import UnknownNameError
from magpie_core.family import Family
from magpie_core.known import install_hint, is_installed
from magpie_core.names import checkpoints_like, families_that_fit, looks_like_checkpoint

DISABLE = "MAGPIE_DISABLE"
"""Variable of the environment: plugins that are left out, separated by commas."""


def no_family(
    name: str, families: Mapping[str, Family], off: Mapping[str, str]
) -> UnknownNameError:
    """The error for ``name``, with the likeliest way out.

    Args:
        name: what was typed.
        families: those that are offered, by name.
        off: plugins that are switched off: entry-point name by distribution.
    """
    aliases = [alias for one in families.values() for alias in one.aliases]
    error = unknown("family", name, [*families, *aliases], listed=families, where="magpie families")
    install = install_hint("family", name.rpartition("/")[2].lower())
    if install and install in off:
        error.hint = f"`{install}` is switched off: take {off[install]} out of {DISABLE}"
    elif install and not is_installed(install):
        error.hint = f"pip install {install}"
    elif looks_like_checkpoint(name):
        return _names_a_checkpoint(name, families.values())
    elif error.hint:
        error.hint += " Or --checkpoint NAME alone, which works without an adapter"
    error.hint = error.hint or "magpie families   # the names, and what else could be installed"
    return error


def _names_a_checkpoint(name: str, families: Iterable[Family]) -> UnknownNameError:
    """The error for a checkpoint given as a family: what to write after ``--checkpoint``."""
    families = list(families)
    alike = [] if "/" in name else checkpoints_like(name, families)
    fitting = [family for family, _ in alike] or families_that_fit(name, families)
    of = f" of {fitting[0].name}" if fitting else ""
    if "/" in name:
        hint = f"--checkpoint {name}   # its family is guessed, its chat format derived"
    elif alike:
        hint = f"--checkpoint {alike[0][1]}"
    elif fitting:
        one, *others = dict.fromkeys((fitting[0].default_checkpoint, *fitting[0].checkpoints))
        also = f", as are {', '.join(others)}" if others else ""
        hint = f"--checkpoint {one}   # listed by {fitting[0].name}{also}"
    else:
        hint = f"--checkpoint MAKER/{name}   # a hub id or a folder; its family is guessed"
    return UnknownNameError(
        f"unknown family `{name}`: it looks like the name of a checkpoint{of}", hint=hint
    )
