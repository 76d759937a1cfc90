"""Near-duplicates while a run goes on: each instruction is compared with all that were seen before it.

Embedding and searching are done in a thread, in micro-batches. What is near does not depend on the order
of arrival: of every two texts the distance is known once both have arrived. (To the rounding of float32
sums: which texts are embedded together can move a distance by some 1e-7.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from magpie_core.neighbours.embedding import Embeds, embed_each, vectors_of
from magpie_core.neighbours.kept import KeptVectors
from magpie_core.neighbours.micro_batches import MicroBatches
from magpie_core.neighbours.table import Table

BEFORE_ALL = -1
"""Index of a text that comes before every other."""
MOST = 256
"""Texts in a micro-batch."""
CHUNK = 16_384
"""Texts on disk that are remembered at a time: some MiB of text."""

Tell = Callable[[int], None]
"""Told how many texts are done."""


class NearDuplicates:
    """Knows the vector of every instruction that got past the instruction filters.

    Args:
        embedder: makes the vectors; what it raises at one text costs that text only.
        threshold: squared L2 distance below which two are near-duplicates; above 0, below 2.
        place: the run beside which vectors are kept, so that neither ``magpie dedup`` nor a resumed run
            need make them again; None to keep none.
    """

    def __init__(self, embedder: Embeds, threshold: float, place: Path | None = None) -> None:
        self._embedder = embedder
        self._table = Table(threshold)
        self._kept = KeptVectors(place, embedder) if place is not None else None
        self._rows: dict[int, int] = {}
        """Row of each index that is not decided yet."""
        self._closed = False
        self._thread = ThreadPoolExecutor(1, "near-duplicates")
        self._batches = MicroBatches(self._compare, self._thread, MOST)

    async def remember(self, texts: Iterable[tuple[int, str]], tell: Tell) -> None:
        """Take in the index (or ``BEFORE_ALL``) and the text of instructions that are on disk.

        Raises:
            UsageError: vectors of another model stand where ours belong. RunFolderError: they are damaged.
            CheckpointError: no text can be embedded.
        """
        loop = asyncio.get_running_loop()
        rest, done = iter(texts), 0
        while chunk := list(islice(rest, CHUNK)):
            await loop.run_in_executor(self._thread, self._recall, chunk, done, tell)
            done += len(chunk)
            tell(done)

    async def meet(self, index: int, text: str) -> None:
        """Embed ``text`` and compare it with all that has arrived.

        Raises:
            Exception: whatever the embedder raised at this text.
        """
        row = await self._batches.ask((index, text))
        if row is not None:
            self._rows[index] = row

    def twin(self, index: int) -> bool:
        """Whether a lower index that has arrived is near; never where there is no finite vector."""
        row = self._rows.get(index)
        return row is not None and self._table.earliest(row) < index

    def finish(self, index: int) -> None:
        """``index`` will not be asked about again; what comes later is still compared with it."""
        self._rows.pop(index, None)

    async def close(self) -> None:
        """End the thread, once it has done what it is doing."""
        self._closed = True
        await self._batches.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _compare(self, asked: list[tuple[int, str]]) -> list[int | Exception | None]:
        """The row of each text, None where it has no finite vector. In the thread."""
        import numpy as np

        answers: list[int | Exception | None] = [None] * len(asked)
        places, vectors = [], []
        for at, found in enumerate(embed_each(self._embedder, [text for _, text in asked])):
            if isinstance(found, Exception):
                answers[at] = found
            elif found.any():
                places.append(at)
                vectors.append(found)
        if places:
            stacked = np.stack(vectors)
            rows = self._table.meet([asked[at][0] for at in places], stacked)
            for at, row in zip(places, rows, strict=True):
                answers[at] = row
            if self._kept is not None:
                self._kept.add([asked[at][1] for at in places], stacked)
        return answers

    def _recall(self, chunk: list[tuple[int, str]], done: int, tell: Tell) -> None:
        """Take in texts that are on disk; their vectors may be there too. In the thread."""
        import numpy as np

        def on_progress(more: int) -> None:
            nonlocal done
            if self._closed:
                raise asyncio.CancelledError
            done += more
            tell(done)

        texts = [text for _, text in chunk]
        if self._kept is not None:
            vectors = self._kept.read(texts, on_progress)
        else:
            vectors = vectors_of(self._embedder, texts)
        usable = np.any(vectors, axis=1)
        indexes = [index for (index, _), use in zip(chunk, usable, strict=True) if use]
        self._table.add(indexes, vectors[usable])
