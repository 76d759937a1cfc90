import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from magpie_backend_transformers import TransformersBackend
from magpie_core import EngineSettings, Sampling


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Threads of OpenMP that wait for each other make small models crawl on a busy machine."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def checkpoint() -> str:
    """The embedded model, or the folder that MAGPIE_TEST_CHECKPOINT names."""
    if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return found
    return str(pytest.importorskip("magpie_tiny").CHECKPOINT)


@pytest.fixture(scope="session")
def loaded(checkpoint: str) -> Any:
    """The embedded model with its tokenizer, in float32."""
    pytest.importorskip("torch")
    from magpie_backend_transformers.loading import load

    return load(EngineSettings(checkpoint=checkpoint, device="cpu"))


@pytest.fixture
async def backend(checkpoint: str) -> AsyncIterator[TransformersBackend]:
    """An open backend on the embedded model."""
    pytest.importorskip("torch")
    settings = EngineSettings(checkpoint=checkpoint, device="cpu", options={"threads": 1})
    engine = await TransformersBackend.open(settings)
    yield engine
    await engine.close()


@pytest.fixture(scope="session")
def prompts(loaded: Any) -> list[list[int]]:
    """Twenty prompts of different length, in the order in which they would be asked."""
    lines = [
        "Hi",
        "List three rivers.",
        "What is 12 plus 30?",
        "Write a short poem about a river that runs through an old town and its people.",
        "Name a colour. " * 12,
    ]
    texts = [f"{line} {'and again ' * k}" for k in range(4) for line in lines]
    return [loaded.tokenizer.encode(text, add_special_tokens=False) for text in texts]


async def _complete_all(engine: Any, prompts: list[list[int]], samplings: list[Sampling]) -> list:
    results = await asyncio.gather(
        *(engine.complete(ids, one) for ids, one in zip(prompts, samplings, strict=True))
    )
    return [result[0] for result in results]


@pytest.fixture
def complete_all() -> Any:
    """Send all prompts at once and return one completion each."""
    return _complete_all
