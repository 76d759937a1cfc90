"""The files of a new distribution, as text by path. Renders the templates; writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magpie_core import __version__
from magpie_core.scaffold.names import Names

TEMPLATES = Path(__file__).with_name("templates")
KINDS = ("adapter", "filter", "tagger", "backend")
DESCRIPTIONS = {
    "adapter": "Magpie family for {}",
    "filter": "A Magpie filter: {}",
    "tagger": "A Magpie tagger: {}",
    "backend": "Magpie backend: {}",
}
"""Line of ``pyproject.toml``, by kind, with the title."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be written."""

    names: Names
    title: str
    facts: str | None = None
    """Of an adapter: the module with its family; None where they are to be filled in later."""
    author: str | None = None
    url: str | None = None
    house: bool = False
    """Whether it is written into Magpie's own repository, whose pins and tools it shares."""


def core_range(version: str = __version__) -> str:
    """The versions of magpie-core that a plugin made with ``version`` promises to work with.

    A new mandatory check of a contract, and anything that breaks a plugin, is a minor release before 1.0
    and a major one after it, so that is where the range ends.
    """
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return f">=0.{minor},<0.{minor + 1}" if major == 0 else f">={major}.{minor},<{major + 1}"


def rendered(wanted: Wanted) -> dict[str, str]:
    """Text of every file by its path in the new folder, sorted."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    names = wanted.names
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # code, not HTML
    )
    known: dict[str, Any] = {
        "names": names,
        "wanted": wanted,
        "title": wanted.title,
        "description": DESCRIPTIONS[names.kind].format(wanted.title),
        "core_range": core_range(),
    }

    def render(template: str) -> str:
        return environment.get_template(f"{template}.jinja").render(known)

    source, own = f"src/{names.package}", names.kind
    files = {
        "pyproject.toml": render("every/pyproject.toml"),
        "CHANGELOG.md": render("every/CHANGELOG.md"),
        "LICENSE": (TEMPLATES / "every" / "LICENSE").read_text("utf-8"),
        "README.md": render(f"{own}/README.md"),
        f"{source}/__init__.py": render(f"{own}/__init__.py"),
        f"{source}/py.typed": "",
        f"{source}/{names.snake}.py": wanted.facts or render(f"{own}/module.py"),
        "tests/test_contract.py": render(f"{own}/test_contract.py"),
    }
    if not wanted.house:
        files[".gitignore"] = "__pycache__/\n.pytest_cache/\n*.egg-info/\ndist/\nruns/\n"
    return dict(sorted(files.items()))
