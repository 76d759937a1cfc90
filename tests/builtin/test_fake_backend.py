"""The fake backend keeps the contract of real ones."""

from __future__ import annotations

import pytest

from magpie_core import BackendError, EngineDeadError, EngineSettings, Sampling
from magpie_core.builtin.fake import FakeBackend
from magpie_core.testing.contracts.backend import BackendContract


class TestFake(BackendContract):
    backend_class = FakeBackend


async def opened(checkpoint: str, **options: object) -> FakeBackend:
    return await FakeBackend.open(EngineSettings(checkpoint=checkpoint, options=options))


async def test_it_can_be_told_to_fail_and_to_die(checkpoint):
    engine = await opened(checkpoint, fail_every=2, die_after=3)
    await engine.complete([1], Sampling())
    with pytest.raises(BackendError, match="fail"):
        await engine.complete([1], Sampling())
    await engine.complete([1], Sampling())
    for _ in range(2):
        with pytest.raises(EngineDeadError):
            await engine.complete([1], Sampling())
