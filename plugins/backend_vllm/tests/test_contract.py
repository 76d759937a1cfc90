import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")

from magpie_backend_vllm import VllmBackend
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


class TestVllmScores(ScoreContract):
    backend_class = VllmBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, task="score", dtype="float32", options=SMALL)


class TestVllmScoresOfThreeLabels(TestVllmScores):
    labels = 3
