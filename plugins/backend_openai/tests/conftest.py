import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from magpie_backend_openai import OpenAIBackend, caller, pool
from magpie_core import EngineSettings


def load(name: str) -> Any:
    """A module beside the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(
        f"backend_openai_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def checkpoint() -> str:
    """The embedded model, or the folder that MAGPIE_TEST_CHECKPOINT names."""
    if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return found
    return str(pytest.importorskip("magpie_tiny").CHECKPOINT)


@pytest.fixture(scope="session")
def tokenizer(checkpoint: str) -> Any:
    from magpie_core.checkpoint import open_checkpoint

    return open_checkpoint(checkpoint).tokenizer


@pytest.fixture
def stub(tokenizer: Any) -> Iterator[Callable[..., Any]]:
    """Makes servers that speak the protocol; they are no engines."""
    made = []
    module = load("stub")

    def make(**behaviour: Any) -> Any:
        made.append(module.Stub(tokenizer, **behaviour))
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest_asyncio.fixture
async def opened(checkpoint: str) -> AsyncIterator[Callable[..., Any]]:
    """Opens backends with options, and closes them."""
    engines = []

    async def open_(*stubs: Any, **options: Any) -> OpenAIBackend:
        urls = [one if isinstance(one, str) else one.url for one in stubs]
        settings = EngineSettings(checkpoint=checkpoint, options={"url": urls} | options)
        engines.append(await OpenAIBackend.open(settings))
        for one in stubs:
            if not isinstance(one, str):
                one.forget()
        return engines[-1]

    yield open_
    for engine in engines:
        await engine.close()


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are seconds in life are hundredths here; no key comes from the developer's shell."""
    monkeypatch.setattr(caller, "FIRST_BACKOFF", 0.02)
    monkeypatch.setattr(caller, "LONGEST_BACKOFF", 0.3)
    monkeypatch.setattr(pool, "FIRST_LOOK", 0.05)
    monkeypatch.setattr(pool, "SHORTEST_LOOK", 0.3)
    monkeypatch.setattr(pool, "LONGEST_BETWEEN_LOOKS", 0.2)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def serving() -> Any:
    """How a real server is found and started."""
    return load("serving")
