"""A wheel built twice, from copies of different ages and permissions, is the same to the byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).parents[1]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "src", "magpie_core")
EPOCH = "1700000000"
"""2023-11-14; any time after 1980, where ZIP's begins."""


def build(source: Path, place: Path, *, age: int, mode: int) -> Path:
    """The wheel of a copy of ``source`` whose files are ``age`` seconds old."""
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(
                source / part, place / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif (source / part).exists():
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / part, place / part)
    for path in place.rglob("*"):
        if path.is_file():
            path.chmod(mode)
            os.utime(path, (age, age))
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=place,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    [wheel] = (place / "dist").glob("*.whl")
    return wheel


@pytest.mark.parametrize("member", [".", "adapters/yi", "filters/repetition", "plugins/tiny"])
def test_two_builds_are_one(member, tmp_path):
    first = build(ROOT / member, tmp_path / "one", age=1_000_000_000, mode=0o644)
    second = build(ROOT / member, tmp_path / "two/deeper", age=1_500_000_000, mode=0o600)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_the_core_brings_its_templates_and_its_types(tmp_path):
    wheel = build(ROOT, tmp_path / "core", age=1_000_000_000, mode=0o644)
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "magpie_core/py.typed" in names
    templates = ROOT / "magpie_core/scaffold/templates"
    for path in templates.rglob("*"):
        if path.is_file():
            assert str(path.relative_to(ROOT)) in names
    assert not [name for name in names if name.startswith(("tests/", "adapters/"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)
