"""Habits kept by tests: light imports, documented hooks, names by the rule, public names as listed."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pluggy
import pytest

import magpie_core
from magpie_core import hookspecs

ROOT = Path(__file__).parents[1]
MEMBERS = sorted(
    p.parent
    for kind in ("adapters", "plugins", "filters")
    for p in ROOT.glob(f"{kind}/*/pyproject.toml")
)
HEAVY = {"torch", "transformers", "duckdb", "vllm", "sglang", "pyarrow", "numpy", "jinja2"}


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


def test_listing_plugins_loads_no_engine():
    loaded = modules_after("from magpie_core.cli import main; main(['plugins'])")
    assert not loaded & {"torch", "duckdb", "vllm", "sglang"}


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


@pytest.mark.parametrize("member", MEMBERS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_members_are_named_and_described_by_the_rule(member):
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    kind, folder = member.parent.name, member.name.replace("_", "-")
    expected = {"adapters": f"magpie-adapter-{folder}", "filters": f"magpie-filter-{folder}"}
    assert project["name"] == expected.get(kind, f"magpie-{folder}")
    package = project["name"].replace("-", "_")
    assert project["entry-points"]["magpie"] == {project["name"].removeprefix("magpie-"): package}
    assert (member / "src" / package / "py.typed").exists()
    assert project["license"] == "Apache-2.0"
    assert any(
        re.fullmatch(r"magpie-core(\[\w+\])?>=[\d.]+,<[\d.]+", d) for d in project["dependencies"]
    )
    assert project["requires-python"] == ">=3.11"
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        assert (member / name).exists(), name


def test_the_core_imports_no_engine():
    names = r"(?:import|from) (?:torch|vllm|sglang|duckdb)\b"
    anywhere, at_the_top = (re.compile(f"^{start}{names}", re.M) for start in (r"\s*", ""))
    # a search in matrices and one in tables: extras, loaded by the functions that need them
    extras = {"neighbours", "selection"}
    for path in (ROOT / "magpie_core").rglob("*.py"):
        if path.name == "doctor_command.py":  # its job is to look at what is installed
            continue
        unwanted = at_the_top if path.parent.name in extras else anywhere
        assert not unwanted.search(path.read_text()), path


@pytest.mark.parametrize("name", ["commands", "families"])
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
