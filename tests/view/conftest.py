"""A run with everything a page can show, and servers of it on the loopback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from browser import browser, page, seen
from view_served import Served
from view_stage import make_run

__all__ = ["browser", "page", "seen"]

for name in ("duckdb", "starlette", "uvicorn", "markdown_it", "pygments"):
    pytest.importorskip(name, reason="pip install 'magpie-core[view]'")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test writes to the user's cache folder."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of 120 records with tags, preferences, rejections, longer talks and hostile texts."""
    return make_run(tmp_path / "staged")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server of one run, for tests that only ask."""
    place = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        opened = Served(make_run(place / "staged"))
    yield opened
    opened.close()


@pytest.fixture
def serve(own_cache: Path) -> Iterator[Callable[[Path], Served]]:
    """Serves the page of a source until the test ends."""
    opened: list[Served] = []

    def start(path: Path) -> Served:
        opened.append(Served(path))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
