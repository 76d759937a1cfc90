"""Scores against transformers itself, checkpoints that cannot score, and what goes through the model together."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

from magpie_backend_transformers import TransformersBackend
from magpie_backend_transformers.gated import ARCHITECTURE, prompt_end
from magpie_backend_transformers.request import Request
from magpie_backend_transformers.scorer import MOST_PADDING, PASS_TOKENS, LengthBatcher, choose
from magpie_core import CheckpointError, EngineSettings, RequestError, Sampling
from magpie_core.testing.contracts.scores import ScoreContract

OBJECTIVES, HIDDEN, INNER, TEMPERATURE = 5, 256, 32, 10.0


def score_settings(checkpoint: str | Path) -> EngineSettings:
    return EngineSettings(
        checkpoint=str(checkpoint), task="score", device="cpu", options={"threads": 1}
    )


@pytest.mark.engine
class TestScores(ScoreContract):
    backend_class = TransformersBackend
    tolerance = 1e-4

    @classmethod
    def engine_settings(cls, checkpoint: str) -> EngineSettings:
        return score_settings(checkpoint)


@pytest.mark.engine
class TestScoresOfSeveralLabels(TestScores):
    labels = 3


@pytest.mark.engine
async def test_a_checkpoint_without_a_head_is_refused(checkpoint: str) -> None:
    with pytest.raises(CheckpointError, match=r"LlamaForCausalLM.*no reward.*score\.weight"):
        await TransformersBackend.open(score_settings(checkpoint))


@pytest.mark.engine
async def test_a_checkpoint_without_a_padding_token_is_scored_in_batches(
    tmp_path: Path, prompts: list[list[int]]
) -> None:
    from magpie_tiny.reward import expected_scores, reward_checkpoint

    folder = reward_checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["pad_token_id"] = None
    (folder / "config.json").write_text(json.dumps(config))
    found = await scores_of(folder, prompts)
    for got, wanted in zip(found, expected_scores(folder, prompts), strict=True):
        assert got == pytest.approx(wanted, abs=1e-4)


async def scores_of(folder: Path, prompts: list[list[int]]) -> list[list[float]]:
    engine = await TransformersBackend.open(score_settings(folder))
    try:
        return list(await asyncio.gather(*(engine.score(ids) for ids in prompts)))
    finally:
        await engine.close()


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint with ArmoRM's head, of random weights, under the names that ArmoRM has."""
    from magpie_tiny import CHECKPOINT

    folder = tmp_path_factory.mktemp("gated")
    shutil.copytree(CHECKPOINT, folder, dirs_exist_ok=True)
    config = json.loads((folder / "config.json").read_text())
    config |= {"architectures": [ARCHITECTURE], "num_objectives": OBJECTIVES}
    config |= {"gating_temperature": TEMPERATURE, "gating_hidden_dim": INNER, "gating_n_hidden": 2}
    (folder / "config.json").write_text(json.dumps(config))
    random = torch.Generator().manual_seed(3)

    def noise(*shape: int) -> Any:
        return torch.randn(shape, generator=random) / shape[-1] ** 0.5

    weights = load_file(folder / "model.safetensors")
    weights = {name: one.float() for name, one in weights.items() if name.startswith("model.")}
    widths = [HIDDEN, INNER, INNER, OBJECTIVES]
    for place, (before, after) in enumerate(itertools.pairwise(widths)):
        weights[f"gating.layers.{place}.weight"] = 20 * noise(after, before)
        weights[f"gating.layers.{place}.bias"] = noise(after)
    weights["gating.logit_scale"] = torch.tensor([1.5])
    weights["regression_layer.weight"] = noise(OBJECTIVES, HIDDEN)
    weights["reward_transform_matrix"] = torch.eye(OBJECTIVES) - 0.3 * noise(OBJECTIVES, OBJECTIVES)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def talk(tokenizer: Any, question: str, answer: str) -> list[int]:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    text = tokenizer.apply_chat_template(turns, tokenize=False)
    return list(tokenizer.encode(text, add_special_tokens=False))


def gated_score(folder: Path, tokenizer: Any, ids: list[int]) -> float:
    """The head's formula in NumPy, over the states of the plain model."""
    weights = {k: v.double().numpy() for k, v in load_file(folder / "model.safetensors").items()}
    with torch.no_grad():
        model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        states = model(torch.tensor([ids])).last_hidden_state[0].double().numpy()
    end_of_turn = tokenizer.convert_tokens_to_ids("<|eot_id|>")
    asked = [place for place, one in enumerate(ids) if one == end_of_turn][-2]
    x = states[asked]
    for place in range(3):
        x = weights[f"gating.layers.{place}.weight"] @ x + weights[f"gating.layers.{place}.bias"]
        x = np.maximum(x, 0) if place < 2 else x
    gate = np.exp(x / TEMPERATURE) / np.exp(x / TEMPERATURE).sum() * weights["gating.logit_scale"]
    ratings = (weights["regression_layer.weight"] @ states[-1]) @ weights["reward_transform_matrix"]
    return float(gate @ ratings)


@pytest.mark.engine
@pytest.mark.filterwarnings("ignore::UserWarning")
async def test_the_gated_head_computes_what_the_paper_says(gated: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(gated)
    talks = [("Hi", "Hello!"), ("What is 2 plus 3?", "5"), ("潮汐", "A long answer. " * 20)]
    prompts = [talk(tokenizer, *one) for one in talks]
    found = await scores_of(gated, prompts)
    wanted = [gated_score(gated, tokenizer, ids) for ids in prompts]
    assert [len(one) for one in found] == [1, 1, 1]
    assert [one[0] for one in found] == pytest.approx(wanted, abs=1e-4)
    assert max(wanted) - min(wanted) > 0.01


@pytest.mark.engine
async def test_a_conversation_without_an_answer_is_one_row(gated: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(gated)
    good = talk(tokenizer, "Hi", "Hello!")
    engine = await TransformersBackend.open(score_settings(gated))
    try:
        bad, fine = await asyncio.gather(
            engine.score(good[:4]), engine.score(good), return_exceptions=True
        )
    finally:
        await engine.close()
    assert isinstance(bad, RequestError)
    assert "no answer" in bad.message
    assert isinstance(fine, list)


def test_the_last_answer_is_where_the_prompt_ends() -> None:
    assert prompt_end([1, 7, 8, 2, 7, 8, 3], (7, 8)) == 4
    with pytest.raises(ValueError, match="no answer"):
        prompt_end([7], (7, 8))


def requests_of(lengths: list[int]) -> list[Request]:
    return [Request((1,) * length, Sampling(), seed=0, limit=0) for length in lengths]


@given(st.lists(st.integers(1, 2 * PASS_TOKENS), min_size=1, max_size=60), st.integers(1, 12))
def test_a_pass_holds_the_oldest_and_stays_within_its_bounds(lengths: list[int], rows: int) -> None:
    pool = requests_of(lengths)
    batch = choose(pool, rows, PASS_TOKENS)
    sizes = [len(one.prompt) for one in batch]
    padded = max(sizes) * len(sizes)
    assert any(one is pool[0] for one in batch)
    assert len({id(one) for one in batch}) == len(batch) <= rows
    assert len(batch) == 1 or padded <= PASS_TOKENS
    assert padded - sum(sizes) <= MOST_PADDING * padded + 1e-6


def test_like_lengths_go_together() -> None:
    pool = requests_of([100, 1000, 101, 990, 99, 1010])
    assert sorted(len(one.prompt) for one in choose(pool, 8, PASS_TOKENS)) == [99, 100, 101]
    assert sorted(len(one.prompt) for one in choose(pool[1:], 8, PASS_TOKENS)) == [990, 1000, 1010]


def test_every_request_gets_its_own_scores() -> None:
    class Lengths(torch.nn.Module):  # type: ignore[misc, name-defined]
        """Gives each row's number of tokens, which is the mask's sum."""

        def __init__(self) -> None:
            super().__init__()
            self.embeddings = torch.nn.Embedding(4, 1)
            self.config = type("Config", (), {"pad_token_id": None})()

        def get_input_embeddings(self) -> Any:
            return self.embeddings

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            assert self.config.pad_token_id not in (None, 1)
            return type("Output", (), {"logits": attention_mask.sum(1, keepdim=True)})

    requests = requests_of([5, 500, 6, 7, 510, 5])
    requests[2].cancelled = True
    batcher, waiting = LengthBatcher(Lengths(), max_rows=2, vocabulary=4), deque(requests)
    ended: list[Request] = []
    while waiting or batcher.running:
        ended += batcher.turn(waiting)
    assert len(ended) == 5
    assert all(one.scores == (len(one.prompt),) for one in ended)
    assert batcher.counts.read == 5 + 500 + 7 + 510 + 5
