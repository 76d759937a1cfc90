import pytest

pytest.importorskip("torch")

from magpie_backend_transformers import TransformersBackend

from magpie_core import EngineSettings
from magpie_core.testing.contracts.backend import BackendContract


@pytest.mark.engine
class TestTransformers(BackendContract):
    backend_class = TransformersBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, device="cpu")
