"""The backend contract and the score contract on the real engine and the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

pytest.importorskip("sglang", reason="SGLang is not installed here: see install.sh")

from magpie_backend_sglang import SGLangBackend
from magpie_core import EngineSettings
from magpie_core.testing.contracts.backend import BackendContract
from magpie_core.testing.contracts.scores import ScoreContract

OPTIONS: dict[str, Any] = {
    "attention_backend": "torch_native",
    "sampling_backend": "pytorch",
    "max_total_tokens": 16384,
    "sleep_on_idle": True,
}


@pytest.mark.engine
@pytest.mark.slow
class TestEngine(BackendContract):
    backend_class = SGLangBackend
    opens_twice = (
        False  # half a minute more; test_lives.py holds a closed engine against the same demand
    )

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(
            checkpoint=checkpoint, device="cpu", dtype="float32", max_batch=16, options=OPTIONS
        )


@pytest.mark.engine
@pytest.mark.slow
class TestServer(BackendContract):
    backend_class = SGLangBackend
    url: ClassVar[str]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _server(cls, server: Any) -> None:
        cls.url = server.url

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, options={"url": cls.url})


@pytest.mark.engine
@pytest.mark.slow
class TestScores(ScoreContract):
    backend_class = SGLangBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(
            checkpoint=checkpoint, task="score", device="cpu", dtype="float32", options=OPTIONS
        )


@pytest.mark.engine
@pytest.mark.slow
class TestServerScores(ScoreContract):
    backend_class = SGLangBackend
    url: ClassVar[str]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _server(cls, make_server: Any, reward_folder: Path) -> Iterator[None]:
        flags = "--is-embedding", "--disable-radix-cache"
        server = make_server(str(reward_folder), *flags)
        cls.url = server.url
        yield
        server.kill()

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, task="score", options={"url": cls.url})
