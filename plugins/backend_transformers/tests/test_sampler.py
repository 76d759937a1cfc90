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
        Sampling(presence_penalty=1.5, frequency_penalty=0.5),
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


def step(rows: Rows, sampler: Sampler, logits: np.ndarray) -> list[int]:
    """One step as the engine makes it: draw, then give every row its token."""
    scores = torch.tensor(logits, dtype=torch.float32).expand(rows.active, -1).clone()
    tokens = sampler.draw(scores, rows)
    rows.accept(tokens)
    return tokens


def greedy_by_hand(logits: np.ndarray, sampling: Sampling, steps: int) -> list[int]:
    """OpenAI's definition: ``logit - frequency * count - presence * (count > 0)``, counts over the sample."""
    counts, drawn = np.zeros_like(logits), []
    for _ in range(steps):
        left = (
            logits - sampling.frequency_penalty * counts - sampling.presence_penalty * (counts > 0)
        )
        drawn.append(int(left.argmax()))
        counts[drawn[-1]] += 1
    return drawn


@pytest.mark.parametrize(
    "penalties",
    [
        {"presence_penalty": 0.75},
        {"presence_penalty": 2.0},
        {"frequency_penalty": 0.3},
        {"frequency_penalty": -0.5},
        {"presence_penalty": -1.0, "frequency_penalty": 0.9},
        {"presence_penalty": 1.1, "frequency_penalty": 0.35},
    ],
    ids=str,
)
def test_additive_penalties_follow_their_definition(penalties: dict[str, float]) -> None:
    sampling = Sampling(temperature=0.0, **penalties)  # type: ignore[arg-type]
    # The prompt holds the likeliest tokens: it must not count.
    rows, sampler = rows_of([sampling], prompt=(0, 6, 1)), Sampler(torch.device("cpu"))
    rows.requests[0].limit = 99
    drawn = [step(rows, sampler, LOGITS)[0] for _ in range(12)]
    assert drawn == greedy_by_hand(LOGITS, sampling, 12)


def test_penalised_rows_keep_their_counts_as_rows_come_and_go() -> None:
    """Rows start late, move into another's slot and go on: each draws what it draws alone."""
    kinds = [
        Sampling(temperature=0.0, presence_penalty=0.75),
        Sampling(temperature=0.0),
        Sampling(temperature=0.0, frequency_penalty=0.3, repetition_penalty=1.2),
        Sampling(temperature=0.0, repetition_penalty=1.3),
        Sampling(temperature=0.0, presence_penalty=0.6, frequency_penalty=0.25),
    ]

    def alone(sampling: Sampling, steps: int) -> list[int]:
        rows, sampler = Rows(1), Sampler(torch.device("cpu"))
        rows.put(0, Request((3,), sampling, seed=0, limit=99))
        return [step(rows, sampler, LOGITS)[0] for _ in range(steps)]

    rows, sampler = Rows(len(kinds)), Sampler(torch.device("cpu"))
    requests = [Request((3,), sampling, seed=0, limit=99) for sampling in kinds]
    for slot in range(3):
        rows.put(slot, requests[slot])
    for _ in range(4):
        step(rows, sampler, LOGITS)
    for slot in range(3, 5):
        rows.put(slot, requests[slot])
    for _ in range(3):
        step(rows, sampler, LOGITS)
    # the first row leaves, the last one takes its slot
    rows.move(4, 0)
    sampler.move(4, 0, rows)
    rows.shrink(4)
    for _ in range(4):
        step(rows, sampler, LOGITS)
    left = requests[0]
    # and comes back, as a batch of an engine without rows makes it: with its tokens so far
    rows.put(4, left)
    for _ in range(3):
        step(rows, sampler, LOGITS)
    for request in requests:
        assert request.tokens == alone(request.sampling, len(request.tokens))
    assert [len(one.tokens) for one in requests] == [10, 14, 14, 10, 10]


def test_a_penalised_row_does_not_touch_the_logits_of_others() -> None:
    sampling = Sampling(temperature=0.0, presence_penalty=2.0, frequency_penalty=2.0)
    rows, sampler = rows_of([sampling, Sampling()]), Sampler(torch.device("cpu"))
    for one in rows.requests:
        one.limit = 99
    generator = np.random.default_rng(7)
    for _ in range(5):
        logits = generator.normal(size=(2, 1000))
        scores = torch.tensor(logits, dtype=torch.float32)
        before = scores[1].clone()
        rows.accept(sampler.draw(scores, rows))
        assert torch.equal(scores[1], before)


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
