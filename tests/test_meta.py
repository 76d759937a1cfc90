"""Habits kept by tests: light imports, documented hooks, public names and pages as listed."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pluggy
import pytest

import magpie_core
from magpie_core import hookspecs
from magpie_core.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[1]
ENGINES = {"torch", "transformers", "vllm", "sglang", "ray"}
HEAVY = ENGINES | {
    "altair",
    "duckdb",
    "jinja2",
    "numpy",
    "pyarrow",
    "scipy",
    "sklearn",
    "starlette",
}


def modules_after(code: str) -> set[str]:
    """Top-level modules a fresh interpreter has loaded after running ``code``."""
    script = f"import sys, json\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n' + json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "code",
    [
        "import magpie_core",
        "from magpie_core.cli import main; main(['--help'])",
        "from magpie_core.cli import main; main(['run', '--help'])",
        "from magpie_core.cli import main; main(['--version'])",
    ],
)
def test_light_imports(code):
    assert not modules_after(code) & HEAVY


def test_no_help_of_any_command_is_heavy():
    loops = (
        "from magpie_core.cli import main",
        "from magpie_core.cli.main import COMMANDS",
        "for name in COMMANDS:",
        "    try: main([name, '--help'])",
        "    except SystemExit: pass",
    )
    assert not modules_after("\n    ".join(loops)) & HEAVY


def test_listing_plugins_loads_no_engine():
    loaded = modules_after("from magpie_core.cli import main; main(['plugins'])")
    assert not loaded & HEAVY


def test_public_names_are_sorted_and_complete():
    assert magpie_core.__all__ == sorted(magpie_core.__all__)
    public = {
        name
        for name, value in vars(magpie_core).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(magpie_core.__all__) - {"__version__"}


def hooks() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("magpie_")]


@pytest.mark.parametrize("name", hooks())
def test_every_hook_is_typed_documented_and_described_in_the_docs(name):
    spec = getattr(hookspecs, name)
    assert spec.__doc__
    assert "return" in spec.__annotations__
    assert name in (ROOT / "docs" / "architecture.md").read_text()


def test_every_hook_has_a_real_user():
    from magpie_core.plugins import load_plugins

    manager: pluggy.PluginManager = load_plugins().manager
    unused = [name for name in hooks() if not getattr(manager.hook, name).get_hookimpls()]
    assert not unused


def test_the_core_imports_no_engine():
    names = r"(?:import|from) (?:torch|vllm|sglang|duckdb)\b"
    anywhere, at_the_top = (re.compile(f"^{start}{names}", re.M) for start in (r"\s*", ""))
    # matrices, tables, charts: extras of the core, loaded by the functions that need them
    extras = {"neighbours", "report", "selection", "view"}
    for path in (ROOT / "magpie_core").rglob("*.py"):
        if path.name == "doctor_command.py":  # its job is to look at what is installed
            continue
        unwanted = at_the_top if path.parent.name in extras else anywhere
        assert not unwanted.search(path.read_text()), path


def test_the_map_names_every_room():
    """Every file and folder of the core's first floor, and none that is not there."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    core = text.partition("magpie_core/ ")[2].partition("adapters/<family>/")[0]
    named = set(re.findall(r"^  ([a-z_]+/|[a-z_/]+\.py)(?= )", core, re.M))
    named |= set(re.findall(r"(?<= )([a-z_/]+\.py)(?=[ ,])", core))
    there = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "magpie_core").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(there - named) == []
    assert [one for one in sorted(named) if not (ROOT / "magpie_core" / one).exists()] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    """Every option has a help text and is listed in docs/commands.md; every command shows an example."""
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    section = page.partition(f"## magpie {name}\n")[2].partition("\n## ")[0]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert f"magpie {name}" in (command.epilog or command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert not parameter.hidden, parameter.name
            assert all(f" {option}" in section for option in parameter.opts), parameter.name


@pytest.mark.parametrize("name", ["commands", "families", "map"])
def test_written_pages_are_what_would_be_written_now(name):
    spec = importlib.util.spec_from_file_location("writer", ROOT / f"docs/write_{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / f"docs/{name}.md").read_text() == module.page(), "run: make docs"


def test_no_path_of_a_machine_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    bad = re.compile("/" + r"(?:root|home|work|opt)/\w")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".json", ".txt", ".yml", ""} and path.is_file():
            if path.name == "tokenizer.json":
                continue
            found = bad.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{name}: {found[0] if found else ''}"
