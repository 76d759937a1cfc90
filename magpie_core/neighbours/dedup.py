"""The step: records of one or more sources, their near-duplicates, and columns beside each source.

Reads everything, embeds what has no vector yet, searches, and replaces the columns; the same call again
does nothing. Knows no terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from magpie_core.dataset.columns import Added, read_added
from magpie_core.dataset.size import about
from magpie_core.dataset.source import Source
from magpie_core.neighbours.found import Found
from magpie_core.neighbours.keeping import keep, read_values
from magpie_core.neighbours.rows import Rows, read_rows, refuse_twice
from magpie_core.neighbours.written import hold, is_written, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from magpie_core.neighbours.embedders import Embedder
    from magpie_core.runner import Runner

THRESHOLD = 0.05
"""Squared L2 distance below which two unit vectors are near-duplicates: cosine 0.975 (arXiv 2406.08464)."""
EMBEDDINGS = "embeddings"
NEIGHBOURS = "neighbours"


class Progress(Protocol):
    """Shows one piece of work: called with what it is and its size, it gives what to tell progress to."""

    def __call__(self, what: str, total: int | None) -> AbstractContextManager[Any]:
        """A context manager that yields ``tell(done)``."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is searched, and how."""

    threshold: float
    best: str | None = None
    """Column of numbers that chooses the record that stays; None for the first."""
    name: str
    """Of the columns: ``neighbours/NAME``."""


@dataclass
class Report:
    """What was found."""

    rows: int = 0
    near: int = 0
    """Rows with a near-duplicate."""
    groups: int = 0
    """Groups of two and more."""
    largest: int = 0
    kept: int = 0
    """Rows that stay when one of each group does."""
    without: int = 0
    """Rows without a distance: no other row, no finite embedding, or no text like it (MinHash)."""
    mean_distance: float | None = None
    """Mean distance to the nearest neighbour: the diversity of the set. Of embeddings only."""
    embedded: int = 0
    """Texts embedded now; the others' vectors were on the disk."""
    up_to_date: bool = False
    """Everything was there already; nothing was written."""
    recall: dict[str, float] | None = None
    """Of an approximate search, measured."""
    folders: list[Path] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """Rows that go when one of each group stays."""
        return self.rows - self.kept


class Kind(Protocol):
    """One way to search: which settings decide it, the search, and the names of its columns."""

    @property
    def settings(self) -> dict[str, Any]:
        """What decides what is found, as TOML values."""

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """Search, and note in ``report`` what it took."""

    columns: dict[str, str]
    """What the columns are called: distance, count, first, group, keep."""
    all_pairs: bool
    """Whether every row has a distance to some other row."""


def no_progress(what: str, total: int | None) -> AbstractContextManager[Any]:
    """Shows nothing."""
    return nullcontext(lambda done: None)


def dedup(
    sources: Sequence[Source], kind: Kind, options: Options, progress: Progress = no_progress
) -> Report:
    """Find near-duplicates among all records of ``sources``, and write columns beside each.

    Raises:
        UsageError: the same source twice, no records, no column of numbers of that name, or embeddings
        of another model. RunLockedError: another search of these columns goes on.
        MissingEngineError: a library is missing. CheckpointError: the model cannot be loaded.
    """
    refuse_twice(sources)
    name = f"{NEIGHBOURS}/{options.name}"
    with ExitStack() as stack:
        hold(stack, sources, name)
        done = 0
        with progress("reading", _size(sources)) as tell:

            def on_row() -> None:
                nonlocal done
                done += 1
                tell(done)

            rows = read_rows(sources, on_row)
        values = read_values(rows, options.best) if options.best else None
        settings = _settings(rows, kind, options, values)
        report = Report(folders=[one.place / name for one in sources])
        if all(is_written(one, name, settings) for one in sources):
            report.up_to_date = True
            written = (one.columns for folder in report.folders for one in read_added(folder))
            return _counted(report, written, kind)
        found = kind.search(rows, options.threshold, progress, report)
        columns = list(_columns(rows, found, keep(found.group, values), kind.columns))
        for number, source in enumerate(sources):
            begin, end = rows.begins[number : number + 2]
            ids = rows.ids[begin:end]
            write(source, name, settings, map(Added, ids, columns[begin:end]))
        return _counted(report, columns, kind)


def _size(sources: Sequence[Source]) -> int | None:
    sizes = [about(one) for one in sources]
    return sum(one or 0 for one in sizes) if all(sizes) else None


def _settings(
    rows: Rows, kind: Kind, options: Options, values: NDArray[np.float64] | None
) -> dict[str, Any]:
    settings = {
        **kind.settings,
        "threshold": options.threshold,
        "sources": [one.identity for one in rows.sources],
        "records": len(rows),
        "state": rows.state(),
    }
    if values is not None:
        digest = blake2b(values.tobytes(), digest_size=12).hexdigest()
        settings |= {"best": str(options.best), "best_values": digest}
    return settings


def _columns(
    rows: Rows, found: Found, stays: NDArray[np.bool_], names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The columns of each row. A row alone in its group has no group, and stays."""
    import numpy as np

    sizes = np.bincount(found.group, minlength=len(rows))[found.group].tolist()
    every = zip(
        found.distance.tolist(),
        found.count.tolist(),
        found.first.tolist(),
        found.group.tolist(),
        stays.tolist(),
        sizes,
        strict=True,
    )
    for row, (distance, count, first, group, stay, size) in enumerate(every):
        yield {
            names["distance"]: None if isnan(distance) else distance,
            names["count"]: count,
            names["first"]: rows.as_seen_from(row, first) if first >= 0 else None,
            names["group"]: rows.names[group] if size > 1 else None,
            names["keep"]: stay,
        }


def _counted(report: Report, written: Iterable[dict[str, Any]], kind: Kind) -> Report:
    names = kind.columns
    sizes: dict[str, int] = {}
    total = 0.0
    for one in written:
        report.rows += 1
        report.near += one[names["count"]] > 0
        report.kept += one[names["keep"]]
        group, distance = one[names["group"]], one[names["distance"]]
        if group is not None:
            sizes[group] = sizes.get(group, 0) + 1
        if distance is None:
            report.without += 1
        else:
            total += distance
    report.groups, report.largest = len(sizes), max(sizes.values(), default=0)
    if kind.all_pairs and report.rows > report.without:
        report.mean_distance = total / (report.rows - report.without)
    return report


class ByEmbedding:
    """Near in meaning: the published columns.

    Args:
        embedder: makes the vectors.
        approximate_above: rows from which lists of FAISS are searched on a CPU; None for never.
        device: of torch, for the search; None for a GPU where there is one.
        runner: what embeds elsewhere; None for this process. The search is always here.
    """

    columns = {
        "distance": "min_neighbor_distance",
        "count": "repeat_count",
        "first": "min_similar_conversation_id",
        "group": "duplicate_group",
        "keep": "duplicate_keep",
    }
    all_pairs = True

    def __init__(
        self,
        embedder: Embedder,
        approximate_above: int | None,
        device: str | None = None,
        runner: Runner | None = None,
    ) -> None:
        self._embedder = embedder
        self._runner = runner
        self._above = approximate_above
        self._device = device

    @property
    def settings(self) -> dict[str, Any]:
        """The model and its weights, and from where on the search is approximate."""
        above = -1 if self._above is None else self._above
        model = {"embedder": self._embedder.name, "model": self._embedder.identity}
        return {"method": "embeddings", **model, "approximate_above": above}

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """Embed and search."""
        vectors = self._vectors(rows, progress, report)
        device = self._device or _device()
        if self._above is not None and len(rows) > self._above and device == "cpu":
            from magpie_core.neighbours import approximate
            from magpie_core.neighbours.embedders import require

            require("faiss")
            with progress("searching, approximately", len(rows)) as tell:
                found, recall = approximate.search(
                    vectors, threshold, on_progress=lambda done, _: tell(done)
                )
            report.recall = {"near": recall.near, "nearest": recall.nearest}
            return found
        from magpie_core.neighbours import exact

        size = len(rows)
        with progress("searching", size) as tell:
            return exact.search(
                vectors,
                threshold,
                device=device,
                on_progress=lambda done, total: tell(size * done // total),
            )

    def _vectors(self, rows: Rows, progress: Progress, report: Report) -> NDArray[np.float32]:
        import numpy as np

        from magpie_core.neighbours.cache import Cache, digests

        embedder = self._embedder
        if self._runner is not None:
            from magpie_core.neighbours.elsewhere import embed_elsewhere

            report.embedded = embed_elsewhere(self._runner, embedder, self._device, rows, progress)
        vectors: NDArray[np.float32] | None = None
        for number, source in enumerate(rows.sources):
            begin, end = rows.begins[number : number + 2]
            if begin == end:
                continue
            texts = rows.texts[begin:end]
            wanted = digests(texts)
            with ExitStack() as stack:
                place = f"{EMBEDDINGS}/{embedder.name}"
                hold(stack, [source], place)
                cache = Cache(source.place / place, embedder.identity)
                missing = len(cache.missing(wanted))
                with progress(f"embedding {source.path.name}", missing) as tell:
                    done = 0

                    def on_progress(more: int, tell: Any = tell) -> None:
                        nonlocal done
                        done += more
                        tell(done)

                    report.embedded += cache.fill(texts, wanted, embedder.embed, on_progress)
                if vectors is None:
                    vectors = np.zeros((len(rows), cache.dimension), np.float32)
                cache.read(wanted, vectors[begin:end])
        assert vectors is not None
        return vectors


class ByText:
    """Near in their words."""

    columns = {
        "distance": "text_distance",
        "count": "text_repeat_count",
        "first": "text_first_id",
        "group": "text_group",
        "keep": "text_keep",
    }
    all_pairs = False
    settings: dict[str, Any] = {"method": "minhash"}

    def search(self, rows: Rows, threshold: float, progress: Progress, report: Report) -> Found:
        """MinHash, and the shingles of what it finds."""
        from magpie_core.neighbours import minhash
        from magpie_core.neighbours.embedders import require

        require("datasketch", "scipy")
        with progress("comparing texts", len(rows)) as tell:
            return minhash.search(rows.texts, threshold, on_progress=lambda done, _: tell(done))


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
