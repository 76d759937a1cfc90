"""The score is the definition's, and what can be worked out by hand."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.plugins import load_plugins
from magpie_filter_diversity import vendi_score


def some(rows: int, width: int, seed: int = 0) -> numpy.ndarray:
    return numpy.random.default_rng(seed).normal(size=(rows, width))


def by_definition(rows: numpy.ndarray) -> float:
    """The whole matrix K, whatever its size."""
    count = len(rows)
    kernel = numpy.array(
        [[float(a @ b) / math.sqrt(float(a @ a) * float(b @ b)) for b in rows] for a in rows]
    )
    shares = [float(one) for one in numpy.linalg.eigvalsh(kernel / count) if one > 1e-12]
    return math.exp(-sum(one * math.log(one) for one in shares))


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (1, 5), (5, 1), (7, 7), (40, 8), (8, 40)])
def test_follows_the_definition(rows: int, width: int) -> None:
    matrix = some(rows, width)
    assert vendi_score(matrix) == pytest.approx(by_definition(matrix), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_rows_that_are_alike_count_once(count: int) -> None:
    assert vendi_score([[3.0, 4.0]] * count) == pytest.approx(1)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_rows_at_right_angles_count_each(count: int) -> None:
    assert vendi_score(numpy.eye(count)) == pytest.approx(count)


def test_groups_count_by_the_entropy_of_their_sizes() -> None:
    rows = [[1, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 1]]
    expected = math.exp(-(0.6 * math.log(0.6) + 0.3 * math.log(0.3) + 0.1 * math.log(0.1)))
    assert vendi_score(rows) == pytest.approx(expected)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1000))
def test_lies_between_one_and_what_is_possible(rows: int, width: int, seed: int) -> None:
    assert 1 - 1e-9 <= vendi_score(some(rows, width, seed)) <= min(rows, width) + 1e-9


def test_neither_order_nor_length_nor_repetition_of_the_whole_counts() -> None:
    rows = some(9, 4)
    score = vendi_score(rows)
    assert vendi_score(rows[::-1]) == pytest.approx(score)
    assert vendi_score(rows * numpy.arange(1, 10)[:, None]) == pytest.approx(score)
    assert vendi_score(numpy.concatenate([rows, rows])) == pytest.approx(score)


def test_single_precision_is_enough() -> None:
    rows = some(200, 16)
    assert vendi_score(rows.astype(numpy.float32)) == pytest.approx(vendi_score(rows), rel=1e-5)


def test_a_sample_is_chosen_by_its_seed_from_different_rows() -> None:
    rows = numpy.eye(20)
    assert vendi_score(rows, sample=5, seed=3) == pytest.approx(5)  # no row twice
    mixed = some(50, 8)
    assert vendi_score(mixed, sample=10, seed=3) == vendi_score(mixed, sample=10, seed=3)
    assert vendi_score(mixed, sample=10, seed=3) != vendi_score(mixed, sample=10, seed=4)
    assert vendi_score(mixed, sample=50) == vendi_score(mixed, sample=99) == vendi_score(mixed)


@pytest.mark.parametrize(
    "rows", [[], [[]], [1.0, 2.0], [[1.0], [0.0]], [[1.0], [math.nan]], [[math.inf], [1.0]]]
)
def test_what_has_no_score_is_refused(rows: list) -> None:
    with pytest.raises(ValueError, match=r"matrix|direction"):
        vendi_score(rows)


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="sample of 0"):
        vendi_score([[1.0]], sample=0)


def test_is_a_plugin_that_loads() -> None:
    assert not [info for info in load_plugins().broken if "diversity" in info.name]
