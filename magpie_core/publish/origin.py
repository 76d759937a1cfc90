"""Where a data set comes from: models, settings, versions, what was turned down. Reads; writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from magpie_core.dataset.columns import column_folders, read_settings
from magpie_core.dataset.source import RunSource, Source
from magpie_core.publish.names import checkpoint_name
from magpie_core.publish.redact import redact
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import kind_of
from magpie_core.selection.store import FOLDER as SELECTIONS
from magpie_core.selection.store import FUNNEL

FILTERS = ("judges", "gates", "control", "dedup")
SIDES = {"instruction": "wrote the instructions", "response": "wrote the responses"}


@dataclass
class Model:
    """One checkpoint that took part."""

    checkpoint: str
    """As the run names it: it may be a path of this machine, see ``name``."""
    parts: list[str]
    """What it did."""
    backend: str = ""

    @property
    def name(self) -> str:
        """As others may read it."""
        return checkpoint_name(self.checkpoint)


@dataclass
class Origin:
    """How a data set came to be, as a card says it; all but ``Model.checkpoint`` may be read by others."""

    kind: str
    """``run``, ``import``, ``merge``; ``file`` of one that was not brought into a run."""
    models: list[Model] = field(default_factory=list)
    recipe: dict[str, Any] = field(default_factory=dict)
    sides: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Form, fingerprint and sampling of instructions and responses."""
    filters: dict[str, Any] = field(default_factory=dict)
    """Settings of what turns samples down, of gates and of steering."""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Settings of each set of columns, ``tags/quality``."""
    versions: dict[str, str] = field(default_factory=dict)
    key: str = ""
    files: list[str] = field(default_factory=list)
    """Names of the files or runs that were brought in."""
    accepted: int = 0
    failed: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Step and reason."""
    selection: dict[str, Any] = field(default_factory=dict)
    """What ``funnel.json`` says, where a selection is published."""

    @property
    def attempts(self) -> int:
        """Indexes that were sampled."""
        return self.accepted + self.failed + sum(self.rejected.values())


def read_origin(source: Source, selection: str | None = None) -> Origin:
    """Everything a source says of itself.

    Raises:
        RunFolderError: settings cannot be read.
    """
    folders = column_folders(source.place)
    steps = {name: _settings(folder) for name, folder in folders.items() if _holds_lines(folder)}
    origin = Origin("file", files=[source.path.name])
    if isinstance(source, RunSource):
        origin = _of_run(source.path)
    for name, settings in steps.items():
        _note_judges(origin.models, name, settings)
    origin.steps = {name: _shown(one) for name, one in steps.items()}
    if selection is not None:
        with suppress(OSError, ValueError):
            path = source.place / SELECTIONS / selection / FUNNEL
            origin.selection = redact(msgspec.json.decode(path.read_bytes()))
    return origin


def _of_run(path: Path) -> Origin:
    with RunFolder.open(path, write=False) as folder:
        said, settled = folder.manifest, folder.settled()
    origin = Origin(
        kind_of(said),
        key=str(said.get("key", "")),
        versions={str(k): str(redact(v)) for k, v in _table(said, "versions").items()},
        accepted=len(settled.accepted),
        failed=len(settled.failed),
    )
    for (step, _, reason), count in settled.reasons.items():
        origin.rejected[step, reason] += count
    for part in said.get("parts") or ():
        if isinstance(part, Mapping):
            origin.files.append(PurePosixPath(str(part.get("path", "?"))).name)
    for side, what in SIDES.items():
        if table := _table(said, side):
            _note_model(
                origin.models, str(table.get("checkpoint", "?")), what, table.get("backend")
            )
            shown = ("family", "form", "fingerprint", "weights")
            origin.sides[side] = redact(
                {**{one: table.get(one) for one in shown}, **_table(table, "sampling")}
            )
    origin.recipe = _recipe(said)
    origin.filters = {name: _shown(said[name]) for name in FILTERS if said.get(name)}
    return origin


def _recipe(said: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe, without where it was written to and what is empty; checkpoints by their names."""
    recipe = {name: table for name, table in _table(said, "recipe").items() if table}
    if "run" in recipe:
        checkpoint = _table(said, "instruction").get("checkpoint")
        run = {"checkpoint": checkpoint, **recipe["run"]} if checkpoint else dict(recipe["run"])
        run.pop("output", None)
        recipe["run"] = run
    shown: dict[str, Any] = _shown(recipe)
    return shown


def _holds_lines(folder: Path) -> bool:
    """Whether a record has its columns; a step that only failed has done nothing."""
    return any(part.stat().st_size for part in folder.glob("part-*.jsonl"))


def _settings(folder: Path) -> dict[str, Any]:
    settings = read_settings(folder).get("settings")
    return dict(settings) if isinstance(settings, Mapping) else {}


def _note_judges(models: list[Model], name: str, settings: Mapping[str, Any]) -> None:
    kind, _, own = name.partition("/")
    what = {"preferences": "rated responses", "turns": "wrote further turns"}.get(kind)
    for key, value in settings.items():
        if not isinstance(value, str) or not value:
            continue
        if key == "checkpoint" or key.endswith("_checkpoint"):
            backend = settings.get(key.removesuffix("checkpoint") + "backend")
            _note_model(models, value, what or f"judged ({own})", backend)
        elif key in ("embedder", "model") and kind == "neighbours":
            _note_model(models, value, f"compared ({own})", None)


def _note_model(models: list[Model], checkpoint: str, what: str, backend: object) -> None:
    for one in models:
        if one.checkpoint == checkpoint:
            if what not in one.parts:
                one.parts.append(what)
            return
    models.append(Model(checkpoint, [what], str(backend or "")))


def _shown(value: Any) -> Any:
    """Settings for strangers: redacted, and checkpoints by their names."""
    return redact(_named(value))


def _named(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {str(name): _named(one, str(name)) for name, one in value.items()}
    models = key in ("embedder", "model", "minus") or key.endswith("checkpoint")
    return checkpoint_name(value) if models and isinstance(value, str) and value else value


def _table(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of a run.toml; an edited one may hold anything."""
    found = said.get(name)
    return dict(found) if isinstance(found, Mapping) else {}
