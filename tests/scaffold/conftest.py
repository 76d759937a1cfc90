"""An environment with nothing in it but wheels: core's, and what a test builds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(folder: Path, into: Path) -> Path:
    """The wheel of the distribution in ``folder``, built without an environment of its own."""
    into = Path(tempfile.mkdtemp(dir=into))
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = into.glob("*.whl")
    return made


@dataclass
class Environment:
    """Wheels on a path of their own, third-party packages beside them; no other plugin of Magpie's."""

    site: Path
    third: Path
    home: Path

    def install(self, *wheels: Path) -> None:
        """As ``pip install --no-deps``."""
        for wheel in wheels:
            shutil.unpack_archive(wheel, self.site, "zip")

    def add(self, folder: Path) -> Path:
        """Build the wheel of the distribution in ``folder`` and install it."""
        wheel = build(folder, self.home)
        self.install(wheel)
        return wheel

    def run(self, *command: object, cwd: Path, code: int = 0, errors: bool = True) -> str:
        """Run ``python -S COMMAND``; what it printed, with ``errors`` what it wrote to stderr, too."""
        path = os.pathsep.join(map(str, (self.site, self.third)))
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.home), "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(
            [sys.executable, "-S", *map(str, command)],
            cwd=cwd,
            env={**variables, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + (done.stderr if errors else "")

    def magpie(self, *arguments: object, cwd: Path, errors: bool = True) -> str:
        """Run the command line of the installed core."""
        start = "import sys; from magpie_core.cli import main; main(sys.argv[1:])"
        return self.run("-c", start, *arguments, cwd=cwd, errors=errors)

    def pytest(self, folder: Path, code: int = 0) -> str:
        """Run the tests in ``folder`` as its author would."""
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder, code=code)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheels of core, of an engine and of the embedded model."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheels")
    for member in (".", "plugins/backend_transformers", "plugins/tiny"):
        build(ROOT / member, folder)
    return folder


@pytest.fixture(scope="session")
def third_party(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links to every installed package but Magpie's own, and without what ``.pth`` files would bring."""
    folder = tmp_path_factory.mktemp("third-party")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.lower().lstrip("_").startswith(("magpie", "editable")) and (
            path.suffix != ".pth"
        ):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def environment(tmp_path: Path, wheels: Path, third_party: Path) -> Environment:
    """Core's wheel alone."""
    site, home = tmp_path / "site", tmp_path / "home"
    site.mkdir()
    home.mkdir()
    made = Environment(site, third_party, home)
    made.install(*wheels.rglob("magpie_core-*.whl"))
    return made
