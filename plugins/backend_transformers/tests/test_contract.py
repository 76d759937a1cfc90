from typing import Self

import pytest

pytest.importorskip("torch")

from magpie_backend_transformers import TransformersBackend, suitability
from magpie_core import EngineSettings
from magpie_core.testing.contracts.backend import BackendContract


class ByBatch(TransformersBackend):
    """The same engine, made to believe that no model can be batched row by row."""

    @classmethod
    def _open(cls, settings: EngineSettings) -> Self:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(suitability, "ATTENTION", ())
            return super()._open(settings)


@pytest.mark.engine
class TestTransformers(BackendContract):
    backend_class = TransformersBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, device="cpu", options={"threads": 1})


@pytest.mark.engine
class TestTransformersByBatch(TestTransformers):
    backend_class = ByBatch
