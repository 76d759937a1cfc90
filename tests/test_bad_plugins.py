"""Plugins that are bad in one way each, installed for real, in a process of their own: one line, and on it goes."""

from __future__ import annotations

import json
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
FAMILY = """
        from magpie_core import Family, hookimpl

        @hookimpl
        def magpie_register_families():
            return [
                Family(
                    name="odd", title="Odd", pre_query="a", pre_query_with_system="{system}a", user_end="b",
                    user_to_assistant="b", turn_append="c", pre_query_ids=(1,), stop_tokens=STOPS,
                    stop_token_ids=(1,), default_checkpoint="x/y", name_pattern="PATTERN", source="none",
                )
            ]
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
        "unknown hook 'magpie_register_filers', did you mean `magpie_register_filters`?",
    ),
    "arguments": (
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_filters(config):
            return []
        """,
        "Argument(s) {'config'} are declared",
    ),
    "hook": (
        """
        from magpie_core import hookimpl

        @hookimpl
        def magpie_register_filters():
            raise KeyError("prices")
        """,
        "magpie_register_filters raised KeyError: 'prices'",
    ),
    "nameless": (
        GOOD.replace('"good"', '""'),
        "magpie_register_filters offers the name '', which nobody can type",
    ),
    "unfinished": (
        """
        from magpie_core import Filter, hookimpl

        class Bare(Filter):
            name = "bare"

        @hookimpl
        def magpie_register_filters():
            return [Bare]
        """,
        "magpie_register_filters offers `Bare`, which has no method `reject`",
    ),
    "options": (
        GOOD.replace('name = "good"', 'name = "odd"; most: "Share" = 0.5'),
        "the options of `GoodFilter`: NameError: name 'Share' is not defined",
    ),
    "pattern": (
        FAMILY.replace("PATTERN", "(").replace("STOPS", "('b',)"),
        "the name_pattern '(' of `odd`: missing )",
    ),
    "facts": (
        FAMILY.replace("PATTERN", "odd").replace("STOPS", "'b'"),
        "the facts of `odd`: Expected `array`, got `str` - at `$.stop_tokens`",
    ),
    "spaced": (
        GOOD.replace('"good"', '"two words"'),
        "magpie_register_filters offers the name 'two words', which nobody can type",
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

    def install(self, name: str, code: str, entry: str | None = None) -> None:
        module = f"magpie_bad_{name}"
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code))
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: magpie-bad-{name}\nVersion: 1.2\n"
        )
        (info / "entry_points.txt").write_text(f"[magpie]\n{entry or f'bad-{name}'} = {module}\n")

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


def test_a_plugin_called_as_one_of_ours_takes_nothing_away(site: Site) -> None:
    """The built-in filters stay, and what is switched off is the namesake alone."""
    site.install("namesake", GOOD.replace('"good"', '"mine"'), entry="core-filters")
    said = site.magpie("plugins", "--json")
    assert "length" in json.loads(said.out)["offered"]["filters"]
    [line] = site.magpie("families", "chatml").err.splitlines()
    assert "its entry point is called `core-filters`, as one of magpie-core is" in line
    assert line.endswith("(switch it off: MAGPIE_DISABLE=magpie-bad-namesake)")
    off = site.magpie("plugins", "--json", MAGPIE_DISABLE="magpie-bad-namesake")
    assert "length" in json.loads(off.out)["offered"]["filters"]
    assert off.err == ""


def test_of_two_namesakes_the_first_stays(site: Site) -> None:
    site.install("one", GOOD.replace('"good"', '"first"'), entry="same")
    site.install("two", GOOD.replace('"good"', '"second"'), entry="same")
    said = site.magpie("families", "chatml")
    [line] = said.err.splitlines()
    assert line.startswith("warning: plugin `magpie-bad-two` of magpie-bad-two 1.2 is broken")
    offered = json.loads(site.magpie("plugins", "--json").out)["offered"]["filters"]
    assert "first" in offered
    assert "second" not in offered


def test_what_a_module_prints_is_no_part_of_an_answer(site: Site) -> None:
    site.install("talks", "print('loading')\n")
    said = site.magpie("plugins", "--json")
    assert json.loads(said.out)["plugins"]
    assert said.err == "loading\n"


def test_a_long_complaint_is_cut(site: Site) -> None:
    site.install("long", "raise RuntimeError('x' * 5000)")
    [line] = site.magpie("families", "chatml").err.splitlines()
    assert len(line) < 500


def test_a_filter_that_raises_is_named(site: Site, tmp_path: Path, checkpoint: str) -> None:
    """Not only where it is loaded: whoever reads why nothing was kept must know whom to ask."""
    site.install("fails", GOOD.replace('"good"', '"fails"').replace("return None", "return {}[1]"))
    run = str(tmp_path / "run")
    said = site.magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-n", "3", "-o", run)
    assert said.code != 0
    assert "filter `fails` raised KeyError: 1" in said.err
