"""What a plugin may offer. Hooks register objects once; after that the core calls plain methods.

A plugin is any module named by an entry point of the group ``magpie``. It implements the hooks it has
something to offer for::

    from magpie_core import Family, hookimpl

    @hookimpl
    def magpie_register_families() -> list[Family]:
        return [GEMMA2]
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from magpie_core.backend import Backend
from magpie_core.checkpoint import Checkpoint, NamedModel
from magpie_core.embedded import Figure, Picker
from magpie_core.export.exporter import Exporter
from magpie_core.family import Family
from magpie_core.filters import Cleaner, Filter
from magpie_core.preference import Strategy
from magpie_core.runner import Runner
from magpie_core.sampling import FirstTokenRule
from magpie_core.tagger import Tagger

hookspec = pluggy.HookspecMarker("magpie")
hookimpl = pluggy.HookimplMarker("magpie")


@hookspec
def magpie_register_families() -> Iterable[Family]:
    """Families to offer under ``--family``. Called once, before any model loads."""
    return ()


@hookspec(firstresult=True)
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name the family of ``checkpoint``, or None when unsure: the first answer wins.

    Answer only from what is this family's alone (its template markers); names and model types are
    compared afterwards by the core, over the facts of all families.
    """
    return None


@hookspec
def magpie_register_logits_processors() -> Iterable[FirstTokenRule]:
    """Rules for the first token of an instruction, named by families and recipes. Called once."""
    return ()


@hookspec
def magpie_register_filters() -> Iterable[type[Filter] | type[Cleaner]]:
    """Filter and cleaner classes; the run makes one of each, with the recipe's options. Called once."""
    return ()


@hookspec
def magpie_register_taggers() -> Iterable[type[Tagger]]:
    """Tagger classes. Called once, by the commands that tag."""
    return ()


@hookspec
def magpie_register_pickers() -> Iterable[type[Picker]]:
    """Picker classes for ``select --diverse``. Called once; must not import numpy."""
    return ()


@hookspec
def magpie_register_figures() -> Iterable[type[Figure]]:
    """Figure classes for ``magpie diversity``. Called once; must not import numpy."""
    return ()


@hookspec
def magpie_register_strategies() -> Iterable[type[Strategy]]:
    """Strategy classes for ``prefer --strategy``: which two responses make a pair. Called once."""
    return ()


@hookspec
def magpie_register_backends() -> Iterable[type[Backend]]:
    """Backend classes to offer under ``--backend``. Called once; must not import the engine."""
    return ()


@hookspec
def magpie_register_exporters() -> Iterable[type[Exporter]]:
    """Output formats to offer under ``export --to``. Called once."""
    return ()


@hookspec
def magpie_register_models() -> Iterable[NamedModel]:
    """Short names for checkpoints, to offer under ``--checkpoint``. Called once."""
    return ()


@hookspec
def magpie_register_runners() -> Iterable[type[Runner]]:
    """Runner classes to offer under ``run --on``. Called once; must not import what they run on."""
    return ()
