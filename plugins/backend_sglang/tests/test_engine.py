"""The real engine beyond the contract, twice: ``dp_size`` makes engines. The last test kills them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("sglang", reason="SGLang is not installed here: see install.sh")
import psutil

from magpie_backend_sglang import SGLangBackend
from magpie_core import (
    BackendError,
    EngineDeadError,
    EngineSettings,
    FirstTokenRule,
    RequestError,
    Sampling,
)
from magpie_core.checkpoint import open_checkpoint
from magpie_core.testing.lora import write_lora

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

CHUNK = 64
"""Tokens of a prompt that are read at once; longer ones are read in parts."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(checkpoint: str, cpu_options: dict[str, Any]) -> AsyncIterator[SGLangBackend]:
    options = {**cpu_options, "chunked_prefill_size": CHUNK, "dp_size": 2, "random_seed": 5}
    settings = EngineSettings(
        checkpoint=checkpoint, device="cpu", dtype="float32", max_batch=8, options=options
    )
    found = await SGLangBackend.open(settings)
    yield found
    await found.close()


@pytest.fixture(scope="module")
def prompts(checkpoint: str) -> list[list[int]]:
    """Short ones, and some that are read in parts."""
    encode = open_checkpoint(checkpoint).tokenizer.encode
    lines = [
        "Hi",
        "List three rivers.",
        "What is 2 plus 3? " * 20,
        "A boat and a lighthouse. " * 40,
    ]
    return [encode(one, add_special_tokens=False) for one in lines]


async def test_it_says_what_it_is(engine: SGLangBackend) -> None:
    said = engine.versions()
    assert said["sglang"] == "0.5.21", "tested with this version; test again, then say so here"
    assert said["sglang-seeds"].startswith("none")
    assert not engine.capabilities.seeds
    assert said["sglang-random-seed"] == "5, 6"
    assert engine.capacity == 2 * 8
    assert engine.max_context == 1024 - 2  # SGLang keeps two


async def test_engines_of_one_prompt_give_different_samples(
    engine: SGLangBackend, prompts: list[list[int]]
) -> None:
    """SGLang's own data-parallel ranks would give the same ones."""
    for _ in range(3):
        first, second = await asyncio.gather(  # one for each engine, the least busy
            *(engine.complete(prompts[0], Sampling(temperature=2.0, max_tokens=20)) for _ in "12")
        )
        assert first != second


async def test_a_rule_is_for_the_first_token_alone(
    engine: SGLangBackend, prompts: list[list[int]]
) -> None:
    """Also where the prompt is read in parts, and beside requests with other rules and with none."""
    assert max(map(len, prompts)) > 2 * CHUNK
    greedy = Sampling(temperature=0.0, max_tokens=12)
    free = [(await engine.complete(one, greedy))[0].token_ids for one in prompts]
    firsts = {ids[0] for ids in free}
    jobs, wanted = [], []
    for prompt, ids in zip(prompts, free, strict=True):
        later = [one for one in ids[1:] if one != ids[0]]
        harmless = FirstTokenRule(name="later", ban_ids=tuple(later))
        scaled = FirstTokenRule(name="scaled", divide_logits=3.0)
        for rule in (
            None,
            harmless,
            scaled,
        ):  # neither changes a greedy first token, or may a later one
            sampling = Sampling(temperature=0.0, max_tokens=12, first_token=rule)
            jobs.append(engine.complete(prompt, sampling))
            wanted.append(ids)
        banned = FirstTokenRule(name="first", ban_ids=tuple(firsts))
        jobs.append(
            engine.complete(prompt, Sampling(temperature=0.0, max_tokens=12, first_token=banned))
        )
        wanted.append(())
    found = [one.token_ids for [one] in await asyncio.gather(*jobs)]
    for ids, expected in zip(found, wanted, strict=True):
        if expected:
            assert ids == expected
        else:
            assert ids[0] not in firsts


async def test_schemas_that_no_compiler_takes_cost_their_row(
    engine: SGLangBackend, prompts: list[list[int]]
) -> None:
    bad: list[dict[str, Any]] = [
        {"type": "no such type"},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}},
        {"type": "string", "pattern": "("},
        {"enum": []},
        {"type": "number", "multipleOf": 7},
        {"not": {}},
    ]
    jobs = [engine.complete(prompts[0], Sampling(max_tokens=4, json_schema=one)) for one in bad]
    good = engine.complete(prompts[0], Sampling(max_tokens=4))
    *refused, [served] = await asyncio.gather(*jobs, good, return_exceptions=True)
    assert [type(one) for one in refused] == [RequestError] * len(bad)
    assert len(served.token_ids) > 0


async def test_cancelled_requests_are_stopped(
    engine: SGLangBackend, prompts: list[list[int]]
) -> None:
    """Forty that would take 400 tokens each, of which sixteen run."""
    jobs = [
        asyncio.ensure_future(engine.complete(prompts[0], Sampling(max_tokens=400)))
        for _ in range(40)
    ]
    while engine.stats().waiting < 24:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    begin = time.monotonic()
    for one in jobs:
        one.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    while engine.stats().running:
        await asyncio.sleep(0.01)
    stopped = time.monotonic() - begin
    begin = time.monotonic()
    await engine.complete(prompts[0], Sampling(max_tokens=400))
    assert stopped < time.monotonic() - begin, "they were worked off, not stopped"


async def test_an_option_that_is_none(checkpoint: str) -> None:
    settings = EngineSettings(checkpoint=checkpoint, options={"tp_sise": 2})
    said = r"SGLang 0\.5\.21 has no option `tp_sise`, did you mean `tp_size`\?"
    with pytest.raises(BackendError, match=said):
        await SGLangBackend.open(settings)


async def test_a_lora_without_a_gpu(checkpoint: str, cpu_options: Any, tmp_path: Path) -> None:
    options = {**cpu_options, "lora": write_lora(tmp_path, checkpoint)}
    settings = EngineSettings(checkpoint=checkpoint, device="cpu", options=options)
    with pytest.raises(BackendError, match="a LoRA only where there is a GPU") as caught:
        await SGLangBackend.open(settings)
    assert "--backend vllm" in str(caught.value.hint)


async def test_no_process_survives_ours(checkpoint: str, tmp_path: Path) -> None:
    """Killed while the engine starts, when nothing of SGLang's can look after that yet."""
    code = (
        "import asyncio, sys\n"
        "from magpie_backend_sglang import SGLangBackend\n"
        "from magpie_core import EngineSettings\n"
        "settings = EngineSettings(checkpoint=sys.argv[1], device='cpu')\n"
        "asyncio.run(SGLangBackend.open(settings))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, checkpoint])
    ours = psutil.Process(process.pid)
    children: list[Any] = []
    while not children:
        assert process.poll() is None
        time.sleep(0.1)
        children = [
            one for one in ours.children() if "magpie_backend_sglang.child" in one.cmdline()
        ]
    time.sleep(2.0)  # past its first message
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert (len(gone), alive) == (1, [])


async def test_the_end_of_an_engine_is_not_ours(
    engine: SGLangBackend, prompts: list[list[int]]
) -> None:
    """SGLang kills the process that holds its engine when its scheduler dies; the last test of this file."""
    everyone = psutil.Process().children()  # a server of other tests is among them
    ours = [one for one in everyone if "magpie_backend_sglang.child" in one.cmdline()]
    below = [*ours, *(part for one in ours for part in one.children(recursive=True))]
    first, second = [one for one in below if "scheduler" in " ".join(one.cmdline())]

    def ask(count: int) -> list[asyncio.Future[Any]]:
        sampling = Sampling(max_tokens=300)
        return [asyncio.ensure_future(engine.complete(prompts[0], sampling)) for _ in range(count)]

    jobs = ask(6)
    await asyncio.sleep(0.3)
    first.kill()
    found = await asyncio.wait_for(asyncio.gather(*jobs), 120)
    assert len(found) == 6, "the other engine takes over"
    assert engine.capacity == 8
    jobs = ask(4)
    await asyncio.sleep(0.3)
    second.kill()
    ended = await asyncio.wait_for(asyncio.gather(*jobs, return_exceptions=True), 60)
    assert [type(one) for one in ended] == [EngineDeadError] * 4
    assert "the SGLang engine ended: its scheduler_0 crashed with exit code -9" in str(ended[0])
    assert "its log: less " in ended[0].hint
    with pytest.raises(EngineDeadError):
        await engine.complete(prompts[0], Sampling(max_tokens=2))
    await engine.close()
    with pytest.raises(EngineDeadError, match="closed"):
        await engine.complete(prompts[0], Sampling(max_tokens=2))
    _, alive = psutil.wait_procs(below, timeout=20)
    assert not alive
