from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")

from magpie_backend_vllm import VllmBackend, environment
from magpie_core import EngineSettings
from magpie_core.testing.contracts.backend import BackendContract
from magpie_core.testing.contracts.scores import ScoreContract

pytestmark = pytest.mark.engine

SMALL = {"kv_cache_memory_bytes": 2**27}


class TestVllm(BackendContract):
    backend_class = VllmBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, max_batch=64, options=SMALL)


class TestVllmInProcesses(TestVllm):
    """As every checkpoint that is not tiny is run."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def apart(cls) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(environment, "_OURS", {})
            patch.setenv(environment.PROCESSES, "1")
            yield

    async def test_the_engine_is_not_in_this_process(self, engine: Any) -> None:
        assert not hasattr(engine._worker._opened.result()._engine.engine_core, "engine_core")
        assert len(engine._worker._watch.processes) == 1


class TestVllmScores(ScoreContract):
    backend_class = VllmBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, task="score", dtype="float32", options=SMALL)


class TestVllmScoresOfThreeLabels(TestVllmScores):
    labels = 3
