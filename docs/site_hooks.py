"""What the site needs beyond docs/: pages that stand elsewhere in the repository, and links between both.

README.md becomes the home page; the READMEs of distributions, CONTRIBUTING.md and CHANGELOG.md get pages
under ``repository/``. A link that points at another file of the repository becomes its path, since the site
does not hold it. Pages of other parts of the project are put into the navigation when they are there.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "notebooks" / "first-data-set.ipynb"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
OUTSIDE_HELPER = re.compile(r'<script src="?https://unpkg\.com/iframe-worker/shim"?>')
HELPER = "assets/worker.js"
LATER = {
    "report.md": ("How to", "Report: figures of a run"),
    "view.md": ("How to", "View: read and mark rows"),
    "tagging-on-ray.md": ("How to", "Tag on many machines"),
    "faults.md": ("Explanation", "Faults"),
    "trust.md": ("Explanation", "What you can trust"),
}
"""Pages that others write, with their place in the navigation; left out while they are not there."""


def outside() -> dict[str, str]:
    """Pages from elsewhere in the repository: path there, path on the site."""
    found = {
        "README.md": "index.md",
        "CONTRIBUTING.md": "repository/contributing.md",
        "CHANGELOG.md": "repository/changelog.md",
    }
    folders = ("benchmarks", "benchmarks/proof", "recipes", "recipes/llama-3.1-8b")
    members = [
        p.parent
        for kind in ("adapters", "plugins", "filters")
        for p in ROOT.glob(f"{kind}/*/README.md")
    ]
    for folder in (*folders, *(one.relative_to(ROOT).as_posix() for one in sorted(members))):
        if (ROOT / folder / "README.md").is_file():
            found[f"{folder}/README.md"] = (
                f"repository/{folder.replace('/', '-').replace('.', '-')}.md"
            )
    return found


def on_config(config: Any) -> Any:
    """Put the pages into the navigation that are there and not in it."""
    sections = {
        name: items for one in config.nav for name, items in one.items() if isinstance(items, list)
    }
    for page, (section, title) in LATER.items():
        if (ROOT / "docs" / page).is_file():
            sections[section].append({title: page})
    pages = [{_title(ROOT / path): page} for path, page in outside().items() if page != "index.md"]
    config.nav.append({"Repository": pages})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from elsewhere."""
    for path, page in outside().items():
        text = (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
    if NOTEBOOK.is_file():
        files.append(File.generated(config, "notebook.md", content=from_notebook(NOTEBOOK)))
    return files


def from_notebook(path: Path) -> str:
    """A notebook as a page: its cells, and what they printed."""
    parts = []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        shell = text.startswith("%%bash\n")
        parts.append(
            f"```{'bash' if shell else 'python'}\n{text.removeprefix('%%bash').strip()}\n```"
        )
        for output in cell["outputs"]:
            said = output.get("text") or output.get("data", {}).get("text/plain", [])
            parts.append(f"```text\n{''.join(said).rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite links as they are in the repository into links of the site."""
    there = {page_: path for path, page_ in outside().items()}
    source = there.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return rewritten(markdown, source, page.file.src_uri)


def on_page_content(html: str, **_: Any) -> str:
    """A docstring announces code with two colons; a reader wants one."""
    return re.sub(r"::</p>(?=\s*<(?:pre|div))", ":</p>", html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """The theme would load a helper for searching pages opened from a folder; ours stands beside them."""
    return OUTSIDE_HELPER.sub(f'<script src="{"../" * page.url.count("/")}{HELPER}">', output)


def on_post_template(output: str, **_: Any) -> str:
    """The same for the page of what is not there."""
    return OUTSIDE_HELPER.sub(f'<script src="{HELPER}">', output)


def rewritten(markdown: str, source: str, page: str) -> str:
    """``markdown``, which stands at ``source`` in the repository, for the site's ``page``."""
    parts = re.split(r"(^(?:```|~~~).*?^(?:```|~~~)\s*$)", markdown, flags=re.DOTALL | re.MULTILINE)
    return "".join(
        part if index % 2 else LINK.sub(lambda found: _link(found, source, page), part)
        for index, part in enumerate(parts)
    )


def _link(found: re.Match[str], source: str, page: str) -> str:
    mark, text, target = found.groups()
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return found[0]
    path, _, anchor = target.partition("#")
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if (ROOT / inside).is_dir() and f"{inside}/README.md" in outside():
        inside += "/README.md"
    if inside in outside():
        new = outside()[inside]
    elif (
        inside.startswith("docs/")
        and not inside.endswith((".py", ".ipynb"))
        and (ROOT / inside).is_file()
    ):
        new = inside.removeprefix("docs/")
    elif (ROOT / inside).exists():
        return text if text.startswith("`") else f"{text} (`{inside}`)"
    else:
        return found[0]  # the build says what is wrong with it
    relative = posixpath.relpath(new, posixpath.dirname(page) or ".")
    return f"{mark}[{text}]({relative}{'#' + anchor if anchor else ''})"


def _title(path: Path) -> str:
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip("` ")
    return path.parent.name
