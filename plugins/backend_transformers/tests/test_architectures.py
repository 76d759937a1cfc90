"""Tiny models of other architectures, with random weights: greedy equals ``model.generate``."""

import asyncio
import inspect
import time
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from transformers import (
    CONFIG_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    GenerationConfig,
)

from magpie_backend_transformers import suitability
from magpie_backend_transformers.backend import TransformersBackend
from magpie_backend_transformers.loading import Loaded
from magpie_backend_transformers.schedules import make_schedule
from magpie_backend_transformers.worker import Worker
from magpie_core import Completion, EngineDeadError, Sampling

pytestmark = pytest.mark.engine

WINDOWS_ARE_KNOWN = "config" in inspect.signature(DynamicCache.__init__).parameters

SIZES = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
ROW_WISE = {
    "llama": {},
    "qwen2": {},
    "qwen3": {"layer_types": ["full_attention", "sliding_attention"] * 2, "sliding_window": 6,
              "use_sliding_window": True},
    "mistral": {"sliding_window": 6},
    "phi3": {"sliding_window": 7},
    "gemma2": {"sliding_window": 6, "query_pre_attn_scalar": 8},
    "gemma3_text": {"sliding_window": 6, "query_pre_attn_scalar": 8},
}  # fmt: skip
BY_BATCH = {
    "mamba2": {"num_heads": 8, "head_dim": 8, "state_size": 8, "n_groups": 2, "chunk_size": 8},
    "falcon_h1": {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8,
                  "mamba_n_groups": 1, "mamba_chunk_size": 8},
}  # fmt: skip
PROMPTS = [[(5 * k + 3 * j) % 90 + 3 for j in range(1 + (k * 7) % 19)] for k in range(12)]


class PlainTokenizer:
    """Stands in for a tokenizer: a letter for each id."""

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(chr(97 + one % 26) for one in ids)


def build(kind: str, options: dict[str, Any]) -> Any:
    if kind not in CONFIG_MAPPING:
        pytest.skip(f"this version of transformers has no {kind}")
    torch.manual_seed(1)
    config = AutoConfig.for_model(kind, **{**SIZES, **options})
    model = AutoModelForCausalLM.from_config(config).eval()
    # random weights of the usual size hardly attend: make the context matter
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4.0)
    model.generation_config = GenerationConfig()
    return model


def backend_of(model: Any, context: int = 128) -> tuple[TransformersBackend, str]:
    loaded = Loaded(model, PlainTokenizer(), vocabulary=97, context=context)
    schedule, kind = make_schedule(loaded, 8, context)
    return TransformersBackend(loaded, Worker(schedule), 8, kind), kind


def generate(model: Any, prompt: list[int], tokens: int) -> list[int]:
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            pad_token_id=0,
        )
    return out[0, len(prompt) :].tolist()


async def ask_all(backend: TransformersBackend) -> list[Completion]:
    jobs = (
        backend.complete(prompt, Sampling(temperature=0.0, max_tokens=4 + 2 * k))
        for k, prompt in enumerate(PROMPTS)
    )
    return [one for [one] in await asyncio.gather(*jobs)]


@pytest.mark.parametrize("kind", ROW_WISE)
async def test_row_by_row_equals_generate(kind: str) -> None:
    if "sliding_window" in ROW_WISE[kind] and not WINDOWS_ARE_KNOWN:
        pytest.skip("this version of transformers hides the layers' windows")
    model = build(kind, ROW_WISE[kind])
    backend, batching = backend_of(model)
    assert batching == "continuous"
    try:
        found = await ask_all(backend)
    finally:
        await backend.close()
    for k, (prompt, completion) in enumerate(zip(PROMPTS, found, strict=True)):
        assert list(completion.token_ids) == generate(model, prompt, 4 + 2 * k), f"prompt {k}"


@pytest.mark.parametrize("kind", BY_BATCH)
async def test_models_with_a_state_are_decoded_by_the_batch(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    model = build(kind, BY_BATCH[kind])
    backend, batching = backend_of(model)
    assert batching.startswith("plain (")
    assert "a batch at a time" in caplog.text
    try:
        found = await ask_all(backend)
        stats = backend.stats()
    finally:
        await backend.close()
    for k, (prompt, completion) in enumerate(zip(PROMPTS, found, strict=True)):
        assert list(completion.token_ids) == generate(model, prompt, 4 + 2 * k), f"prompt {k}"
    assert stats.sampled_tokens == sum(len(one.token_ids) for one in found)


def learned_positions(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A GPT-2 with 64 positions, to be decoded by the batch."""
    monkeypatch.setattr(suitability, "ATTENTION", ())
    return build("gpt2", {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 4})


async def test_a_batch_ends_with_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    model = learned_positions(monkeypatch)
    backend, batching = backend_of(model, 64)
    assert batching.startswith("plain (")
    penalised = Sampling(
        temperature=0.0,
        max_tokens=99,
        repetition_penalty=1.5,
        presence_penalty=0.5,
        frequency_penalty=0.1,
    )
    alone = (await backend.complete([5], penalised))[0]
    prompts = [[(3 * k) % 90 + 3 for k in range(size)] for size in (60, 1, 30, 62)]
    jobs = [backend.complete(one, Sampling(temperature=0.0, max_tokens=99)) for one in prompts]
    try:
        *found, [beside] = await asyncio.gather(*jobs, backend.complete([5], penalised))
        stats = backend.stats()
    finally:
        await backend.close()
    for prompt, [completion] in zip(prompts, found, strict=True):
        assert list(completion.token_ids) == generate(model, prompt, 64 - len(prompt))
    assert beside == alone
    assert stats.sampled_tokens == 4 + 63 + 34 + 2 + 2 * 63
    assert stats.prompt_tokens == 60 + 1 + 30 + 62 + 2


async def test_closing_ends_a_batch_after_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    model = learned_positions(monkeypatch)
    forward = model.forward

    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.05)
        return forward(*args, **kwargs)

    backend, _ = backend_of(model, 64)
    model.forward = slow
    long = [Sampling(temperature=0.0, max_tokens=tokens) for tokens in (1, 60, 60)]
    tasks = [asyncio.create_task(backend.complete([5], one)) for one in long]
    await tasks[0]
    began = time.perf_counter()
    await backend.close()
    assert time.perf_counter() - began < 1.0
    found = await asyncio.gather(*tasks[1:], return_exceptions=True)
    assert all(isinstance(one, EngineDeadError) for one in found)


async def test_an_attention_without_row_masks_is_decoded_by_the_batch() -> None:
    model = build("llama", {})
    model.config._attn_implementation = "flash_attention_2"
    loaded = Loaded(model, PlainTokenizer(), vocabulary=97, context=128)
    assert "flash_attention_2" in make_schedule(loaded, 8, 128)[1]
