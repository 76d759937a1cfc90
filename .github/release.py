"""Releases of one distribution at a time. Standard library only, and no git: it says what to type.

- ``release.py prepare magpie-adapter-yi 0.1.1``: version, changelog, ranges; then the commands
- ``release.py check magpie-adapter-yi-v0.1.1``: for the workflow, the folder a tag releases, if all agree
- ``release.py list``: every distribution with its version
"""

from __future__ import annotations

import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAG = re.compile(r"(?P<name>magpie-[a-z0-9-]+)-v(?P<version>\d+\.\d+\.\d+)")
VERSION = re.compile(r"\d+\.\d+\.\d+")
HEADING = re.compile(r"^## (?P<said>.+)$", re.MULTILINE)


class Refused(Exception):
    """Something that must be put right first; the message says what."""


def members(root: Path = ROOT) -> dict[str, Path]:
    """Folder of every distribution, by name; the core's is the root."""
    found = [root / "pyproject.toml"]
    for kind in ("adapters", "filters", "plugins"):
        found += sorted(root.glob(f"{kind}/*/pyproject.toml"))
    return {_project(path.parent)["name"]: path.parent for path in found}


def check(tag: str, root: Path = ROOT) -> Path:
    """The folder that ``tag`` releases, in which every file says the tag's version.

    Raises:
        Refused: the tag names nothing here, or something says another version.
    """
    said = TAG.fullmatch(tag)
    if said is None:
        raise Refused(f"the tag `{tag}` is not NAME-vX.Y.Z, such as magpie-adapter-yi-v0.1.1")
    folder = _folder(said["name"], root)
    wrong = {what: found for what, found in _said(folder).items() if found != said["version"]}
    if wrong:
        raise Refused(f"the tag says {said['version']}, but {wrong}: run `prepare` before tagging")
    return folder


def prepare(name: str, version: str, root: Path = ROOT, today: str | None = None) -> list[str]:
    """Write ``version`` wherever it stands, date its changelog, and raise the others' ranges if need be.

    Returns:
        the commands that release it.

    Raises:
        Refused: the version is none or goes back, or the changelog says nothing new.
    """
    folder = _folder(name, root)
    if VERSION.fullmatch(version) is None:
        raise Refused(f"`{version}` is not X.Y.Z")
    before = _project(folder)["version"]
    if _numbers(version) < _numbers(before):
        raise Refused(f"{name} is at {before} already")
    _date_changelog(folder / "CHANGELOG.md", version, before, today)
    _replace(folder / "pyproject.toml", f'\nversion = "{before}"\n', f'\nversion = "{version}"\n')
    package = _package(folder)
    if f'__version__ = "{before}"' in package.read_text("utf-8"):
        _replace(package, f'__version__ = "{before}"', f'__version__ = "{version}"')
    changed = [str(folder.relative_to(root))]
    if _end(version) != _end(before):
        changed += _raise_ranges(name, _end(before), _end(version), root)
    tag = f"{name}-v{version}"
    also = [one for one in changed[1:] if one != "."]
    return [
        *(
            [f"# then release those whose range on {name} is new: {', '.join(also)}"]
            if also
            else []
        ),
        "make test lint check-wheels",
        f"git commit -am 'Release {name} {version}'",
        f"git tag -s {tag} -m '{name} {version}'",
        f"git push origin HEAD {tag}   # the workflow `release` builds it, checks it and publishes it",
    ]


def _folder(name: str, root: Path) -> Path:
    known = members(root)
    if name not in known:
        raise Refused(f"there is no distribution `{name}` (there are: {', '.join(sorted(known))})")
    return known[name]


def _project(folder: Path) -> dict[str, str]:
    project: dict[str, str] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    return project


def _package(folder: Path) -> Path:
    module = _project(folder)["name"].replace("-", "_")
    flat, inner = folder / module / "__init__.py", folder / "src" / module / "__init__.py"
    return flat if flat.exists() else inner


def _said(folder: Path) -> dict[str, str]:
    """Every place that says a version, with what it says."""
    said = {"pyproject.toml": _project(folder)["version"]}
    if own := re.search(
        r'^__version__ = "(.+)"$', _package(folder).read_text("utf-8"), re.MULTILINE
    ):
        said["__version__"] = own[1]
    first = HEADING.search((folder / "CHANGELOG.md").read_text("utf-8"))
    heading = first["said"] if first else "nothing"
    said["CHANGELOG.md"] = heading if "unreleased" in heading.lower() else heading.split()[0]
    return said


def _date_changelog(path: Path, version: str, before: str, today: str | None) -> None:
    text = path.read_text("utf-8")
    first = HEADING.search(text)
    if first is None:
        raise Refused(f"{path} has no section")
    if "unreleased" not in first["said"].lower() and (version != before or "(" in first["said"]):
        raise Refused(f"{path} has no section `## Unreleased`: what would users gain?")
    day = today or datetime.now(UTC).date().isoformat()
    path.write_text(text.replace(first[0], f"## {version} ({day})", 1), "utf-8")


def _raise_ranges(name: str, old: str, new: str, root: Path) -> list[str]:
    """Let every range on ``name`` end at ``new``; the folders that changed."""
    promised = re.compile(rf"({re.escape(name)}(?:\[[\w,]+\])?>=[\d.]+,<){re.escape(old)}\b")
    changed = []
    for folder in members(root).values():
        path = folder / "pyproject.toml"
        text = path.read_text("utf-8")
        raised = promised.sub(rf"\g<1>{new}", text)
        if raised != text:
            path.write_text(raised, "utf-8")
            changed.append(str(folder.relative_to(root)))
    return changed


def _end(version: str) -> str:
    """Where a range that begins at ``version`` ends: the next release that may break a plugin."""
    major, minor, _ = _numbers(version)
    return f"0.{minor + 1}" if major == 0 else str(major + 1)


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def main(arguments: list[str]) -> int:
    """Run one of the three, print, and return the exit code."""
    try:
        match arguments:
            case ["prepare", name, version]:
                print("\n".join(prepare(name, version)))
            case ["check", tag]:
                print(f"folder={check(tag).relative_to(ROOT)}")
            case ["list"]:
                for name, folder in sorted(members().items()):
                    print(f"{name} {_project(folder)['version']}")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
