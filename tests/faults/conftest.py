"""Disks of a few hundred kilobytes, and runs that are made again and again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


class Disk:
    """A file system of its own in memory, that can be made larger or read-only while it is used."""

    def __init__(self, path: Path, kibibytes: int) -> None:
        self.path = path
        path.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={kibibytes}k", "magpie-test")

    def remount(self, options: str) -> None:
        self._mount("-o", f"remount,{options}")

    def unmount(self) -> None:
        subprocess.run(["umount", self.path], check=True, capture_output=True)

    def _mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, self.path], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Disk]]:
    """Makes small disks; skips where nobody may mount."""
    made: list[Disk] = []

    def make(kibibytes: int) -> Disk:
        try:
            made.append(Disk(tmp_path / f"disk-{len(made)}", kibibytes))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no file system may be mounted here: {error}")
        return made[-1]

    yield make
    for one in made:
        one.unmount()


@pytest.fixture
def fake(checkpoint: str) -> list[Any]:
    """Options of a run that no model is needed for."""
    return ["--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0", "--seed", "5"]
