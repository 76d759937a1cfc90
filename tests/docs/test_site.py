"""The documentation site builds without a warning, and no page asks for anything from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="pip install -r requirements-docs.txt")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Fetched(HTMLParser):
    """What a browser fetches for a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag in ("script", "img", "iframe", "source") and said.get("src"):
            self.fetched.append(said["src"])
        if tag == "link" and said.get("rel") in ("stylesheet", "preconnect", "icon", "preload"):
            self.fetched.append(said["href"])
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])


def read(page: Path) -> Fetched:
    found = Fetched()
    found.feed(page.read_text("utf-8"))
    return found


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        for one in read(page).fetched:
            assert not re.match(r"(?:https?:)?//", one), f"{page.name} loads {one}"
            path = one.partition("?")[0].partition("#")[0]
            assert (
                (site if path.startswith("/") else page.parent).joinpath(path.lstrip("/")).exists()
            ), one
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()[\"']?https?:", sheet.read_text("utf-8")), sheet


def test_every_link_inside_leads_somewhere(site):
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for link in read(page).links:
            path, _, _ = link.partition("#")
            if path and not re.match(r"[a-z]+:", path):
                assert (page.parent / path).exists(), f"{page.relative_to(site)}: {link}"


def test_the_pages_that_people_look_for_are_there(site):
    wanted = (
        "index",
        "tutorial",
        "notebook",
        "method",
        "commands",
        "families",
        "reference",
        "benchmarks",
    )
    assert not [one for one in wanted if not (site / f"{one}.html").is_file()]
    names = (site / "reference.html").read_text("utf-8")
    import magpie_core

    missing = [
        one
        for one in magpie_core.__all__
        if one not in ("__version__", "hookimpl") and f"{one}" not in names
    ]
    assert not missing, f"not in docs/reference.md: {missing}"


@pytest.mark.parametrize(
    ("source", "page", "link", "made"),
    [
        ("README.md", "index.md", "[a](docs/method.md#x)", "[a](method.md#x)"),
        ("README.md", "index.md", "![a](docs/images/run.svg)", "![a](images/run.svg)"),
        (
            "docs/curation.md",
            "curation.md",
            "[a](../plugins/ray/README.md)",
            "[a](repository/plugins-ray.md)",
        ),
        ("docs/howto/index.md", "howto/index.md", "[a](../method.md)", "[a](../method.md)"),
        ("README.md", "index.md", "[a](Makefile)", "a (`Makefile`)"),
        ("README.md", "index.md", "[a](https://x.org)", "[a](https://x.org)"),
        (
            "README.md",
            "index.md",
            "```\n[a](docs/method.md)\n```\n",
            "```\n[a](docs/method.md)\n```\n",
        ),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(source, page, link, made):
    spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "docs/site_hooks.py")
    assert spec is not None
    assert spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    assert hooks.rewritten(link, source, page) == made
