"""The sampler's distribution against probabilities worked out by hand, and its random numbers."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from magpie_backend_transformers.random_numbers import uniforms
from magpie_backend_transformers.request import Request
from magpie_backend_transformers.rows import Rows
from magpie_backend_transformers.sampler import Sampler, cut_off
from magpie_core import FirstTokenRule, Sampling

LOGITS = np.array([2.0, 1.0, 0.5, 0.0, -1.0, -3.0, 1.5, -0.5])
DRAWS = 40_000


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def rows_of(samplings: list[Sampling], prompt: tuple[int, ...] = (0,), **options: Any) -> Rows:
    rows = Rows(len(samplings))
    for slot, sampling in enumerate(samplings):
        rows.put(slot, Request(prompt, sampling, seed=slot, limit=9, **options))
    return rows


def draw(logits: np.ndarray, rows: Rows) -> list[int]:
    scores = torch.tensor(logits, dtype=torch.float32).expand(rows.active, -1).clone()
    return Sampler(torch.device("cpu")).draw(scores, rows)


def keep(probabilities: np.ndarray, kept: list[int]) -> np.ndarray:
    left = np.zeros_like(probabilities)
    left[kept] = probabilities[kept]
    return left / left.sum()


PLAIN = softmax(LOGITS)
ORDER = np.argsort(-PLAIN)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(), PLAIN),
        (Sampling(temperature=0.5), softmax(LOGITS / 0.5)),
        (Sampling(temperature=2.0), softmax(LOGITS / 2.0)),
        (Sampling(top_k=3), keep(PLAIN, [0, 6, 1])),
        (Sampling(top_k=100), PLAIN),
        # 0.43 + 0.26 = 0.69 < 0.7 <= 0.85
        (Sampling(top_p=0.7), keep(PLAIN, [0, 6, 1])),
        (Sampling(top_p=0.01), keep(PLAIN, [0])),
        (Sampling(min_p=0.3), keep(PLAIN, [k for k in range(8) if PLAIN[k] >= 0.3 * PLAIN.max()])),
        # of the three likeliest, two make up four fifths
        (Sampling(top_k=3, top_p=0.8), keep(PLAIN, [0, 6])),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, Sampling) else "",
)
def test_distribution(sampling: Sampling, expected: np.ndarray) -> None:
    found = np.bincount(draw(LOGITS, rows_of([sampling] * DRAWS)), minlength=8) / DRAWS
    assert not found[expected == 0].any(), "a token that is filtered out was drawn"
    assert np.abs(found - expected).max() < 4 * np.sqrt(0.25 / DRAWS)


def test_rows_with_different_settings_do_not_touch_each_other() -> None:
    kinds = [
        Sampling(),
        Sampling(temperature=0.0),
        Sampling(top_p=0.5),
        Sampling(top_k=2, temperature=3.0),
        Sampling(min_p=0.5),
        Sampling(repetition_penalty=5.0),
    ]
    generator = np.random.default_rng(5)
    logits = generator.normal(size=3000) * 3
    mixed = [kinds[k % len(kinds)] for k in range(120)]
    together = draw(logits, rows_of(mixed))
    for slot, sampling in enumerate(mixed):
        rows = Rows(1)
        rows.put(0, Request((0,), sampling, seed=slot, limit=9))
        assert draw(logits, rows) == [together[slot]]


def test_top_p_over_a_flat_vocabulary_sorts_all_of_it() -> None:
    scores = torch.linspace(0.0, 0.1, 5000).unsqueeze(0)
    column = torch.tensor
    cut = cut_off(scores, column([[0]]), column([[0.9]]), column([[0.0]]))
    probabilities = scores.double().softmax(1)[0]
    kept = probabilities[scores[0] >= cut[0]]
    assert kept.sum() >= 0.9
    assert kept.sum() - kept.min() < 0.9


def test_first_token_rule_counts_at_the_first_position_only() -> None:
    rule = FirstTokenRule(name="r", ban_ids=(0,), divide_logits=4.0)
    rows = rows_of([Sampling(first_token=rule)] * DRAWS, banned_first=(0,))
    found = np.bincount(draw(LOGITS, rows), minlength=8) / DRAWS
    expected = keep(softmax(LOGITS / 4.0), list(range(1, 8)))
    assert np.abs(found - expected).max() < 4 * np.sqrt(0.25 / DRAWS)
    rows.position[:] = 1
    found = np.bincount(draw(LOGITS, rows), minlength=8) / DRAWS
    assert np.abs(found - PLAIN).max() < 4 * np.sqrt(0.25 / DRAWS)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_logits_that_are_not_numbers_are_reported(temperature: float) -> None:
    rows = rows_of([Sampling(temperature=temperature)] * 2)
    scores = torch.tensor(np.stack([LOGITS, LOGITS * np.nan]), dtype=torch.float32)
    tokens = Sampler(torch.device("cpu")).draw(scores, rows)
    assert tokens[0] >= 0
    assert tokens[1] == -1


def test_a_row_that_goes_on_is_penalised_for_its_prompt_and_its_tokens() -> None:
    request = Request((0,), Sampling(temperature=0.0, repetition_penalty=9.0), seed=0, limit=9)
    request.tokens += [6, 1]
    rows = Rows(1)
    rows.put(0, request)
    assert (rows.length[0], rows.token[0], rows.position[0]) == (2, 1, 2)
    assert draw(LOGITS, rows) == [2]  # the likeliest of those not seen


def test_random_numbers_are_uniform_and_independent() -> None:
    seeds, positions = np.meshgrid(np.arange(300, dtype=np.uint64), np.arange(300))
    numbers = uniforms(seeds.ravel(), positions.ravel())
    assert len(np.unique(numbers)) == numbers.size
    counts = np.histogram(numbers, bins=50, range=(0, 1))[0]
    chi_square = ((counts - 1800) ** 2 / 1800).sum()
    assert chi_square < 90  # 49 degrees of freedom: one in 3000
    table = numbers.reshape(300, 300)
    for a, b in ((table[:, :-1], table[:, 1:]), (table[:-1], table[1:])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.015
