"""Rows that arrive in any order, by any number at a time: each knows the lowest index near it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.neighbours import table
from magpie_core.neighbours.table import NONE, Table


def on_a_circle(steps):
    """Unit vectors 0.1 apart: neighbours on the circle are at a squared distance of 0.00999."""
    angles = 0.1 * np.asarray(steps, np.float64)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def plain(indexes, vectors, threshold):
    """For each row the lowest other index that is near, straight from the definition."""
    double = vectors.astype(np.float64)
    return [
        min(
            (
                other
                for at, other in enumerate(indexes)
                if other != index and ((double[row] - double[at]) ** 2).sum() < threshold
            ),
            default=NONE,
        )
        for row, index in enumerate(indexes)
    ]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 12), max_size=40),
    st.randoms(use_true_random=False),
    st.sampled_from([0.005, 0.01, 0.02, 0.05, 1.9]),
)
def test_every_row_knows_the_lowest_index_near_it(steps, draw, threshold):
    vectors = on_a_circle(steps).reshape(-1, 2)
    indexes = draw.sample(range(1000), len(steps))
    found, at = Table(threshold), 0
    while at < len(steps):
        some = slice(at, at + draw.randint(1, 9))
        assert list(found.meet(indexes[some], vectors[some])) == list(range(len(steps))[some])
        at = some.stop
    expected = plain(indexes, vectors, threshold)
    for row, index in enumerate(indexes):
        # itself counts as near, which is no lower index
        assert min(found.earliest(row), index) == min(expected[row], index)


def test_blocks_are_one_table(monkeypatch, embeddings):
    monkeypatch.setattr(table, "ROWS", 7)
    monkeypatch.setattr(table, "PAIRS", 3)
    vectors = embeddings[:300]
    indexes = np.random.default_rng(1).permutation(300).tolist()
    found = Table(0.05)
    for begin in range(0, 300, 11):
        found.meet(indexes[begin : begin + 11], vectors[begin : begin + 11])
    expected = plain(indexes, vectors, 0.05)
    assert len(found) == 300
    assert any(one != NONE for one in expected)
    got = [min(found.earliest(row), index) for row, index in enumerate(indexes)]
    assert got == [min(*pair) for pair in zip(expected, indexes, strict=True)]


def test_what_lies_at_the_threshold_is_decided_by_the_true_distance():
    draw = np.random.default_rng(2)
    first = draw.standard_normal(384)
    first /= np.linalg.norm(first)
    for part in (-3e-7, -1e-7, 1e-7, 3e-7):  # nearer than the float32 product can tell
        other = draw.standard_normal(384)
        other -= first * (other @ first)
        other /= np.linalg.norm(other)
        cosine = 1 - 0.05 * (1 + part) / 2
        second = cosine * first + np.sqrt(1 - cosine**2) * other
        pair = np.stack([first, second]).astype(np.float32)
        true = ((pair[0].astype(float) - pair[1].astype(float)) ** 2).sum()
        found = Table(0.05)
        found.meet([0], pair[:1])
        found.meet([1], pair[1:])
        assert (found.earliest(1) == 0) == (true < 0.05)


@pytest.mark.parametrize("ours", [-1, 3])
def test_rows_that_are_added_are_compared_with_later_ones(ours):
    found = Table(0.05)
    found.add([ours, 8], on_a_circle([0, 0]))
    (row,) = found.meet([5], on_a_circle([1]))
    assert found.earliest(row) == ours
