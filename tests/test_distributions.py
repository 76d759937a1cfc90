"""Every distribution, by its pyproject.toml: named by the rule, completely described, of one version throughout."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import magpie_core
from magpie_core.scaffold.files import core_range

ROOT = Path(__file__).parents[1]
MEMBERS = sorted(
    p.parent
    for kind in ("adapters", "plugins", "filters")
    for p in ROOT.glob(f"{kind}/*/pyproject.toml")
)
ALL = [ROOT, *MEMBERS]
CLASSIFIERS = {
    "Intended Audience :: Developers",
    "Intended Audience :: Science/Research",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Topic :: Scientific/Engineering :: Artificial Intelligence",
    "Typing :: Typed",
}
RANGE = re.compile(r"(?P<name>magpie-[a-z-]+)(\[[\w,]+\])?(?P<range>>=[\d.]+,<[\d.]+)")


def name_of(member: Path) -> str:
    return "core" if member == ROOT else f"{member.parent.name}/{member.name}"


@cache
def project_of(member: Path) -> dict[str, Any]:
    return tomllib.loads((member / "pyproject.toml").read_text("utf-8"))["project"]


def package_of(member: Path) -> Path:
    if member == ROOT:
        return ROOT / "magpie_core"
    return member / "src" / project_of(member)["name"].replace("-", "_")


def every_dependency(project: dict[str, Any]) -> list[str]:
    extras = project.get("optional-dependencies", {}).values()
    return [*project["dependencies"], *(one for extra in extras for one in extra)]


@pytest.mark.parametrize("member", MEMBERS, ids=name_of)
def test_named_by_the_rule(member):
    project = project_of(member)
    kind, folder = member.parent.name, member.name.replace("_", "-")
    expected = {"adapters": f"magpie-adapter-{folder}", "filters": f"magpie-filter-{folder}"}
    assert project["name"] == expected.get(kind, f"magpie-{folder}")
    package = project["name"].replace("-", "_")
    assert project["entry-points"]["magpie"] == {project["name"].removeprefix("magpie-"): package}


@pytest.mark.parametrize("member", ALL, ids=name_of)
def test_completely_described(member):
    project = project_of(member)
    assert project["license"] == "Apache-2.0"
    assert project["license-files"] == ["LICENSE"]
    assert (member / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert project["requires-python"] == ">=3.11"
    assert set(project["classifiers"]) >= CLASSIFIERS
    assert any(one.startswith("Operating System :: POSIX") for one in project["classifiers"])
    assert any(one.startswith("Development Status :: ") for one in project["classifiers"])
    assert not [one for one in project["classifiers"] if one.startswith("License ::")]
    assert 10 < len(project["description"]) <= 120
    assert project["keywords"]
    assert project["authors"]
    assert project["readme"] == "README.md"
    urls = project["urls"]
    assert urls == project_of(ROOT)["urls"], "all lead to the same places"
    assert all(re.match(r"https://\S+\.\S+$", one) for one in urls.values())
    assert "example" not in str(urls)
    assert (package_of(member) / "py.typed").exists()
    build = tomllib.loads((member / "pyproject.toml").read_text("utf-8"))["build-system"]
    assert build == {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"}


@pytest.mark.parametrize("member", MEMBERS, ids=name_of)
def test_a_range_on_every_distribution_of_ours(member):
    """The range ends where a contract may ask for more; and it fits what is in this repository."""
    versions = {project_of(one)["name"]: project_of(one)["version"] for one in ALL}
    found = [
        RANGE.fullmatch(one) for one in every_dependency(project_of(member)) if "magpie" in one
    ]
    ours = {one["name"]: one["range"] for one in found if one}
    assert len(ours) == len({m["name"] for m in found if m})
    assert all(found), "a dependency on a distribution of ours without a range"
    assert "magpie-core" in ours
    for name, promised in ours.items():
        assert promised.partition(",")[2] == core_range(versions[name]).partition(",")[2], name


@pytest.mark.parametrize("member", ALL, ids=name_of)
def test_one_version_throughout(member):
    """In pyproject.toml, in the changelog's first section and, where the package says it, in the code."""
    version = project_of(member)["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    first = re.search(r"^## (\S+)", (member / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert first is not None
    assert first[1] == version
    for node in ast.parse((package_of(member) / "__init__.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            assert ast.literal_eval(node.value) == version


@pytest.mark.parametrize("member", MEMBERS, ids=name_of)
def test_public_names_are_there(member):
    """That they are sorted is ruff's business."""
    package = importlib.import_module(package_of(member).name)
    listed = getattr(package, "__all__", ())
    assert [name for name in listed if not hasattr(package, name)] == []
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("member", ALL, ids=name_of)
def test_the_readme_says_how_to_install_and_stands_alone(member):
    text = (member / "README.md").read_text("utf-8")
    assert project_of(member)["name"] in text
    if member != ROOT:  # PyPI shows it without this repository around it
        local = re.findall(r"\]\((?!https?://|#)([^)]+)\)", text)
        assert not local, f"links that lead nowhere on an index: {local}"


def test_hooks_are_public_and_the_core_offers_no_command_twice():
    scripts = [project_of(one).get("scripts", {}) for one in ALL]
    assert [one for one in scripts if one] == [{"magpie": "magpie_core.cli:main"}]
    assert magpie_core.hookimpl
