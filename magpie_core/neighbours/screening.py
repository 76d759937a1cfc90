"""A cheap look at all pairs: how near the nearest row of every block of rows can be, to a stated margin.

Half the pairs suffice, in 16 bits where the processor multiplies them fast (AMX, a GPU), else in 32 with
only the result rounded. What it gives is the largest rounded similarity of each row to each block of
columns, from which ``exact`` knows where to look again.

Why nothing is missed. Let x' be x in 16 bits and r the largest |x' - x| of all rows, measured. Then
|x'.y' - x.y| <= r(|x'| + |y|) <= r(2 + r) for unit vectors; the sum in float32 adds at most d 2^-22,
and the product, written in 16 bits with eight significant ones, is off by less than 2^-8 of a
magnitude of at most (1 + r)^2. ``margin`` is the sum of the three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TILE = 2048
"""Rows on each side of one product: its result in 16 bits is 8 MiB and stays in the cache."""
NARROW = 128
"""Columns of the narrowest block."""
BLOCKS_PER_DIMENSION = 0.5
"""At most so many blocks a dimension: the maxima then take a quarter of the embeddings' bytes."""


@dataclass(frozen=True)
class Screen:
    """The largest rounded similarity of every row to every block of columns."""

    maxima: Any
    """Tensor [blocks, rows], int16: the bits of a bfloat16; those below zero count as zero."""
    width: int
    """Columns in a block; the last may have fewer."""
    margin: float
    """No true similarity is further from its rounded one."""

    def similarity(self, block: Any) -> Any:
        """A row of ``maxima`` as float32."""
        import torch

        return block.view(torch.bfloat16).float()


def screen(
    vectors: NDArray[np.float32],
    device: str,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    short: bool = True,
) -> Screen:
    """Multiply every pair of tiles once, and keep the maxima.

    Args:
        vectors: [rows, dimension] unit vectors (or zeros).
        device: of torch: ``cpu``, ``cuda``.
        short: multiply in 16 bits, not in 32.
        on_progress: told pairs of tiles done, and all of them.
    """
    import torch

    rows, dimension = vectors.shape
    width = block_width(rows, dimension)
    tile = max(TILE, width)
    tiles = -(-rows // tile)
    kind = torch.bfloat16 if short else torch.float32
    rounded, margin = _rounded(vectors, tiles * tile, device, kind)
    maxima = torch.zeros((tiles * tile // width, tiles * tile), dtype=torch.int16, device=device)
    product = torch.empty((tile, tile), dtype=torch.bfloat16, device=device)
    longer = product if short else torch.empty((tile, tile), device=device)
    bits = product.view(torch.int16)
    per_tile = tile // width
    done, total = 0, tiles * (tiles + 1) // 2
    for right in range(tiles):
        columns = slice(right * tile, (right + 1) * tile)
        blocks = slice(right * per_tile, (right + 1) * per_tile)
        turned = rounded[
            columns
        ].T.contiguous()  # ten times faster on AMX than a view that is turned
        for left in range(right + 1):
            those = slice(left * tile, (left + 1) * tile)
            torch.mm(rounded[those], turned, out=longer)
            if not short:
                product.copy_(longer)
            if left == right:
                product.fill_diagonal_(0)  # a row is no neighbour of its own
            # Bits of a bfloat16 above zero are in the order of their values, and integers have the
            # faster maximum; what is below zero is one of the others, and then at least zero.
            at_right = bits.view(tile, per_tile, width).amax(2).T
            maxima[blocks, those] = at_right.clamp_(min=0)
            if left != right:
                at_left = bits.view(per_tile, width, tile).amax(1)
                maxima[left * per_tile : (left + 1) * per_tile, columns] = at_left.clamp_(min=0)
            done += 1
            if on_progress is not None:
                on_progress(done, total)
    return Screen(maxima[: -(-rows // width), :rows], width, margin)


def block_width(rows: int, dimension: int) -> int:
    """Columns in a block, a power of two: as few as the memory for the maxima allows."""
    width = NARROW
    while rows / width > dimension * BLOCKS_PER_DIMENSION:
        width *= 2
    return width


def _rounded(
    vectors: NDArray[np.float32], padded: int, device: str, kind: Any
) -> tuple[Any, float]:
    """The vectors as ``kind``, zeros below them, and the margin of a similarity."""
    import torch

    rows, dimension = vectors.shape
    rounded = torch.zeros((padded, dimension), dtype=kind, device=device)
    worst = 0.0
    for begin in range(0, rows, TILE):
        exact = torch.from_numpy(vectors[begin : begin + TILE]).to(device)
        part = exact.to(kind)
        rounded[begin : begin + len(part)] = part
        worst = max(worst, float((part.float() - exact).norm(dim=1).max()))
    size = 1.0 + 1e-5 + worst  # of the longest rounded vector
    return rounded, worst * (1 + size) + dimension * 2.0**-22 + size * size * 2.0**-8


def sixteen_bits_are_fast(seconds: Callable[[], float] = perf_counter) -> bool:
    """Whether this processor multiplies bfloat16 faster than float32; tried, since flags differ by maker."""
    import torch

    taken = []
    for kind in (torch.float32, torch.bfloat16):
        one = torch.ones((512, 384), dtype=kind)
        other, out = one.T.contiguous(), torch.empty((512, 512), dtype=kind)
        rounds = []
        for _ in range(4):
            begin = seconds()
            torch.mm(one, other, out=out)
            rounds.append(seconds() - begin)
        taken.append(min(rounds))
    return taken[1] < taken[0]
