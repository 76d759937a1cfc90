"""The pick keeps what a plain walk keeps, whatever the blocks are."""

from __future__ import annotations

from typing import Any

import click
import numpy
import pytest

from magpie_core.cli.select_command import command
from magpie_core.selection.request import DIVERSE
from magpie_core.testing.contracts.figure import FigureContract
from magpie_core.testing.contracts.picker import PickerContract
from magpie_filter_diversity import DeitaPicker, VendiFigure, deita


class TestDeita(PickerContract):
    picker = DeitaPicker


class TestVendi(FigureContract):
    figure = VendiFigure


def clusters(rows: int, seed: int) -> numpy.ndarray:
    random = numpy.random.default_rng(seed)
    centres = random.normal(size=(rows // 5, 12))
    found = centres[random.integers(0, len(centres), rows)] + random.normal(size=(rows, 12)) / 8
    return (found / numpy.linalg.norm(found, axis=1, keepdims=True)).astype(numpy.float32)


def plainly(vectors: numpy.ndarray, order: Any, distance: float, n: int | None) -> list[int]:
    kept: list[int] = []
    for row in order.tolist():
        if all(float(((vectors[row] - vectors[one]) ** 2).sum()) > distance for one in kept):
            kept.append(row)
        if len(kept) == n:
            break
    return kept


@pytest.mark.parametrize("block", [1, 7, 1024])
@pytest.mark.parametrize("against", [3, 10_000])
@pytest.mark.parametrize("n", [None, 1, 25])
def test_keeps_what_a_plain_walk_keeps(
    monkeypatch: pytest.MonkeyPatch, block: int, against: int, n: int | None
) -> None:
    monkeypatch.setattr(deita, "BLOCK", block)
    monkeypatch.setattr(deita, "AGAINST", against)
    for seed in range(3):
        vectors = clusters(200, seed)
        order = numpy.random.default_rng(seed).permutation(200)
        expected = plainly(vectors, order, 0.2, n)
        assert len(expected) < 150
        assert DeitaPicker().pick(vectors, order, n) == expected


def test_the_better_of_two_equal_rows_stays() -> None:
    vectors = numpy.eye(3, dtype=numpy.float32)[[0, 1, 0, 1, 2]]
    assert DeitaPicker().pick(vectors, numpy.array([3, 2, 1, 0, 4])) == [3, 2, 4]


def test_the_command_has_the_same_default() -> None:
    option = next(one for one in command.params if one.name == "diverse")
    assert isinstance(option, click.Option)
    assert float(str(option.flag_value)) == DIVERSE == DeitaPicker().distance


def test_the_distance_of_the_paper_is_cosine_nine_tenths() -> None:
    def apart(cosine: float) -> numpy.ndarray:
        return numpy.array([[1, 0], [cosine, (1 - cosine**2) ** 0.5]], numpy.float32)

    order = numpy.array([0, 1])
    assert DeitaPicker().pick(apart(0.905), order) == [0]
    assert DeitaPicker().pick(apart(0.895), order) == [0, 1]


def test_rows_without_an_embedding_stay() -> None:
    assert DeitaPicker().pick(numpy.zeros((3, 4), numpy.float32), numpy.arange(3)) == [0, 1, 2]
