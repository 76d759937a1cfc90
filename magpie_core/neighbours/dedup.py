"""The step: records of one or more sources, their near-duplicates, and columns beside each source.

Reads everything, embeds what has no vector yet, searches, and replaces the columns; the same call again
does nothing. Knows no terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from math import isnan
from typing import TYPE_CHECKING, Any

from magpie_core.dataset.columns import Added, read_added
from magpie_core.dataset.size import about
from magpie_core.dataset.source import Source
from magpie_core.neighbours.found import Found
from magpie_core.neighbours.keeping import keep, read_values
from magpie_core.neighbours.kind import Kind, Progress, Report, no_progress
from magpie_core.neighbours.rows import Rows, read_rows, refuse_twice
from magpie_core.neighbours.written import hold, is_written, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


THRESHOLD = 0.05
"""Squared L2 distance below which two unit vectors are near-duplicates: cosine 0.975 (arXiv 2406.08464)."""
NEIGHBOURS = "neighbours"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is searched, and how."""

    threshold: float
    best: str | None = None
    """Column of numbers that chooses the record that stays; None for the first."""
    name: str
    """Of the columns: ``neighbours/NAME``."""


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
