"""Which split a record belongs to: as ``magpie split`` wrote it into files."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from magpie_core.dataset.source import SUFFIXES, open_source
from magpie_core.errors import UsageError

NAMES = ("train", "validation", "test")
Part = Callable[[str], str | None]
"""The split of the record of that id; None for one that is in no file."""


def part_reader(folder: Path | None) -> Part:
    """Tells the split of an id by the files in ``folder``; without a folder everything is ``train``.

    Raises:
        UsageError: there are no such files, or their rows have other ids.
    """
    if folder is None:
        return lambda id: "train"
    files = split_files(folder)
    where: dict[str, str] = {}
    for name, path in files.items():
        with open_source(path) as source:
            for record in source.records():
                where[record.id] = name
    return where.get


def split_files(folder: Path) -> dict[str, Path]:
    """The files of ``magpie split`` in ``folder``, by the name of the split.

    Raises:
        UsageError: there are none.
    """
    found: dict[str, Path] = {}
    for name in NAMES:
        for path in (folder / f"{name}{suffix}" for suffix in SUFFIXES):
            if path.is_file():
                found.setdefault(name, path)
    if not found:
        raise UsageError(
            f"no train, validation or test file in `{folder}`",
            hint=f"magpie split RUN --test 0.05 --out {shlex.quote(str(folder))}",
        )
    return found
