"""What has no vector yet, embedded by a runner's workers. Knows no search and no cluster."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from magpie_core.neighbours.cache import EMBEDDINGS, Cache, digests
from magpie_core.neighbours.kind import Progress
from magpie_core.neighbours.rows import Rows
from magpie_core.neighbours.written import hold
from magpie_core.run.workers import await_end
from magpie_core.runner import Runner, ToEmbed

if TYPE_CHECKING:
    from magpie_core.neighbours.embedders import Embedder


def embed_elsewhere(
    runner: Runner, embedder: Embedder, device: str | None, rows: Rows, progress: Progress
) -> int:
    """Have what is missing of all sources embedded in one go, so that the workers start once.

    Returns:
        how many texts those were.

    Raises:
        MagpieError: as ``Runner.embed``. RunLockedError: somebody else is at the same embeddings.
    """
    place = f"{EMBEDDINGS}/{embedder.name}"
    work: list[ToEmbed] = []
    with ExitStack() as stack:
        hold(stack, rows.sources, place)
        for number, source in enumerate(rows.sources):
            await_end(source.place / place)
            texts = rows.texts[rows.begins[number] : rows.begins[number + 1]]
            cache = Cache(source.place / place, embedder.identity)
            missing = [texts[one] for one in cache.missing(digests(texts)).tolist()]
            if missing:
                missing.sort(key=lambda text: -len(text))
                work.append(ToEmbed(cache.folder, missing))
        total = sum(len(one.texts) for one in work)
        if work:
            with progress(f"embedding with {runner.workers} workers", total) as tell:
                runner.embed(embedder, device, work, tell)
    return total
