"""Single requests on the real engine: what is refused, what is served, what is left behind."""

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")

from magpie_core import EngineDeadError, FirstTokenRule, RequestError, Sampling

pytestmark = pytest.mark.engine

SHORT = Sampling(max_tokens=4, temperature=0.0)
FREE_TEXT = {
    "type": "object",
    "properties": {"why": {"type": "string", "maxLength": 40}, "score": {"enum": [1, 2, 3]}},
    "required": ["why", "score"],
    "additionalProperties": False,
}


async def test_bad_prompts_are_refused_before_the_engine_sees_them(backend: Any) -> None:
    last = backend._vocabulary - 1
    cases: list[tuple[list[int], str]] = [
        ([], "empty"),
        ([3, -1], "`-1`"),
        ([3, last + 1], "outside the vocabulary"),
        ([3] * backend.max_context, "at most leave room"),
    ]
    for prompt, words in cases:
        good, bad = await asyncio.gather(
            backend.complete([3], SHORT), backend.complete(prompt, SHORT), return_exceptions=True
        )
        assert len(good[0].token_ids) == 4
        assert isinstance(bad, RequestError)
        assert words in bad.message
    assert (await backend.complete([last], SHORT))[0].token_ids
    [one] = await backend.complete([3] * (backend.max_context - 1), SHORT)
    assert (len(one.token_ids), one.finish_reason) == (1, "length")


@pytest.mark.parametrize(
    "values",
    [
        {"top_k": 2**70},
        {"top_k": -1},
        {"temperature": float("nan")},
        {"temperature": -1.0},
        {"top_p": 0.0},
        {"min_p": 2.0},
        {"repetition_penalty": float("inf")},
        {"presence_penalty": 2.1},
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


async def test_values_at_their_bounds_are_served(backend: Any) -> None:
    greedy = await backend.complete([3, 4], SHORT)
    cold = Sampling(max_tokens=4, temperature=1e-45)
    assert await backend.complete([3, 4], cold) == greedy
    for values in (
        {"top_k": 10**9},
        {"temperature": 10.0},
        {"repetition_penalty": 0.01},
        {"repetition_penalty": 100.0},
        {"presence_penalty": 2.0, "frequency_penalty": -2.0},
        {"stop_token_ids": (10**6, 7)},
        {"stop_strings": ("",)},
    ):
        [found] = await backend.complete([3, 4], Sampling(max_tokens=4, seed=2**70, **values))
        assert found.token_ids


async def test_huge_and_negative_seeds_are_seeds(backend: Any) -> None:
    for seed in (-1, -5, 2**63 - 1, 2**64 + 3):
        first, again = [
            await backend.complete([3, 4], Sampling(max_tokens=20, seed=seed), 2) for _ in range(2)
        ]
        assert first == again
        assert first[0] != first[1]


async def test_seeded_samples_of_more_prompts_than_one_step_reads(opened: Any) -> None:
    """A prompt read in parts made vLLM rewind a generator, which a CPU's cannot: the engine died."""
    engine = await opened(max_batch=128)
    at_once = engine._worker._opened.result()._engine.vllm_config.scheduler_config
    prompts = [[3 + (7 * k + i) % 400 for i in range(40)] for k in range(70)]
    assert sum(map(len, prompts)) > at_once.max_num_batched_tokens
    jobs = [engine.complete(one, Sampling(max_tokens=4, seed=k)) for k, one in enumerate(prompts)]
    together = await asyncio.gather(*jobs)
    assert len(together) == len(prompts)
    for k in (0, 35, 69):
        assert await engine.complete(prompts[k], Sampling(max_tokens=4, seed=k)) == together[k]


async def test_no_seed_is_another_seed_in_every_session(
    backend: Any, opened: Any, checkpoint: str
) -> None:
    other = await opened(max_batch=8)
    hot = Sampling(max_tokens=20, temperature=2.0)
    [ours], [theirs] = [await one.complete([3, 4], hot) for one in (backend, other)]
    assert ours.token_ids != theirs.token_ids
    await other.close()
    assert await backend.complete([3, 4], SHORT), "closing one engine took the other down"


async def test_nothing_but_the_requests_stops_ends_a_sample(
    backend: Any, question: list[int]
) -> None:
    """The checkpoint's own EOS does not."""
    stop = backend.tokenizer.eos_token_id
    [stopped] = await backend.complete(
        question, Sampling(temperature=0.0, max_tokens=200, stop_token_ids=(stop,))
    )
    assert stopped.stop_reason == stop
    [free] = await backend.complete(question, Sampling(temperature=0.0, max_tokens=200))
    assert len(free.token_ids) == 200
    assert free.token_ids[: len(stopped.token_ids)] == stopped.token_ids


async def test_strings_of_a_schema_are_strict_json(backend: Any, question: list[int]) -> None:
    """Raw control characters and endless white space are what weak models write there."""
    hot = [
        Sampling(max_tokens=120, seed=k, temperature=2.0, json_schema=FREE_TEXT) for k in range(40)
    ]
    found = await asyncio.gather(*(backend.complete(question, one) for one in hot))
    for [one] in found:
        assert one.finish_reason == "stop"
        assert isinstance(one.stop_reason, int)
        parsed = json.loads(one.text)
        assert set(parsed) == {"why", "score"}
        assert len(parsed["why"]) <= 40


@pytest.mark.parametrize(
    "schema", [{"type": 7}, {"type": "object", "properties": 3}, {"$ref": "#/nowhere"}], ids=str
)
async def test_a_bad_schema_ends_one_request_only(schema: dict[str, Any], backend: Any) -> None:
    good, bad = await asyncio.gather(
        backend.complete([3, 4], SHORT),
        backend.complete([3, 4], Sampling(max_tokens=4, json_schema=schema)),
        return_exceptions=True,
    )
    assert len(good[0].token_ids) == 4
    assert isinstance(bad, RequestError)


async def test_a_rule_of_a_larger_vocabulary_is_no_error(backend: Any) -> None:
    outside = FirstTokenRule(name="outside", ban_ids=(10**6,))
    ruled = Sampling(max_tokens=4, temperature=0.0, first_token=outside)
    assert await backend.complete([3], ruled) == await backend.complete([3], SHORT)


async def test_cancelled_samples_leave_the_engine(backend: Any) -> None:
    tasks = [
        asyncio.create_task(backend.complete([3], Sampling(max_tokens=1000), 2)) for _ in range(80)
    ]
    async with asyncio.timeout(30):
        while (before := backend.stats()).running < backend.capacity:
            await asyncio.sleep(0.01)
    assert (before.running, before.waiting) == (64, 96)
    for task in tasks:
        task.cancel()
    [one] = await asyncio.wait_for(backend.complete([3], SHORT), 10)
    assert len(one.token_ids) == 4
    after = backend.stats()
    assert (after.running, after.waiting) == (0, 0)
    assert not backend._worker._taken


async def test_the_counters_count_prompts_and_samples(backend: Any) -> None:
    before = backend.stats()
    found = await backend.complete([3, 4, 5], Sampling(max_tokens=7, seed=1), 3)
    after = backend.stats()
    sampled = sum(len(one.token_ids) for one in found)
    assert after.sampled_tokens - before.sampled_tokens == sampled
    assert after.prompt_tokens - before.prompt_tokens == 9
    assert 0 < after.busy_seconds - before.busy_seconds < 10


async def test_an_exception_inside_the_model_answers_everyone(opened: Any, checkpoint: str) -> None:
    engine = await opened(max_batch=4)
    core = engine._worker._opened.result()._engine.engine_core.engine_core
    original, steps = core.model_executor.execute_model, 0

    def fail(*args: Any, **kwargs: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps > 6:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return original(*args, **kwargs)

    core.model_executor.execute_model = fail
    jobs = (engine.complete([3, 4], Sampling(max_tokens=500)) for _ in range(20))
    found = await asyncio.wait_for(asyncio.gather(*jobs, return_exceptions=True), 60)
    assert all(isinstance(one, EngineDeadError) for one in found)
    with pytest.raises(EngineDeadError, match="illegal memory access"):
        await engine.complete([3], SHORT)
    assert engine.stats().running == engine.stats().waiting == 0
