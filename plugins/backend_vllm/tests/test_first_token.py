"""First-token rules and heat above vLLM's bound: the processor's two interfaces, and what is drawn."""

import asyncio
import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")

import numpy
import torch
from vllm.v1.sample.logits_processor.interface import MoveDirectionality

from magpie_backend_vllm.first_token import TokenEdits
from magpie_backend_vllm.names import BAN, DIVIDE, DIVIDE_FIRST
from magpie_core import FirstTokenRule, RequestError, Sampling

DRAWS = 3000


def asked(**edits: Any) -> Any:
    return SimpleNamespace(extra_args=edits or None)


def update(removed: Any = (), added: Any = (), moved: Any = ()) -> Any:
    return SimpleNamespace(removed=removed, added=added, moved=moved)


def banned(processor: TokenEdits, rows: int, ctx: Any = None) -> list[bool]:
    """In which rows id 2 is banned."""
    logits = processor.apply(torch.zeros(rows, 4), *([ctx] if ctx else []))
    return [math.isinf(row[2]) for row in logits.tolist()]


def test_the_first_interface_follows_rows_that_leave_and_move() -> None:
    processor = TokenEdits(None, torch.device("cpu"), False)
    sampled: list[list[int]] = [[], [], []]
    rule = asked(**{BAN: [2]})
    rows = [(0, rule, None, sampled[0]), (1, asked(), None, []), (2, rule, None, sampled[2])]
    processor.update_state(update(added=rows))
    assert banned(processor, 3) == [True, False, True]
    processor.update_state(update(moved=[(0, 1, MoveDirectionality.SWAP)]))
    assert banned(processor, 3) == [False, True, True]
    processor.update_state(update(removed=[1], moved=[(2, 1, MoveDirectionality.UNIDIRECTIONAL)]))
    processor.update_state(None)
    assert banned(processor, 3) == [False, True, False]
    sampled[2].append(7)
    assert banned(processor, 3) == [False, False, False]
    processor.update_state(update(added=[(1, rule, None, [])]))
    processor.update_state(update(added=[(1, asked(), None, [])]))
    assert banned(processor, 3) == [False, False, False]


def test_the_second_interface_goes_by_slot_and_length() -> None:
    lengths = SimpleNamespace(prompt_len=SimpleNamespace(np=numpy.array([5, 5, 9])))
    processor = TokenEdits(None, lengths)
    assert processor.add_request(2, asked(**{BAN: [2]}))
    assert processor.add_request(0, asked(**{BAN: [2]}))
    assert not processor.add_request(1, asked())

    def step(slots: list[int], seen: list[int]) -> list[bool]:
        ctx = SimpleNamespace(
            idx_mapping_np=numpy.array(slots), seq_lens_upper_bound_np=numpy.array(seen)
        )
        return banned(processor, len(slots), ctx)

    assert step([2, 1, 0], [9, 5, 5]) == [True, False, True]
    assert step([0, 2], [6, 10]) == [False, False]
    processor.add_request(2, asked())
    assert step([2], [9]) == [False]


def test_both_runners_of_this_vllm_accept_the_class() -> None:
    from vllm.v1.sample.logits_processor import LogitsProcessor

    assert issubclass(TokenEdits, LogitsProcessor)
    second = pytest.importorskip("vllm.v1.worker.gpu.sample.logits_processor")
    assert issubclass(TokenEdits, second.LogitsProcessor)


def test_divisors() -> None:
    processor = TokenEdits(None, torch.device("cpu"), False)
    sampled: list[int] = []
    edits = {DIVIDE_FIRST: 4.0, DIVIDE: 2.0}
    processor.update_state(update(added=[(1, asked(**edits), None, sampled)]))
    first = processor.apply(torch.full((2, 3), 8.0))
    assert first.tolist() == [[8.0] * 3, [1.0] * 3]
    sampled.append(1)
    later = [processor.apply(torch.full((2, 3), 8.0)).tolist() for _ in range(2)]
    assert later == [[[8.0] * 3, [4.0] * 3]] * 2
    for edits in ({DIVIDE: 0.0}, {DIVIDE_FIRST: -1}, {BAN: ["x"]}, {BAN: [-1]}):
        with pytest.raises(ValueError, match=r"divided|token ids"):
            TokenEdits.validate_params(asked(**edits))


def shares(drawn: list[int]) -> dict[int, float]:
    return {one: count / len(drawn) for one, count in Counter(drawn).items()}


@pytest.mark.engine
async def test_the_first_token_is_drawn_as_the_rule_says(
    backend: Any, checkpoint: str, question: list[int]
) -> None:
    """Against transformers' own logits: divided by 3, and without the likeliest token."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    with torch.no_grad():
        logits = model(torch.tensor([question])).logits[0, -1]
    top = int(logits.argmax())
    logits[top] = -math.inf
    expected = torch.softmax(logits / 3.0, -1)
    rule = FirstTokenRule(name="hot", ban_ids=(top,), divide_logits=3.0)
    found = await backend.complete(
        question, Sampling(max_tokens=1, seed=1, first_token=rule), DRAWS
    )
    drawn = shares([one.token_ids[0] for one in found])
    assert top not in drawn
    for token in expected.topk(5).indices.tolist():
        wanted = float(expected[token])
        spread = math.sqrt(wanted * (1 - wanted) / DRAWS)
        assert abs(drawn.get(token, 0) - wanted) < 5 * spread, f"token {token}"


@pytest.mark.engine
async def test_the_second_token_is_drawn_as_if_there_were_no_rule(
    backend: Any, question: list[int]
) -> None:
    rule = FirstTokenRule(name="hot", divide_logits=50.0)
    ruled = Sampling(temperature=0.0, max_tokens=6, first_token=rule)
    plain = Sampling(temperature=0.0, max_tokens=6)
    assert await backend.complete(question, ruled) == await backend.complete(question, plain)
    [first] = await backend.complete(question, Sampling(max_tokens=1, seed=3, first_token=rule))
    [whole] = await backend.complete(question, Sampling(max_tokens=9, seed=3, first_token=rule))
    assert whole.token_ids[0] == first.token_ids[0]
    hot = Sampling(max_tokens=40, seed=3, temperature=2.0)
    cold = Sampling(max_tokens=40, seed=3, temperature=0.05, first_token=rule)
    [cold_one], [hot_one] = await asyncio.gather(
        backend.complete(question, cold), backend.complete(question, hot)
    )
    [greedy] = await backend.complete([*question, cold_one.token_ids[0]], plain)
    assert cold_one.token_ids[1:4] == greedy.token_ids[:3], "later tokens were heated too"
    assert hot_one.token_ids != cold_one.token_ids


@pytest.mark.engine
async def test_temperatures_above_the_engines_bound_are_drawn_right(
    backend: Any, checkpoint: str, question: list[int]
) -> None:
    """At temperature 4, the second token too, and min_p and top_k act after it."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    with torch.no_grad():
        logits = model(torch.tensor([question])).logits[0, -1]
    kept = logits.topk(4)
    expected = torch.softmax(kept.values / 4.0, -1)
    sampling = Sampling(max_tokens=2, seed=5, temperature=4.0, top_k=4)
    found = await backend.complete(question, sampling, DRAWS)
    drawn = shares([one.token_ids[0] for one in found])
    assert set(drawn) == set(kept.indices.tolist())
    for token, wanted in zip(kept.indices.tolist(), expected.tolist(), strict=True):
        assert abs(drawn[token] - wanted) < 5 * math.sqrt(wanted * (1 - wanted) / DRAWS)
    top = int(kept.indices[0])
    seconds = [one.token_ids[1] for one in found if one.token_ids[0] == top]
    with torch.no_grad():
        after = model(torch.tensor([[*question, top]])).logits[0, -1].topk(4)
    wanted = float(torch.softmax(after.values / 4.0, -1)[0])
    share = shares(seconds)[int(after.indices[0])]
    assert abs(share - wanted) < 5 * math.sqrt(wanted * (1 - wanted) / len(seconds))
    with pytest.raises(RequestError, match="temperature ends at 2"):
        await backend.complete(question, Sampling(temperature=3.0, presence_penalty=1.0))
