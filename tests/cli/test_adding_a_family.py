"""docs/adding-a-family.md, walked through: its files and commands, on a model nobody has an adapter for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-family.md").read_text("utf-8")


@pytest.fixture
def place(parrot: Path) -> Path:
    """A folder with the checkpoint in it."""
    return parrot.parent


def run(folder: Path, *command: str) -> str:
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": os.pathsep.join([str(folder / "src"), str(folder / "installed")]),
    }
    environment.pop("COLUMNS", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(folder: Path, project: dict) -> None:
    """What ``pip install -e .`` leaves behind, without pip."""
    name, version = project["name"].replace("-", "_"), project["version"]
    info = folder / "installed" / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {version}\n")
    points = project["entry-points"]["magpie"].items()
    (info / "entry_points.txt").write_text(
        "[magpie]\n" + "\n".join(f"{k} = {v}" for k, v in points)
    )


@pytest.mark.slow
def test_the_walk(place: Path) -> None:
    magpie = ("-c", "import sys; from magpie_core.cli import main; main(sys.argv[1:])")
    written = run(place, *magpie, "new", "adapter", "parrot", "--from", "./parrot-2b-chat")
    assert written in PAGE
    adapter = place / "magpie-adapter-parrot"
    facts = (adapter / "src/magpie_adapter_parrot/parrot.py").read_text("utf-8")
    assert facts.replace(str(place), "…") in PAGE
    install(adapter, tomllib.loads((adapter / "pyproject.toml").read_text("utf-8"))["project"])

    assert run(adapter, *magpie, "families", "parrot").startswith(
        "parrot (magpie-adapter-parrot 0.1.0)"
    )
    passed = run(adapter, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert "19 passed" in passed
    assert "Nineteen checks" in PAGE
    run(
        adapter,
        *magpie,
        *["run", "--family", "parrot", "--backend", "fake", "-n", "10", "-o", "runs/fake"],
    )
    assert "10 of 10 records, complete" in run(adapter, *magpie, "status", "runs/fake")


def test_every_command_of_the_walk_exists(magpie) -> None:
    commands = set(re.findall(r"^magpie (\w+)", PAGE, re.MULTILINE))
    assert commands >= {"probe", "new", "families", "run", "show"}
    for command in commands:
        assert magpie(command, "--help").code == 0
