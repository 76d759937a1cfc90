"""Refusals, deaths and ends: what a caller sees when something is wrong."""

import asyncio
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from magpie_backend_transformers import TransformersBackend
from magpie_core import (
    BackendError,
    CheckpointError,
    EngineDeadError,
    EngineSettings,
    FirstTokenRule,
    MissingEngineError,
    RequestError,
    Sampling,
)

SHORT = Sampling(max_tokens=4, temperature=0.0)


def test_importing_the_plugin_loads_no_engine() -> None:
    code = (
        "import sys, magpie_backend_transformers\n"
        "assert magpie_backend_transformers.magpie_register_backends()\n"
        "found = {'torch', 'transformers'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_missing_torch_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingEngineError) as caught:
        await TransformersBackend.open(EngineSettings(checkpoint="anything"))
    assert "pip install torch" in str(caught.value.hint)


@pytest.mark.engine
async def test_bad_requests_are_refused_and_the_engine_goes_on(backend: Any) -> None:
    cases: list[tuple[list[int], Sampling, str]] = [
        ([], SHORT, "empty"),
        ([3, -1], SHORT, "`-1`"),
        ([3, 10**6], SHORT, "outside the vocabulary"),
        ([3] * backend.max_context, SHORT, "at most leave room"),
        ([3], Sampling(json_schema={}), "JSON schema"),
    ]
    for prompt, sampling, words in cases:
        with pytest.raises(RequestError, match=words):
            await backend.complete(prompt, sampling)
    outside = FirstTokenRule(name="outside", ban_ids=(10**6,))
    ruled = Sampling(max_tokens=4, temperature=0.0, first_token=outside)
    assert await backend.complete([3], ruled) == await backend.complete([3], SHORT)


@pytest.mark.engine
@pytest.mark.parametrize(
    "values",
    [
        {"top_k": 2**70},
        {"top_k": 10**9 + 1},
        {"top_k": -1},
        {"temperature": float("nan")},
        {"temperature": -1.0},
        {"top_p": 0.0},
        {"min_p": 2.0},
        {"repetition_penalty": 1e-9},
        {"repetition_penalty": float("inf")},
        {"presence_penalty": 2.1},
        {"frequency_penalty": float("nan")},
        {"max_tokens": 0},
    ],
    ids=str,
)
async def test_a_value_out_of_range_ends_one_request_only(
    values: dict[str, Any], backend: Any
) -> None:
    good, bad = await asyncio.gather(
        backend.complete([3, 4], SHORT),
        backend.complete([3, 4], Sampling(**values)),
        return_exceptions=True,
    )
    assert len(good[0].token_ids) == 4
    assert isinstance(bad, RequestError)
    assert next(iter(values)) in bad.message
    assert await backend.complete([3, 4], SHORT) == good


@pytest.mark.engine
async def test_values_at_their_bounds_are_served(backend: Any) -> None:
    greedy = await backend.complete([3, 4], SHORT)
    for temperature in (1e-45, 9e-6):
        cold = Sampling(max_tokens=4, temperature=temperature)
        assert await backend.complete([3, 4], cold) == greedy
    for values in (
        {"top_k": 10**9},
        {"repetition_penalty": 0.01},
        {"repetition_penalty": 100.0},
        {"presence_penalty": 2.0, "frequency_penalty": -2.0},
    ):
        [found] = await backend.complete([3, 4], Sampling(max_tokens=4, seed=2**70, **values))
        assert found.token_ids


@pytest.mark.engine
@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("OutOfMemoryError", "CUDA out of memory", "out of memory with a single sample"),
        ("AcceleratorError", "CUDA error: device-side assert triggered", "CUDA error"),
        ("RuntimeError", "CUDA error: an illegal memory access", "CUDA error"),
    ],
)
async def test_a_dying_engine_answers_everyone(
    backend: Any, kind: str, words: str, said: str
) -> None:
    import torch

    model = backend._worker._schedule.decoder.model
    original, passes = model.forward, 0

    def forward(*args: Any, **kwargs: Any) -> Any:
        nonlocal passes
        passes += 1
        if passes > 6:
            raise getattr(torch, kind, RuntimeError)(words)
        return original(*args, **kwargs)

    model.forward = forward
    long = Sampling(max_tokens=500, temperature=0.0)
    jobs = (backend.complete([3, 4, 5 + k % 3], long) for k in range(100))
    found = await asyncio.wait_for(asyncio.gather(*jobs, return_exceptions=True), 60)
    assert all(isinstance(one, EngineDeadError) for one in found)
    with pytest.raises(EngineDeadError, match=said) as at:
        await backend.complete([3], SHORT)
    assert kind != "OutOfMemoryError" or "--max-context" in str(at.value.hint)
    assert backend.stats().running == backend.stats().waiting == 0


@pytest.mark.engine
async def test_without_memory_for_all_fewer_are_worked_on(
    backend: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A pass with more than 40 rows finds no memory: the samples are those of an engine with enough."""
    import torch

    jobs = [([3, 4, 5 + k % 3], Sampling(max_tokens=30, seed=k)) for k in range(100)]
    whole = await asyncio.gather(*(backend.complete(*one) for one in jobs))
    model = backend._worker._schedule.decoder.model
    original, refused = model.forward, 0

    def forward(*args: Any, **kwargs: Any) -> Any:
        nonlocal refused
        if len(kwargs["input_ids"]) > 40:
            refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return original(*args, **kwargs)

    model.forward = forward
    assert await asyncio.gather(*(backend.complete(*one) for one in jobs)) == whole
    assert refused == 2
    assert backend._worker._schedule.decoder.max_rows == 32
    assert "half as many" in caplog.text


@pytest.mark.engine
def test_batches_without_joining_find_less_memory_too(loaded: Any) -> None:
    """``PlainBatcher`` goes on from the tokens it has, and hands nothing back twice."""
    import torch

    from magpie_backend_transformers.plain import PlainBatcher
    from magpie_backend_transformers.request import Request

    def requests() -> deque[Request]:
        seeds = range(8)
        return deque(Request((3, 4), Sampling(seed=k), seed=k, limit=4 + 3 * k) for k in seeds)

    def run(batcher: Any, waiting: deque[Request]) -> list[list[int]]:
        every = list(waiting)
        with torch.inference_mode():
            while waiting or batcher.running:
                try:
                    batcher.turn(waiting)
                except torch.OutOfMemoryError:
                    assert batcher.halve(waiting)
        return [one.tokens for one in every]

    model = loaded.model
    whole = run(PlainBatcher(model, max_rows=8, max_context=200), requests())
    batcher, original, passes = PlainBatcher(model, max_rows=8, max_context=200), model.forward, 0

    def forward(*args: Any, **kwargs: Any) -> Any:
        nonlocal passes
        passes += 1
        if passes > 6 and len(kwargs["input_ids"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(*args, **kwargs)

    model.forward = forward
    try:
        assert run(batcher, requests()) == whole
    finally:
        del model.forward
    assert batcher.max_rows <= 3
    one = deque([Request((3, 4), Sampling(), seed=1, limit=4)])
    batcher._batch = [one[0]]
    assert not batcher.halve(one)


@pytest.mark.engine
async def test_an_engine_that_hangs_is_left_behind(
    checkpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TransformersBackend, "CLOSE_SECONDS", 0.1)
    engine = await TransformersBackend.open(EngineSettings(checkpoint=checkpoint))
    hangs, over = threading.Event(), threading.Event()

    def forward(*args: Any, **kwargs: Any) -> Any:
        hangs.set()
        over.wait(300)
        raise RuntimeError("the test is over")

    engine._worker._schedule.decoder.model.forward = forward  # type: ignore[union-attr]
    task = asyncio.create_task(engine.complete([3, 4], SHORT))
    await asyncio.to_thread(hangs.wait, 60)
    await asyncio.wait_for(engine.close(), 60)
    task.cancel()
    over.set()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.engine
async def test_logits_that_are_not_numbers_fail_one_request_only(backend: Any) -> None:
    model = backend._worker._schedule.decoder.model
    original = model.forward

    def forward(*args: Any, **kwargs: Any) -> Any:
        out = original(*args, **kwargs)
        out.logits[kwargs["input_ids"][:, -1] == 7] = float("nan")
        return out

    model.forward = forward
    good, bad = await asyncio.gather(
        backend.complete([3, 4], SHORT), backend.complete([3, 7], SHORT), return_exceptions=True
    )
    assert len(good[0].token_ids) == 4
    assert isinstance(bad, RequestError)


@pytest.mark.engine
async def test_closing_answers_what_is_unanswered(checkpoint: str) -> None:
    engine = await TransformersBackend.open(EngineSettings(checkpoint=checkpoint, max_batch=2))
    long = Sampling(max_tokens=900, temperature=1.0)
    tasks = [asyncio.create_task(engine.complete([3], long)) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert engine.stats().running + engine.stats().waiting == 5
    await engine.close()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, EngineDeadError) for one in found)


@pytest.mark.engine
async def test_cancelled_rows_make_room(checkpoint: str) -> None:
    engine = await TransformersBackend.open(EngineSettings(checkpoint=checkpoint, max_batch=2))
    tasks = [asyncio.create_task(engine.complete([3], Sampling(max_tokens=1000))) for _ in range(6)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    [completion] = await asyncio.wait_for(engine.complete([3], SHORT), 10)
    assert len(completion.token_ids) == 4
    await engine.close()


@pytest.mark.engine
async def test_a_small_batch_serves_many(checkpoint: str) -> None:
    settings = EngineSettings(checkpoint=checkpoint, max_batch=3, options={"threads": 1})
    engine = await TransformersBackend.open(settings)
    assert engine.capacity == 3
    jobs = (engine.complete([3, k + 20], Sampling(max_tokens=5, seed=k), 2) for k in range(20))
    found = await asyncio.gather(*jobs)
    assert [len(one) for one in found] == [2] * 20
    assert engine.stats().prompt_tokens == 20 * 2 * 2
    await engine.close()


@pytest.mark.engine
async def test_unusable_settings_are_explained(checkpoint: str, tmp_path: Path) -> None:
    import torch

    async def refused(kind: type[Exception], words: str, **settings: Any) -> None:
        with pytest.raises(kind, match=words):
            await TransformersBackend.open(EngineSettings(**{"checkpoint": checkpoint} | settings))

    if not torch.cuda.is_available():
        await refused(BackendError, "no GPU", device="cuda")
    await refused(BackendError, "unknown device", device="abacus")
    await refused(BackendError, "unknown dtype", dtype="float7")
    await refused(BackendError, "no_such_option", options={"no_such_option": 1})
    await refused(BackendError, "`threads`", options={"threads": "two"})
    await refused(CheckpointError, "does not exist", checkpoint=str(tmp_path / "missing"))


@pytest.mark.engine
async def test_broken_weights_are_explained(checkpoint: str, tmp_path: Path) -> None:
    for file in Path(checkpoint).iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(data[:1000] if file.suffix == ".safetensors" else data)
    with pytest.raises(CheckpointError, match="weights of") as damaged:
        await TransformersBackend.open(EngineSettings(checkpoint=str(tmp_path)))
    for file in tmp_path.glob("*.safetensors"):
        file.unlink()
    with pytest.raises(CheckpointError, match="weights of") as missing:
        await TransformersBackend.open(EngineSettings(checkpoint=str(tmp_path)))
    for caught in (damaged, missing):
        assert "*.safetensors" in str(caught.value.hint)
        assert "download it again" in str(caught.value.hint)


@pytest.mark.engine
async def test_opening_is_quiet(checkpoint: str, capfd: pytest.CaptureFixture[str]) -> None:
    engine = await TransformersBackend.open(EngineSettings(checkpoint=checkpoint, device="cpu"))
    await engine.complete([3], SHORT)
    await engine.close()
    assert capfd.readouterr() == ("", "")
    assert engine.versions()["batching"] == "continuous"
    assert engine.versions()["dtype"] == "float32"


@pytest.mark.engine
def test_leaving_without_closing_ends_the_process(checkpoint: str) -> None:
    code = (
        "import asyncio, sys\n"
        "from magpie_backend_transformers import TransformersBackend\n"
        "from magpie_core import EngineSettings, Sampling\n"
        "async def main():\n"
        "    engine = await TransformersBackend.open(EngineSettings(checkpoint=sys.argv[1]))\n"
        "    asyncio.ensure_future(engine.complete([3], Sampling(max_tokens=1000)))\n"
        "    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, checkpoint], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
