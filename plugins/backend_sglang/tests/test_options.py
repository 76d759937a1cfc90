"""Settings: which engine or server, with which arguments."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from typing import Any

import pytest

from magpie_backend_sglang import SGLangBackend
from magpie_backend_sglang.options import adapter_of, engine_arguments, take_urls
from magpie_core import BackendError, EngineSettings, MissingEngineError


def settings(**given: Any) -> EngineSettings:
    return EngineSettings(checkpoint="model", **given)


def test_addresses() -> None:
    assert take_urls(settings(), {}) == []
    assert take_urls(settings(), {"url": "http://a:1/"}) == ["http://a:1"]
    assert take_urls(settings(), {"url": ["http://a:1", "http://b:1"]}) == [
        "http://a:1",
        "http://b:1",
    ]


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ({}, {"url": 5}, "must be an address"),
        ({}, {"url": []}, "must be an address"),
        ({}, {"url": "127.0.0.1:30000"}, "no address"),
        ({}, {"url": ["http://a:1", "http://a:1/"]}, "twice"),
        ({}, {"url": "http://a:1", "tp_size": 2}, "cannot be given `tp_size`"),
        ({"device": "cpu"}, {"url": "http://a:1"}, "cannot be given --device"),
    ],
    ids=str,
)
def test_addresses_that_cannot_be_used(given: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BackendError, match=said):
        take_urls(settings(**given), options)


def test_settings_become_arguments() -> None:
    given = settings(device="cuda:1", dtype="bfloat16", max_batch=9, max_context=77)
    [found] = engine_arguments(given, {"tp_size": 2, "quantization": "fp8"}, "adapter")
    assert found["device"] == "cuda"
    assert found["base_gpu_id"] == 1
    assert (found["max_running_requests"], found["context_length"]) == (9, 77)
    assert (found["tp_size"], found["quantization"]) == (2, "fp8")
    assert found["lora_paths"] == ["adapter"]
    assert found["enable_custom_logit_processor"]
    [plain] = engine_arguments(settings(), {"enable_custom_logit_processor": False}, None)
    assert "device" not in plain
    assert not plain["enable_custom_logit_processor"]
    [scorer] = engine_arguments(settings(task="score"), {}, None)
    assert scorer["is_embedding"]
    with pytest.raises(BackendError, match="decided by --dtype"):
        engine_arguments(settings(), {"dtype": "float16"}, None)
    with pytest.raises(BackendError, match="`lora` must be a text"):
        adapter_of({"lora": 3})


def test_every_replica_draws_with_a_seed_of_its_own() -> None:
    found = engine_arguments(settings(device="cuda:2"), {"dp_size": 3, "tp_size": 2}, None)
    assert [one["base_gpu_id"] for one in found] == [2, 4, 6]
    assert {one["dp_size"] for one in found} == {1}
    assert len({one["random_seed"] for one in found}) == 3
    seeded = engine_arguments(settings(), {"dp_size": 2, "random_seed": 5}, None)
    assert [one["random_seed"] for one in seeded] == [5, 6]
    shared = {"dp_size": 2, "enable_dp_attention": True}
    with pytest.raises(BackendError, match="share one random seed"):
        engine_arguments(settings(), shared, None)
    deterministic = shared | {"enable_deterministic_inference": True}
    assert len(engine_arguments(settings(), deterministic, None)) == 1


@pytest.mark.parametrize("name", ["dp_size", "random_seed"])
def test_numbers_that_are_none(name: str) -> None:
    with pytest.raises(BackendError, match=f"`{name}` must be a whole number, not `many`"):
        engine_arguments(settings(), {"dp_size": 2, name: "many"}, None)


@pytest.mark.skipif(find_spec("sglang") is not None, reason="SGLang is installed")
async def test_a_missing_engine_is_named() -> None:
    with pytest.raises(MissingEngineError, match="sglang is not installed") as caught:
        await SGLangBackend.open(settings())
    assert caught.value.hint is not None
    assert "magpie-backend-sglang[engine]" in caught.value.hint


def test_nothing_draws_the_same_seed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbelow", lambda most: most - 1)
    found = engine_arguments(settings(), {"dp_size": 2}, None)
    assert [one["random_seed"] for one in found] == [2**30 - 1, 2**30]
