"""Batches of whole conversations: one per row, in buckets of similar length, no packing."""

from collections.abc import Iterator

import numpy as np
import torch

from .chat import PADDING_ID
from .dataset import Corpus

#: Row lengths. Each that occurs is one compiled graph; longer conversations are left out.
BUCKETS = np.array([40, 64, 96, 160, 264, 448, 640])
CHUNK = 50_000
IGNORED = -100


def schedule(corpus: Corpus, tokens: int, rng: np.random.Generator | None) -> Iterator[np.ndarray]:
    """Conversation numbers of batch after batch: shuffled for ever, or once in order."""
    count = len(corpus.lengths)
    while True:
        order = np.arange(count) if rng is None else rng.permutation(count)
        for start in range(0, count, CHUNK):
            yield from chunk_batches(corpus, order[start : start + CHUNK], tokens, rng)
        if rng is None:
            return


def chunk_batches(
    corpus: Corpus, chunk: np.ndarray, tokens: int, rng: np.random.Generator | None
) -> list[np.ndarray]:
    """The batches of one chunk; in training only full ones, since shapes are compiled."""
    buckets = np.searchsorted(BUCKETS, corpus.lengths[chunk] - 1)
    batches = []
    for bucket, width in enumerate(BUCKETS):
        members = chunk[buckets == bucket]
        size = rows_per_batch(width, tokens)
        end = len(members) - size + 1 if rng is not None else len(members)
        batches += [members[start : start + size] for start in range(0, end, size)]
    if rng is None:
        return batches
    return [batches[index] for index in rng.permutation(len(batches))]


def used_buckets(corpus: Corpus) -> list[int]:
    """The row lengths that conversations of ``corpus`` need."""
    buckets = np.unique(np.searchsorted(BUCKETS, corpus.lengths - 1))
    return [int(BUCKETS[bucket]) for bucket in buckets if bucket < len(BUCKETS)]


def rows_per_batch(width: int, tokens: int) -> int:
    """How many rows of ``width`` hold about ``tokens`` tokens."""
    return max(1, tokens // int(width))


def fill_batch(corpus: Corpus, numbers: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and next-token targets. Every real token is a target, the user's words included."""
    lengths, starts = corpus.lengths[numbers], corpus.starts[numbers]
    width = int(BUCKETS[np.searchsorted(BUCKETS, lengths.max() - 1)])
    rows = np.full((len(numbers), width + 1), PADDING_ID, np.int64)
    for row, start, length in zip(rows, starts, lengths, strict=True):
        row[:length] = corpus.ids[start : start + length]
    real = np.arange(width + 1)[None] < lengths[:, None]
    targets = np.where(real[:, 1:], rows[:, 1:], IGNORED)
    return torch.from_numpy(rows[:, :-1].copy()), torch.from_numpy(targets)
