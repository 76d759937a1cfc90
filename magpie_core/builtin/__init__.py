"""Plugins that come with the core. They register through the same hooks as a stranger's."""

from types import ModuleType

from magpie_core.builtin import chatml, exporters, fake, filters, strategies

BUILTINS: dict[str, ModuleType] = {
    "core-chatml": chatml,
    "core-exporters": exporters,
    "core-fake": fake,
    "core-filters": filters,
    "core-strategies": strategies,
}
