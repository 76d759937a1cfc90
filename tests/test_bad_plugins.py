"""Plugins that are bad in one way each, installed for real, in a process of their own: one line, and on it goes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

GOOD = """
    from magpie_core import Filter, hookimpl

    class GoodFilter(Filter):
        name = "good"

        def reject(self, draft):
            return None

    @hookimpl
    def magpie_register_filters():
        return [GoodFilter]
"""
BAD = {
    "raises": ("raise RuntimeError('no such\\nlibrary')", "RuntimeError: no such"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "missing": ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    "syntax": ("def broken(:", "SyntaxError"),
    "misspelt": (
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_filers():
            return []
        """,
        "magpie_register_filers",
    ),
    "type": (
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_filters():
            return ["not a filter"]
        """,
        "magpie_register_filters returned `'not a filter'`, not type[Filter] or type[Cleaner] with a name",
    ),
    "nothing": (
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_families():
            return None
        """,
        "magpie_register_families returned `None`, not a list of Family",
    ),
    "itself": (
        GOOD.replace('"good"', '"mine"').replace("[GoodFilter]", "[GoodFilter, GoodFilter]"),
        "magpie_register_filters offers `mine` twice",
    ),
    "twice": (
        GOOD.replace('"good"', '"length"'),
        "magpie_register_filters offers `length`, which `core-filters` of magpie-core offers too",
    ),
}


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Site:
    """A folder on the path of a child process, with distributions in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, code: str) -> None:
        module = f"magpie_bad_{name}"
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code))
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: magpie-bad-{name}\nVersion: 1.2\n"
        )
        (info / "entry_points.txt").write_text(f"[magpie]\nbad-{name} = {module}\n")

    def magpie(self, *arguments: str, **variables: str) -> Said:
        start = "import sys; from magpie_core.cli import main; main(sys.argv[1:])"
        done = subprocess.run(
            [sys.executable, "-c", start, *arguments],
            env={**os.environ, "PYTHONPATH": str(self.folder), "HF_HUB_OFFLINE": "1", **variables},
            capture_output=True,
            text=True,
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path / "site")
    made.folder.mkdir()
    made.install("good", GOOD)
    return made


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plugin_is_one_line_and_the_others_go_on(name: str, site: Site) -> None:
    code, problem = BAD[name]
    site.install(name, code)
    said = site.magpie("families", "chatml")
    assert said.code == 0
    assert said.out.startswith("chatml")
    [line] = said.err.splitlines()
    assert line.startswith(f"warning: plugin `bad-{name}` of magpie-bad-{name} 1.2 is broken")
    assert problem in line
    assert line.endswith(f"(switch it off: MAGPIE_DISABLE=bad-{name})")


def test_all_of_them_at_once(site: Site, tmp_path: Path, checkpoint: str) -> None:
    """A run is made as if none were there; the plugin beside them is used."""
    for name, (code, _) in BAD.items():
        site.install(name, code)
    run = str(tmp_path / "run")
    made = site.magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-n", "3", "-o", run)
    assert made.code == 0, made.err
    assert made.err.count("warning: plugin") == len(BAD)
    listed = site.magpie("plugins").out
    assert listed.count("switch it off:") == len(BAD)
    assert "loaded    bad-good" in listed
    for name in BAD:
        assert f"broken    bad-{name}" in listed
    assert "good" in listed.partition("\nfilters ")[2].partition("\n")[0]

    off = site.magpie("status", run, MAGPIE_DISABLE=",".join(f"bad-{name}" for name in BAD))
    assert off.code == 0
    assert "3 of 3 records, complete" in off.out
    assert "warning" not in off.err
