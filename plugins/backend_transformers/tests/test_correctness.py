"""Token for token what ``model.generate`` gives, whatever else is in the batch."""

import asyncio
from typing import Any

import pytest

from magpie_backend_transformers import TransformersBackend
from magpie_core import EngineSettings, Sampling

pytestmark = pytest.mark.engine


def generate(
    model: Any, prompt: list[int], tokens: int, stop: list[int] | None = None
) -> list[int]:
    import torch

    with torch.inference_mode():
        ids = torch.tensor([prompt])
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            eos_token_id=stop,
            pad_token_id=0,
        )
    return out[0, len(prompt) :].tolist()


async def test_greedy_equals_generate_in_a_mixed_batch(
    backend: Any, loaded: Any, prompts: list[list[int]], complete_all: Any
) -> None:
    stop = loaded.tokenizer.eos_token_id
    samplings = [
        Sampling(temperature=0.0, max_tokens=10 + 3 * k, stop_token_ids=(stop,))
        for k in range(len(prompts))
    ]
    found = await complete_all(backend, prompts, samplings)
    for prompt, sampling, completion in zip(prompts, samplings, found, strict=True):
        expected = generate(loaded.model, prompt, sampling.max_tokens, [stop])
        assert list(completion.token_ids) == expected


async def test_rows_join_and_leave_without_changing_others(
    backend: Any, loaded: Any, prompts: list[list[int]]
) -> None:
    async def one(k: int) -> tuple[int, tuple[int, ...]]:
        await asyncio.sleep(0.01 * (k % 7))
        sampling = Sampling(temperature=0.0, max_tokens=1 + (k * 5) % 23)
        return k, (await backend.complete(prompts[k % 20], sampling))[0].token_ids

    for k, tokens in await asyncio.gather(*(one(k) for k in range(60))):
        assert list(tokens) == generate(loaded.model, prompts[k % 20], 1 + (k * 5) % 23)


async def test_repetition_penalty_equals_generate(
    backend: Any, loaded: Any, prompts: list[list[int]], complete_all: Any
) -> None:
    import torch

    samplings = [
        Sampling(temperature=0.0, max_tokens=24, repetition_penalty=(1.0, 1.3, 2.0)[k % 3])
        for k in range(12)
    ]
    found = await complete_all(backend, prompts[:12], samplings)
    for prompt, sampling, completion in zip(prompts, samplings, found, strict=False):
        ids = torch.tensor([prompt])
        out = loaded.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=24,
            repetition_penalty=sampling.repetition_penalty,
            pad_token_id=0,
        )
        assert list(completion.token_ids) == out[0, len(prompt) :].tolist()


async def test_additive_penalties_follow_their_definition(
    backend: Any, loaded: Any, prompts: list[list[int]], complete_all: Any
) -> None:
    """Against the model run token by token: logit - frequency * count - presence * (count > 0)."""
    import torch

    asked = [(0.0, 0.0), (2.0, 0.0), (0.0, 1.5), (0.7, -0.4)]
    samplings = [
        Sampling(temperature=0.0, max_tokens=24, presence_penalty=one, frequency_penalty=other)
        for one, other in (asked[k % 4] for k in range(12))
    ]
    found = await complete_all(backend, prompts[:12], samplings)
    for k, completion in enumerate(found):
        presence, frequency = asked[k % 4]
        ids, drawn = list(prompts[k]), []
        for _ in range(24):
            with torch.inference_mode():
                logits = loaded.model(torch.tensor([ids])).logits[0, -1].float()
            counts = torch.bincount(torch.tensor(drawn, dtype=torch.long), minlength=len(logits))
            logits = logits - frequency * counts - presence * (counts > 0)
            drawn.append(int(logits.argmax()))
            ids.append(drawn[-1])
        assert list(completion.token_ids) == drawn, asked[k % 4]


async def test_a_sample_does_not_depend_on_its_batch(
    backend: Any, loaded: Any, prompts: list[list[int]], complete_all: Any
) -> None:
    kinds = [
        {},
        {"top_p": 0.9},
        {"top_k": 40, "temperature": 0.8},
        {"min_p": 0.02, "temperature": 1.2},
        {"repetition_penalty": 1.1},
        {"presence_penalty": 1.5, "temperature": 0.9},
        {"frequency_penalty": 0.4, "presence_penalty": -0.3, "repetition_penalty": 1.05},
    ]
    stop = (loaded.tokenizer.eos_token_id,)
    chosen = [prompts[k % 20][:12] for k in range(80)]
    samplings = [
        Sampling(seed=k, max_tokens=24, stop_token_ids=stop, **kinds[k % len(kinds)])
        for k in range(80)
    ]
    together = await complete_all(backend, chosen, samplings)
    alone = [
        (await backend.complete(prompt, sampling))[0]
        for prompt, sampling in zip(chosen, samplings, strict=True)
    ]
    different = [k for k in range(80) if together[k] != alone[k]]
    assert not different, f"samples {different} change with their batch"


@pytest.mark.parametrize("max_batch", [0, 8, 24])
async def test_logits_are_the_same_to_the_last_bit(
    max_batch: int,
    checkpoint: str,
    prompts: list[list[int]],
    complete_all: Any,
    monkeypatch: Any,
) -> None:
    """A difference in the last bits tips a sample over about once in ten thousand tokens."""
    from magpie_backend_transformers.decoder import RowDecoder

    seen: dict[tuple[int, int], set[bytes]] = {}
    logits = RowDecoder.logits

    def recording(self: Any) -> Any:
        found = logits(self)
        for slot, request in enumerate(self.rows.requests):
            key = (request.seed, int(self.rows.position[slot]))
            seen.setdefault(key, set()).add(found[slot].numpy().tobytes())
        return found

    count = 30 if max_batch else 90
    samplings = [Sampling(seed=k, max_tokens=8 + 5 * (k % 7)) for k in range(count)]
    chosen = [prompts[k % 20] for k in range(count)]
    settings = EngineSettings(
        checkpoint=checkpoint, device="cpu", max_batch=max_batch, options={"threads": 1}
    )
    backend = await TransformersBackend.open(settings)
    monkeypatch.setattr(RowDecoder, "logits", recording)
    await complete_all(backend, chosen, samplings)
    for prompt, sampling in list(zip(chosen, samplings, strict=True))[::6]:
        await backend.complete(prompt, sampling)
    if not max_batch:
        await complete_all(backend, chosen[::-1][:40], samplings[::-1][:40])
    await backend.close()
    repeated = [key for key in seen if key[0] % 6 == 0 or key[0] >= 50]
    assert len(repeated) > (100 if max_batch else 1000)
    assert not [key for key in repeated if len(seen[key]) > 1]


async def test_prompts_that_come_again_are_read_once(
    backend: Any, prompts: list[list[int]]
) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=5)
    first = [await backend.complete(prompts[3], sampling) for _ in range(3)]
    decoder = backend._worker._schedule.decoder
    assert decoder.prefixes.get(tuple(prompts[3][:-1])) is not None
    assert first[0] == first[1] == first[2]


async def test_context_length_bounds_a_sample(backend: Any, prompts: list[list[int]]) -> None:
    room = 7
    prompt = (prompts[4] * 50)[: backend.max_context - room]
    sampling = Sampling(temperature=0.0, max_tokens=1000)
    [completion] = await backend.complete(prompt, sampling)
    assert len(completion.token_ids) == room
    assert completion.finish_reason == "length"
