"""Write docs/map.md: every module of the core, with the first line of its docstring."""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path

CORE = Path(__file__).parents[1] / "magpie_core"
HEAD = """# Every module

Written by `make docs` from the first line of each docstring; do not edit.
[How the house is built](architecture.md) says how they work together.
"""


def main() -> None:
    """Write the page."""
    Path(__file__).with_name("map.md").write_text(page(), encoding="utf-8")


def page() -> str:
    """The page's text."""
    parts = [HEAD]
    for folder, files in groupby(_modules(), key=lambda path: path.parent):
        room = folder.relative_to(CORE.parent).as_posix()
        said = _first_line(folder / "__init__.py")
        parts.append(f"## {room}\n\n{said}\n\n| module | what it is |\n|---|---|")
        parts += [f"| `{path.stem}` | {_cell(_first_line(path))} |" for path in files]
        parts.append("")
    return "\n".join(parts)


def _modules() -> list[Path]:
    """Files with code, by folder; not what `magpie new` writes from."""
    found = (path for path in CORE.rglob("*.py") if "templates" not in path.parts)
    files = [path for path in found if path.stem not in ("__init__", "__main__")]
    return sorted(files, key=lambda path: (path.parent, path.name))


def _first_line(path: Path) -> str:
    """Of the docstring, as Markdown."""
    said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    return said.splitlines()[0].replace("``", "`") if said else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    main()
