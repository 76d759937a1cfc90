"""Build the plugin manager, load entry points, and pick things by the names users type.

A plugin that breaks never takes the others down: it is named, with the way to switch it off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from magpie_core import hookspecs
from magpie_core.backend import Backend
from magpie_core.checkpoint import Checkpoint, NamedModel
from magpie_core.embedded import Figure, Picker
from magpie_core.errors import PluginError
from magpie_core.export.exporter import Exporter
from magpie_core.family import Family, guess_by_facts
from magpie_core.filters import Cleaner, Filter
from magpie_core.names import find_family
from magpie_core.no_family import DISABLE, no_family
from magpie_core.offers import check_usable, listed, reason_of
from magpie_core.preference import Strategy
from magpie_core.runner import Runner
from magpie_core.sampling import FirstTokenRule
from magpie_core.tagger import Tagger

GROUP = "magpie"
T = TypeVar("T")


@dataclass(frozen=True)
class PluginInfo:
    """One plugin as ``magpie plugins`` shows it."""

    name: str
    """Entry-point name: the distribution's name without ``magpie-``. Where another plugin has that name
    already, the distribution's: ``MAGPIE_DISABLE`` takes either, and this one is nobody else's."""
    distribution: str
    version: str
    state: str
    """``loaded``, ``disabled`` or ``broken``."""
    problem: str | None = None


@dataclass(repr=False)  # it would print every fact of every family
class Plugins:
    """Everything the loaded plugins offer, by kind and name."""

    manager: pluggy.PluginManager
    infos: list[PluginInfo] = field(default_factory=list)
    _offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each hook returned, by hook: hooks are called once."""
    _origins: dict[tuple[str, str], str] = field(default_factory=dict)
    """Which plugin offers a name: hook and name, to entry-point name."""

    @property
    def broken(self) -> list[PluginInfo]:
        """Plugins that could not be loaded or used."""
        return [info for info in self.infos if info.state == "broken"]

    def families(self) -> dict[str, Family]:
        """Families by name; aliases are not in here."""
        return self._named("magpie_register_families", Family)

    def backends(self) -> dict[str, type[Backend]]:
        """Backend classes by name."""
        return self._classes("magpie_register_backends", (Backend,))

    def filters(self) -> dict[str, type[Filter]]:
        """Filter classes by name."""
        both = self._classes("magpie_register_filters", (Filter, Cleaner))
        return {name: one for name, one in both.items() if issubclass(one, Filter)}

    def cleaners(self) -> dict[str, type[Cleaner]]:
        """Cleaner classes by name."""
        both = self._classes("magpie_register_filters", (Filter, Cleaner))
        return {name: one for name, one in both.items() if issubclass(one, Cleaner)}

    def taggers(self) -> dict[str, type[Tagger]]:
        """Tagger classes by name."""
        return self._classes("magpie_register_taggers", (Tagger,))

    def pickers(self) -> dict[str, type[Picker]]:
        """Picker classes by name."""
        return self._classes("magpie_register_pickers", (Picker,))

    def figures(self) -> dict[str, type[Figure]]:
        """Figure classes by name."""
        return self._classes("magpie_register_figures", (Figure,))

    def strategies(self) -> dict[str, type[Strategy]]:
        """Strategy classes by name."""
        return self._classes("magpie_register_strategies", (Strategy,))

    def runners(self) -> dict[str, type[Runner]]:
        """Runner classes by name."""
        return self._classes("magpie_register_runners", (Runner,))

    def exporters(self) -> dict[str, type[Exporter]]:
        """Exporter classes by name."""
        return self._classes("magpie_register_exporters", (Exporter,))

    def models(self) -> dict[str, NamedModel]:
        """Short checkpoint names."""
        return self._named("magpie_register_models", NamedModel)

    def first_token_rules(self) -> dict[str, FirstTokenRule]:
        """Rules for an instruction's first token, by name."""
        return self._named("magpie_register_logits_processors", FirstTokenRule)

    def family(self, name: str) -> Family:
        """The family called ``name``, that has it as an alias, or that lists it as a checkpoint.

        Raises:
            UnknownNameError: no installed adapter offers it.
        """
        families = self.families()
        found = find_family(name, families.values())
        if found is not None:
            return found
        off = {info.distribution: info.name for info in self.infos if info.state == "disabled"}
        raise no_family(name, families, off)

    def offers_family(self, name: str) -> PluginInfo:
        """The plugin that offers the family called ``name``, which must be one of ``families()``."""
        return self._info(self._origins["magpie_register_families", name])

    def _info(self, plugin: str) -> PluginInfo:
        """The plugin of that entry-point name."""
        return next(info for info in self.infos if info.name == plugin)

    def guess_family(self, checkpoint: Checkpoint) -> Family | None:
        """The family ``checkpoint`` belongs to, or None: hooks first, then the facts of all families."""
        families = self.families()
        try:
            answer = self.manager.hook.magpie_guess_family(checkpoint=checkpoint)
        except Exception:  # a broken guess must not stop a run: facts decide instead
            answer = None
        if answer not in families:
            answer = guess_by_facts(checkpoint, families.values())
        return families.get(answer) if answer else None

    def collect_all(self) -> None:
        """Call every hook that registers, so that ``broken`` names all plugins that break in one."""
        self.families(), self.backends(), self.filters(), self.taggers()
        self.pickers(), self.figures(), self.strategies(), self.exporters(), self.models()
        self.first_token_rules(), self.runners()

    def _named(self, hook: str, kind: type[T]) -> dict[str, T]:
        return self._collect(hook, lambda one: isinstance(one, kind), kind.__name__)

    def _classes(self, hook: str, kinds: tuple[type, ...]) -> dict[str, Any]:
        wanted = " or ".join(f"type[{kind.__name__}]" for kind in kinds)
        return self._collect(
            hook, lambda one: isinstance(one, type) and issubclass(one, kinds), wanted
        )

    def _collect(self, hook: str, fits: Callable[[Any], bool], wanted: str) -> dict[str, Any]:
        """Call ``hook`` plugin by plugin, so that what breaks can be named."""
        if hook in self._offers:
            return self._offers[hook]
        found: dict[str, Any] = {}
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            plugin = implementation.plugin_name
            try:
                offered = listed(implementation.function(), hook, wanted)
                for one in offered:
                    if not fits(one) or not isinstance(getattr(one, "name", None), str):
                        raise PluginError(f"{hook} returned `{one!r}`, not {wanted} with a name")
                    check_usable(one, hook)
                    if one.name in found:
                        other = self._info(self._origins[hook, one.name])
                        raise PluginError(
                            f"{hook} offers `{one.name}`, which `{other.name}` of {other.distribution} "
                            "offers too"
                        )
                names = [one.name for one in offered]
                if twice := [name for name in names if names.count(name) > 1]:
                    raise PluginError(f"{hook} offers `{twice[0]}` twice")
            except PluginError as error:
                self._mark_broken(plugin, reason_of(error))
                continue
            except (Exception, SystemExit) as error:
                self._mark_broken(plugin, f"{hook} raised {reason_of(error)}")
                continue
            found.update({one.name: one for one in offered})
            self._origins.update({(hook, one.name): plugin for one in offered})
        self._offers[hook] = dict(sorted(found.items()))
        return self._offers[hook]

    def _mark_broken(self, plugin: str, problem: str) -> None:
        for position, info in enumerate(self.infos):
            if info.name == plugin and info.state != "broken":
                self.infos[position] = replace(info, state="broken", problem=problem)


def load_plugins(extra: Mapping[str, object] | None = None) -> Plugins:
    """Build a fresh manager with the built-ins and every installed plugin that is not switched off.

    ``MAGPIE_DISABLE`` holds entry-point names, separated by commas.

    Args:
        extra: plugins of the caller's own, by name: modules, or objects whose attributes are hooks. They
            come before the installed ones and need no distribution.
    """
    from magpie_core.builtin import BUILTINS

    manager = pluggy.PluginManager("magpie")
    manager.add_hookspecs(hookspecs)
    plugins = Plugins(manager)
    for name, module in BUILTINS.items():
        manager.register(module, name=name)
        plugins.infos.append(PluginInfo(name, "magpie-core", _core_version(), "loaded"))
    for name, plugin in (extra or {}).items():
        manager.register(plugin, name=name)
        plugins.infos.append(PluginInfo(name, "none", "?", "loaded"))
    manager.check_pending()
    disabled = {name.strip() for name in os.environ.get(DISABLE, "").split(",") if name.strip()}
    for point in sorted(entry_points(group=GROUP), key=lambda one: (one.name, _distribution(one))):
        plugins.infos.append(_load(plugins, point, disabled))
    plugins.collect_all()
    return plugins


def _load(plugins: Plugins, point: EntryPoint, disabled: set[str]) -> PluginInfo:
    manager, name, distribution = plugins.manager, point.name, _distribution(point)
    version = point.dist.version if point.dist else "?"
    if {name, distribution} & disabled:
        return PluginInfo(name, distribution, version, "disabled")
    if manager.has_plugin(name):  # its namesake stays as it is, be it our own
        other = next(info.distribution for info in plugins.infos if info.name == name)
        problem = f"PluginError: its entry point is called `{name}`, as one of {other} is"
        return PluginInfo(distribution, distribution, version, "broken", problem)
    try:
        with redirect_stdout(sys.stderr):  # what a module prints is no part of any command's answer
            module = point.load()
        manager.register(module, name=name)
        manager.check_pending()
    except (Exception, SystemExit) as error:  # whatever a stranger's module raises, others go on
        if manager.has_plugin(name):
            manager.unregister(name=name)
        return PluginInfo(name, distribution, version, "broken", reason_of(error))
    return PluginInfo(name, distribution, version, "loaded")


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "unknown"


def _core_version() -> str:
    from magpie_core import __version__

    return __version__
