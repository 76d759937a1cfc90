"""What every decision about a recipe looks at, put together once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from magpie_core.dataset.source import Source
from magpie_core.plugins import Plugins
from magpie_core.training.presets import Preset
from magpie_core.training.records import Records
from magpie_core.training.request import Request


@dataclass(frozen=True)
class Scene:
    """A request, and what it is answered from."""

    request: Request
    plugins: Plugins
    source: Source | None
    """None where a preset's own data, on the hub, are trained on."""
    records: Records | None
    """Those of ``source``."""
    preset: Preset | None
    folder: Path
    """Where the recipe is written."""
    notes: list[str] = field(default_factory=list)
    """A line is added wherever something was decided for the user."""
