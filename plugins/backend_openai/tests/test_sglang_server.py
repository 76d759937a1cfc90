"""The contract on a real SGLang server with the embedded model, by OpenAI's interface."""

from collections.abc import Iterator
from typing import Any

import pytest

from magpie_backend_openai import OpenAIBackend
from magpie_core import EngineSettings
from magpie_core.testing.contracts.backend import BackendContract

URLS: list[str] = []

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.usefixtures("server")]


@pytest.fixture(scope="module")
def server(
    checkpoint: str, tmp_path_factory: pytest.TempPathFactory, serving: Any
) -> Iterator[None]:
    if not serving.installed("sglang"):
        pytest.skip("SGLang is not installed here: make test-sglang sets it up")
    found = serving.Serve("sglang", checkpoint, tmp_path_factory.mktemp("sglang") / "log")
    try:
        found.start()
        found.wait()
        URLS[:] = [found.url]
        yield
    finally:
        found.kill()
        URLS.clear()


class TestSglang(BackendContract):
    backend_class = OpenAIBackend

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return EngineSettings(checkpoint=checkpoint, options={"url": URLS})


async def test_what_it_can_do_is_found_out(opened: Any) -> None:
    """Without deterministic inference it takes seeds and ignores them."""
    engine = await opened(*URLS)
    can = engine.capabilities
    assert (can.seeds, can.first_token_rules, can.json_schema) == (False, True, True)
    assert engine.versions()["server"].startswith("sglang 0.")
    assert engine.max_context == 1024
