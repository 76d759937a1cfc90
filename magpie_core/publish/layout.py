"""The folder that is pushed: card and shards, whole or not there, and used again while nothing changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.publish.card import Described, body
from magpie_core.publish.collect import Collected, Told, collect
from magpie_core.publish.licences import UNKNOWN, Licence, licence, licence_of
from magpie_core.publish.metadata import card_data
from magpie_core.publish.origin import Origin, read_origin
from magpie_core.publish.request import Request
from magpie_core.run.atomic import TEMPORARY, make_folder, storage_errors, write_atomic
from magpie_core.secrecy import struck

if TYPE_CHECKING:
    from magpie_core.checkpoint import NamedModel
    from magpie_core.export.exporter import Exporter

CARD = "README.md"
STATE = "layout.json"
FILES = "files"
_WATCHED = ("records", "rejects", "failures", "tags", "neighbours", "turns", "preferences")


class State(msgspec.Struct):
    """What ``layout.json`` beside the files says."""

    asked: str
    """Digest of what was asked for and of what the source held."""
    files: dict[str, tuple[int, str]]
    """Size in bytes and SHA-256 of each file."""
    rows: dict[str, dict[str, int]]
    without: dict[str, int] = {}
    unsplit: int = 0
    warnings: list[str] = []


@dataclass
class Layout:
    """A folder that can be pushed, or loaded with ``datasets``."""

    folder: Path
    files: dict[str, tuple[int, str]]
    """Path below it: size in bytes, SHA-256."""
    rows: dict[str, dict[str, int]]
    """Of each configuration: rows of each split."""
    without: dict[str, int] = field(default_factory=dict)
    unsplit: int = 0
    warnings: list[str] = field(default_factory=list)
    reused: bool = False
    """Whether it was there already, from a push that was interrupted."""

    @property
    def card(self) -> str:
        """The text of the card."""
        return (self.folder / CARD).read_text("utf-8")

    @property
    def bytes(self) -> int:
        """Size of everything."""
        return sum(size for size, _ in self.files.values())


def stage(
    source: Source,
    exporters: Mapping[str, Exporter],
    request: Request,
    place: Path,
    models: Mapping[str, NamedModel],
    *,
    online: bool = False,
    told: Told = lambda what, count, total: None,
) -> Layout:
    """The layout in ``place``, made anew unless it is there for the same request and the same data.

    Args:
        source: a run or a file.
        exporters: of each format, see ``collect``.
        request: what is published.
        place: a folder of our own; what is in it may be replaced.
        models: short names that are installed.
        online: ask the hub for model cards that are not here.
        told: called now and then.

    Raises:
        UsageError, PluginError: see ``collect``. StorageError: the disk refused.
    """
    asked = _asked(source, request, list(exporters))
    if (there := _read(place, asked)) is not None:
        return there
    make_folder(place)
    with storage_errors(place):
        shutil.rmtree(place / FILES, ignore_errors=True)
        (place / STATE).unlink(missing_ok=True)
        (place / FILES).mkdir()
        layout = _write(source, exporters, request, place / FILES, models, online, told)
        state = State(
            asked, layout.files, layout.rows, layout.without, layout.unsplit, layout.warnings
        )
        write_atomic(place / STATE, msgspec.json.format(msgspec.json.encode(state)))
    return layout


def write_to(target: Path, build: Callable[[Path], Layout]) -> Layout:
    """Build a layout beside ``target`` and put it there, whole.

    Raises:
        UsageError: ``target`` holds something. StorageError: the disk refused.
    """
    with storage_errors(target):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"`{target}` holds something", hint="choose an empty folder")
    work = target.with_name(f"{TEMPORARY}{target.name}")
    try:
        layout = build(work)
        with storage_errors(target):
            if target.exists():
                target.rmdir()
            layout.folder.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    layout.folder = target
    return layout


def _write(
    source: Source,
    exporters: Mapping[str, Exporter],
    request: Request,
    folder: Path,
    models: Mapping[str, NamedModel],
    online: bool,
    told: Told,
) -> Layout:
    done = collect(source, exporters, request, folder, told)
    origin = read_origin(source, request.selection)
    licences, warnings = _licences(origin, request, models, online)
    own = licence(request.licence) if request.licence else Licence(UNKNOWN)
    if own.id == UNKNOWN:
        warnings.append("the card names no licence of the data set: --license apache-2.0")
    pairs = len(done.patterns) > 1 or any("preference" in name for name in exporters)
    data = card_data(struck(request.title), done.summary, done.patterns, own, pairs=pairs)
    text = _text(request, done, origin, own, licences)
    write_atomic(folder / CARD, f"---\n{data.to_yaml()}\n---\n\n{struck(text)}".encode())
    files: dict[str, tuple[int, str]] = {}
    for path in (CARD, *done.files):
        told("hashing", len(files), len(done.files) + 1)
        files[path] = _size_and_hash(folder / path)
    return Layout(folder, files, done.rows, done.without, done.unsplit, warnings)


def _text(
    request: Request,
    done: Collected,
    origin: Origin,
    own: Licence,
    licences: Mapping[str, Licence],
) -> str:
    return body(
        Described(
            title=request.title,
            where=request.where,
            kinds=done.kinds,
            rows=done.rows,
            summary=done.summary,
            origin=origin,
            licence=own,
            licences=licences,
        )
    )


def _licences(
    origin: Origin, request: Request, models: Mapping[str, NamedModel], online: bool
) -> tuple[dict[str, Licence], list[str]]:
    """The licence of each checkpoint by its name, and what is to be said of those nobody knows."""
    found: dict[str, Licence] = {}
    warnings = []
    for one in origin.models:
        said = request.model_licences.get(one.name)
        found[one.name] = (
            licence(said) if said else licence_of(one.checkpoint, models, online=online)
        )
        if found[one.name].id == UNKNOWN:
            warnings.append(
                f"the licence of `{one.name}` is not known: --model-license {one.name}=ID, "
                "as its model card says"
            )
    return found, warnings


def _asked(source: Source, request: Request, formats: list[str]) -> str:
    """Digest of everything that decides the layout."""
    from importlib.metadata import version

    held: list[Any] = [source.identity]
    names = [*_WATCHED, f"selections/{request.selection}"]
    paths = [path for name in names for path in sorted((source.place / name).rglob("*"))]
    paths += sorted(request.splits.iterdir()) if request.splits else []
    for path in (*paths, source.path / "run.toml"):
        if path.is_file():
            held.append([path.name, path.stat().st_size, path.stat().st_mtime_ns])
    said = [version("magpie-core"), formats, request.said(), held]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _read(place: Path, asked: str) -> Layout | None:
    """The layout in ``place`` if it is the one asked for and every file is as it was written."""
    try:
        state = msgspec.json.decode((place / STATE).read_bytes(), type=State)
        if state.asked != asked:
            return None
        for path, (size, digest) in state.files.items():
            if _size_and_hash(place / FILES / path) != (size, digest):
                return None
    except (OSError, msgspec.DecodeError):
        return None
    return Layout(
        place / FILES,
        state.files,
        state.rows,
        state.without,
        state.unsplit,
        state.warnings,
        reused=True,
    )


def _size_and_hash(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
