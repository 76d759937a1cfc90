import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

# before the first import of torch or vLLM: threads that wait for each other make small models crawl
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

from magpie_backend_vllm import VllmBackend, environment
from magpie_core import EngineSettings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """vLLM leaves the context of its sockets to the garbage collector, in whichever test that comes."""
    left = pytest.mark.filterwarnings("ignore:Unclosed context:ResourceWarning")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(left)


@pytest.fixture(scope="session")
def checkpoint() -> str:
    """The embedded model, or the folder that MAGPIE_TEST_CHECKPOINT names."""
    if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return found
    return str(pytest.importorskip("magpie_tiny").CHECKPOINT)


SMALL = {"kv_cache_memory_bytes": 2**27}
"""Engine options of the tests: 128 MiB of keys and values are there at once."""


@pytest.fixture(scope="session")
def backend(checkpoint: str) -> Iterator[VllmBackend]:
    """An open backend on the embedded model, for all tests that do not kill it."""
    pytest.importorskip("vllm", reason="vLLM is not installed here")
    settings = EngineSettings(checkpoint=checkpoint, max_batch=64, options=SMALL)
    engine = asyncio.run(VllmBackend.open(settings))
    yield engine
    asyncio.run(engine.close())


@pytest.fixture
async def opened(checkpoint: str) -> AsyncIterator[Callable[..., Awaitable[VllmBackend]]]:
    """Opens a backend of its own for a test and closes it afterwards."""
    pytest.importorskip("vllm", reason="vLLM is not installed here")
    engines: list[VllmBackend] = []

    async def open_one(*, options: dict[str, Any] | None = None, **settings: Any) -> VllmBackend:
        known = {"checkpoint": checkpoint, "options": SMALL | (options or {})}
        engines.append(await VllmBackend.open(EngineSettings(**known | settings)))
        return engines[-1]

    yield open_one
    for engine in engines:
        await engine.close()


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """No variable is set, and nothing is known of what an earlier engine set."""
    variables: dict[str, str] = {}
    monkeypatch.setattr(os, "environ", variables)
    monkeypatch.setattr(environment, "_OURS", {})
    return variables


@pytest.fixture(scope="session")
def question(checkpoint: str) -> list[int]:
    """A question in the chat format, as ids."""
    from magpie_core.checkpoint import open_checkpoint

    tokenizer = open_checkpoint(checkpoint).tokenizer
    turns = [{"role": "user", "content": "List three rivers."}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return list(tokenizer.encode(text, add_special_tokens=False))
