"""Make the cleaners and filters a run uses, with the recipe's options or as a stored run had them."""

from __future__ import annotations

from typing import Any

from magpie_core.choices import unknown
from magpie_core.configured import configured
from magpie_core.family import Family
from magpie_core.plugins import Plugins
from magpie_core.run.recipe import Recipe
from magpie_core.run.stored import Stored
from magpie_core.steps.judging import Judges


def make_judges(
    recipe: Recipe, family: Family | None, plugins: Plugins, stored: Stored | None = None
) -> Judges:
    """One of each cleaner and filter in force.

    Raises:
        UnknownNameError: the recipe, the family or the stored run names one that is not installed.
        SettingsError: options that do not fit.
    """
    cleaners, filters = plugins.cleaners(), plugins.filters()
    every: dict[str, Any] = {**cleaners, **filters}
    needed = family.cleaners if family else ()
    if stored is not None:
        wanted = {name: dict(options) for name, options in stored.judges.items()}
        in_force = set(wanted)
    else:
        wanted = {name: dict(options) for name, options in recipe.filters.items()}
        in_force = {
            name
            for name, kind in every.items()
            if wanted.get(name, {}).pop("enabled", kind.default or name in needed or name in wanted)
        }
    for name in (*wanted, *(needed if stored is None else ())):
        if name not in every:
            raise unknown("filter", name, every)

    def made(kind: Any) -> Any:
        return configured("filter", kind.name, kind, wanted.get(kind.name, {}))

    return Judges(
        tuple(made(one) for name, one in cleaners.items() if name in in_force),
        tuple(made(one) for name, one in filters.items() if name in in_force),
    )
