"""A real browser for tests of pages: `page`, and what it saw go wrong. For a ``conftest.py`` one folder below::

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from browser import browser, page, seen

While a test has ``page``, an event loop of Playwright's is running in its thread: what calls ``asyncio.run``
(``magpie run``, ``magpie tag``) belongs into fixtures of the session's scope, or into a process of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for, no name is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
OWN_SCHEMES = ("file", "data", "blob", "about")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Seen:
    """What went on while a page was open. A test that expects some of it empties the list."""

    errors: list[str] = field(default_factory=list)
    """Errors and warnings of the console, refusals by a policy among them; exceptions nobody caught."""
    requests: list[str] = field(default_factory=list)
    """Every address asked for."""

    @property
    def outside(self) -> list[str]:
        """Addresses that lead away from this machine."""
        return [one for one in self.requests if _leaves(one)]


def _leaves(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme not in OWN_SCHEMES and parts.hostname not in LOOPBACK


def chromium() -> str | None:
    """Path of a Chromium; MAGPIE_TEST_CHROMIUM names another than the system's."""
    named = os.environ.get("MAGPIE_TEST_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's tests."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium, or set MAGPIE_TEST_CHROMIUM")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def seen() -> Seen:
    """What the test's page saw."""
    return Seen()


@pytest.fixture
def page(browser: Browser, seen: Seen) -> Iterator[Page]:
    """A fresh page, 1280 pixels wide; at the end nothing may have gone wrong or left the machine."""
    context = browser.new_context(viewport=DESKTOP)
    context.on("request", lambda request: seen.requests.append(request.url))
    context.on("console", lambda said: _note(seen, said.type, said.text))
    context.on("weberror", lambda error: seen.errors.append(str(error.error)))
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()
    assert seen.outside == [], "the page asked another machine for something"
    assert seen.errors == [], "the page complained"


def _note(seen: Seen, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        seen.errors.append(text)
