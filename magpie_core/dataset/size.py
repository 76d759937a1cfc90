"""About how many rows a source has, and columns beside it: line ends are counted, no row is read."""

from __future__ import annotations

from pathlib import Path

from magpie_core.dataset.columns import PARTS, column_folders
from magpie_core.dataset.source import FileSource, Source
from magpie_core.run.atomic import storage_errors

_BLOCK = 1024**2


def about(source: Source) -> int | None:
    """Rows of ``source``, damaged ones included; None where only reading it would tell."""
    if not isinstance(source, FileSource):
        return sum(map(_line_ends, sorted((source.path / "records").glob("part-*.jsonl"))))
    if source.path.suffix.lower() == ".parquet":
        return _parquet_rows(source.path)
    return None if source.path.suffix.lower() == ".json" else _line_ends(source.path)


def about_added(place: Path) -> dict[str, int]:
    """Records that have the columns of each set below ``place`` (``tags/quality``)."""
    return {
        name: sum(map(_line_ends, sorted(folder.glob(PARTS))))
        for name, folder in column_folders(place).items()
    }


def _line_ends(path: Path) -> int:
    with storage_errors(path, "read"), path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


def _parquet_rows(path: Path) -> int | None:
    try:
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)
    except Exception:  # reading the rows will say what is wrong with it
        return None
