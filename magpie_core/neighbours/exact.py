"""The exact nearest neighbour of every row, and all its near-duplicates. Knows vectors, no texts.

Two passes: ``screening`` over all pairs, then in float32 only the blocks that can hold a row's nearest
neighbour or a near-duplicate. What lies at the threshold is decided in float64, so that both rows of a
pair agree whatever was multiplied in which order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magpie_core.neighbours.components import Components
from magpie_core.neighbours.found import Found
from magpie_core.neighbours.screening import Screen, screen, sixteen_bits_are_fast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[int, int], None]
"""Told what is done, and all there is to do."""
SLACK = 1e-5
"""More than a similarity in float32 is off by: what is nearer to the threshold is looked at again."""
STRIP = 8192
"""Rows multiplied with a block at a time."""
PASS_SHARE = 0.8
"""About how much of the time the screening takes; only the progress shown depends on it."""


def search(
    vectors: NDArray[np.float32],
    threshold: float,
    *,
    device: str = "cpu",
    on_progress: Progress | None = None,
    short: bool | None = None,
) -> Found:
    """Every row's nearest other row and its near-duplicates, exactly.

    Args:
        vectors: [rows, dimension] unit vectors in float32; a row of zeros is no neighbour of any.
        threshold: squared L2 distance below which two rows are near-duplicates; above 0, below 2.
        device: of torch: ``cpu``, ``cuda``.
        on_progress: told steps done, and all of them.
        short: screen in 16 bits; None where that is faster. The result is the same.

    Memory: the vectors' bytes again at most one and a half times, beside the vectors themselves.
    """
    import numpy as np
    import torch

    rows = len(vectors)
    if rows < 2:
        return Found(
            np.full(rows, np.nan, np.float32),
            np.zeros(rows, np.int64),
            np.full(rows, -1),
            np.arange(rows),
        )
    usable = torch.from_numpy(np.any(vectors, axis=1)).to(device)
    if short is None:
        short = device != "cpu" or sixteen_bits_are_fast()

    def first_pass(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(round(1000 * PASS_SHARE * done / total), 1000)

    with torch.inference_mode():
        screened = screen(vectors, device, first_pass, short=short)
        second = _Second(vectors, usable, threshold, device)
        blocks = len(screened.maxima)
        for block, looking in enumerate(_candidates(screened, 1 - threshold / 2)):
            begin = block * screened.width
            for strip in looking.split(STRIP):
                second.look(strip, begin, min(begin + screened.width, rows))
            if on_progress is not None:
                share = PASS_SHARE + (1 - PASS_SHARE) * (block + 1) / blocks
                on_progress(round(1000 * share), 1000)
        return second.found()


def _candidates(screened: Screen, near: float) -> Any:
    """For each block, the rows whose nearest neighbour or near-duplicate may be in it."""
    import torch

    best = screened.similarity(screened.maxima.amax(0))
    # The true best is at least (best - margin); a block below (best - 2 margins) cannot reach it.
    least = torch.minimum(best - 2 * screened.margin, torch.full_like(best, near - screened.margin))
    for block in screened.maxima:
        yield (screened.similarity(block) >= least).nonzero().squeeze(1)


class _Second:
    """The second pass: what is known of each row, and how a block of columns adds to it."""

    def __init__(
        self, vectors: NDArray[np.float32], usable: Any, threshold: float, device: str
    ) -> None:
        import torch

        rows = len(vectors)
        self._vectors = torch.from_numpy(vectors).to(device)
        self._usable = usable
        self._all_usable = bool(usable.all())
        self._threshold = threshold
        self._near = 1 - threshold / 2
        self._best = torch.full((rows,), -torch.inf, device=device)
        self._nearest = torch.full((rows,), -1, dtype=torch.int64, device=device)
        self._count = torch.zeros(rows, dtype=torch.int64, device=device)
        self._first = torch.full((rows,), rows, dtype=torch.int64, device=device)
        self._components = Components(rows)

    def look(self, those: Any, begin: int, end: int) -> None:
        """Compare the rows ``those`` with the rows from ``begin`` to ``end``."""
        import torch

        if not len(those):
            return
        similarity = self._vectors[those] @ self._vectors[begin:end].T
        if not self._all_usable:
            similarity[:, ~self._usable[begin:end]] = -torch.inf
        own = (those >= begin) & (those < end)
        similarity[own.nonzero().squeeze(1), those[own] - begin] = -torch.inf
        best, at = similarity.max(1)
        better = best > self._best[those]
        self._best[those[better]] = best[better]
        self._nearest[those[better]] = at[better] + begin
        # Most rows have no near-duplicate: only the others' similarities are looked at one by one.
        have = (best > self._near - SLACK).nonzero().squeeze(1)
        if len(have):
            self._note_near(those[have], similarity[have], begin)

    def _note_near(self, those: Any, similarity: Any, begin: int) -> None:
        import torch

        near = similarity > self._near
        doubtful = ((similarity - self._near).abs() <= SLACK).nonzero()
        if len(doubtful):
            ones, others = doubtful[:, 0], doubtful[:, 1]
            distance = self._distance(those[ones], others + begin)
            near[ones, others] = distance < self._threshold
        self._count.index_add_(0, those, near.sum(1))
        ones, others = near.nonzero(as_tuple=True)
        low = torch.full_like(those, len(self._best))
        low.scatter_reduce_(0, ones, others + begin, "amin")
        self._first[those] = torch.minimum(self._first[those], low)
        later = others + begin > those[ones]  # each pair comes twice
        self._components.join(
            those[ones[later]].cpu().numpy(), (others[later] + begin).cpu().numpy()
        )

    def _distance(self, ones: Any, others: Any) -> Any:
        """Squared L2 distance in float64, from the differences: of equal rows exactly 0."""
        return (self._vectors[ones].double() - self._vectors[others].double()).square().sum(1)

    def found(self) -> Found:
        """Everything, as arrays."""
        import numpy as np
        import torch

        rows = len(self._best)
        distance = torch.full((rows,), torch.nan)
        for part in torch.arange(rows, device=self._best.device).split(STRIP):
            nearest = self._nearest[part]
            known = (nearest >= 0) & self._usable[part] & self._usable[nearest]
            there = part[known]
            distance[there.cpu()] = self._distance(there, nearest[known]).float().cpu()
        everyone = torch.arange(rows, device=self._best.device)
        first = torch.where(self._count > 0, torch.minimum(self._first, everyone), -1)
        group = self._components.lowest()
        return Found(
            distance.numpy(),
            self._count.cpu().numpy(),
            first.cpu().numpy().astype(np.int64),
            group,
        )
