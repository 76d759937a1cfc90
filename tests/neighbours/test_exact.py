"""The exact search against the published definition, and against all pairs in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.neighbours.exact import search
from magpie_core.neighbours.screening import block_width, screen
from magpie_core.testing.flat_search import flat_search

THRESHOLD = 0.05


def squared_distances(vectors):
    exact = vectors.astype(np.float64)
    result = np.array([np.square(exact - row).sum(1) for row in exact])
    np.fill_diagonal(result, np.inf)
    return result


def components(near):
    """Lowest row each row can walk to."""
    group = np.full(len(near), -1)
    for row in range(len(near)):
        waiting = [row]
        while waiting:
            one = waiting.pop()
            if group[one] < 0:
                group[one] = row
                waiting += np.flatnonzero(near[one]).tolist()
    return group


@pytest.mark.parametrize("short", [True, False])
def test_real_embeddings_with_planted_duplicates_and_chains_as_published(embeddings, short):
    distance, count, first = flat_search(embeddings, THRESHOLD)
    found = search(embeddings, THRESHOLD, short=short)
    assert np.array_equal(found.count, count)
    assert np.array_equal(found.first, first)
    assert np.abs(found.distance - distance).max() <= 1e-5
    assert count.max() > 1
    assert (count == 0).any()


def test_groups_are_connected_components_also_along_chains(embeddings):
    near = squared_distances(embeddings) < THRESHOLD
    found = search(embeddings, THRESHOLD)
    assert np.array_equal(found.group, components(near))
    together = found.group[:, None] == found.group[None, :]
    np.fill_diagonal(together, False)
    assert (together & ~near).any()  # two of one group that are not near each other


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 80),
    st.integers(2, 40),
    st.integers(0, 10**6),
    st.floats(0.001, 1.5),
    st.booleans(),
)
def test_any_rows_as_all_pairs_say(rows, dimension, seed, threshold, short):
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((max(1, rows // 4), dimension))
    vectors = centres[draw.integers(0, len(centres), rows)]
    vectors = vectors + draw.choice([0, 0.02, 0.3], (rows, 1)) * draw.standard_normal(
        (rows, dimension)
    )
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    distances = squared_distances(vectors)
    if (np.abs(distances - threshold) < 1e-6).any():
        return  # float32 vectors are unit only to 1e-7, so either answer is right
    found = search(vectors, threshold, short=short)
    near = distances < threshold
    assert np.array_equal(found.count, near.sum(1))
    assert np.abs(found.distance - distances.min(1)).max() <= 1e-5
    lowest = np.where(near.any(1), np.minimum(near.argmax(1), np.arange(rows)), -1)
    assert np.array_equal(found.first, lowest)
    assert np.array_equal(found.group, components(near))


@pytest.mark.parametrize("short", [True, False])
def test_the_screening_is_never_further_off_than_it_says(embeddings, short):
    screened = screen(embeddings, "cpu", short=short)
    similarity = embeddings.astype(np.float64) @ embeddings.T.astype(np.float64)
    np.fill_diagonal(similarity, 0)
    for block, maxima in enumerate(screened.maxima):
        columns = similarity[:, block * screened.width : (block + 1) * screened.width]
        rounded = screened.similarity(maxima).numpy()
        assert np.abs(rounded - np.maximum(columns.max(1), 0)).max() <= screened.margin


def test_rows_around_the_edges_of_tiles_find_each_other():
    vectors = np.random.default_rng(3).standard_normal((4200, 48)).astype(np.float32)
    for one, other in ((0, 4199), (2047, 2048), (4095, 4096), (127, 128)):
        vectors[other] = vectors[one]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = search(vectors, THRESHOLD)
    pairs = {row: int(found.first[row]) for row in np.flatnonzero(found.count)}
    assert pairs == {
        0: 0,
        4199: 0,
        2047: 2047,
        2048: 2047,
        4095: 4095,
        4096: 4095,
        127: 127,
        128: 127,
    }


def test_equal_rows_are_at_distance_zero_exactly():
    vectors = np.random.default_rng(1).standard_normal((50, 384)).astype(np.float32)
    vectors[20:40] = vectors[3]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = search(vectors, THRESHOLD)
    assert (found.distance[20:40] == 0).all()
    assert (found.count[20:40] == 20).all()


def test_more_equal_rows_than_the_published_500_are_all_counted():
    vectors = np.zeros((700, 8), np.float32)
    vectors[:, 0] = 1
    assert (search(vectors, THRESHOLD).count == 699).all()


def test_opposite_rows_still_have_their_nearest():
    vectors = np.array([[1, 0], [-1, 0], [-0.8, -0.6]], np.float32)
    assert search(vectors, THRESHOLD).distance == pytest.approx([3.6, 0.4, 0.4], abs=1e-5)


def test_a_row_of_zeros_is_nobodys_neighbour():
    vectors = np.array([[1, 0], [0, 0], [-1, 0], [0, 0]], np.float32)
    found = search(vectors, THRESHOLD)
    assert found.distance[[0, 2]] == pytest.approx(4)
    assert np.isnan(found.distance[[1, 3]]).all()
    assert not found.count.any()


def test_one_row_has_no_neighbour():
    found = search(np.ones((1, 4), np.float32) / 2, THRESHOLD)
    assert np.isnan(found.distance).all()
    assert found.first.tolist() == [-1]


def test_progress_ends_at_its_total(embeddings):
    told = []
    search(embeddings, THRESHOLD, on_progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_blocks_take_a_bounded_share_of_memory():
    for rows in (1000, 100_000, 400_000, 5_000_000):
        maxima_bytes = 2 * rows * rows / block_width(rows, 384)
        assert maxima_bytes <= 0.25 * rows * 384 * 4 + 2 * rows
