"""A data set cut into parts by a hash, so that a record's part never depends on the other records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from magpie_core.dataset.added import AddedColumns
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.export.write import export, none_answered
from magpie_core.record import Record
from magpie_core.run.atomic import TEMPORARY, storage_errors, sync_folder
from magpie_core.steps.split_keys import Keys, keys_of

_ROUND = 1e-9
"""Shares that people type as decimals do not add up to one exactly."""


@dataclass
class Split:
    """What ``split`` wrote."""

    counts: dict[str, int]
    files: dict[str, Path] = field(default_factory=dict)
    together: int = 0
    """Records that share a key with another one: near-duplicates, or rows of the same value."""
    without: int = 0
    """Records without a value in the column that decides; their id decides."""
    unanswered: int = 0
    """Records that the format does not take, and that are in no part."""


def part_of(key: str, seed: int, shares: Mapping[str, float]) -> str:
    """The part that ``key`` falls into: its hash with ``seed``, between 0 and 1, against the shares."""
    digest = hashlib.blake2b(f"{seed}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8)
    at, end = int.from_bytes(digest.digest()) / 2**64, 0.0
    for name, share in shares.items():
        end += share
        if at < end:
            return name
    return [name for name, share in shares.items() if share][-1]


def check_shares(shares: Mapping[str, float | None]) -> dict[str, float]:
    """The shares, with the one that was left out as the rest; those of zero are gone.

    Raises:
        UsageError: they do not add up to one, are negative, or fewer than two parts come of them.
    """
    given = {name: share for name, share in shares.items() if share is not None}
    rest = 1 - sum(given.values())
    if "train" not in given:
        given = {"train": 0.0 if abs(rest) < _ROUND else rest, **given}
        rest = 0.0
    said = ", ".join(f"{name} {share:g}" for name, share in given.items())
    if abs(rest) > _ROUND or any(not 0 <= share <= 1 for share in given.values()):
        raise UsageError(f"the shares do not add up to 1: {said}", hint="--train 0.95 --test 0.05")
    kept = {name: share for name, share in given.items() if share}
    if len(kept) < 2:
        raise UsageError(f"only one part comes of these shares: {said}", hint="--test 0.05")
    return kept


def split(
    source: Source,
    exporter: Exporter,
    out: Path,
    shares: Mapping[str, float],
    *,
    seed: int = 0,
    by: str | None = None,
    overwrite: bool = False,
    on_record: Callable[[], None] = lambda: None,
) -> Split:
    """Write one file for each part into the folder ``out``: all of them, or none.

    Rows have the columns that steps added, as far as the format has columns.

    A record's part follows from the seed and its key: the value of the column ``by``; else, where
    ``neighbours/`` say that it has near-duplicates, the first of them; else its own id.

    Args:
        source: what to cut.
        exporter: the format of the files.
        out: a folder; it may exist.
        shares: name and share of each part, which add up to one.
        seed: another one cuts otherwise.
        by: a column, of the source or added to it.
        overwrite: replace files of these names.
        on_record: called for each record, once for every reading.

    Raises:
        UsageError: a file is there already, there is no such column, a part gets no record, or the
            format takes none.
        StorageError: the disk refused.
    """
    keys = keys_of(source, by)
    files = {name: out / f"{name}{exporter.suffix}" for name in shares}
    _check_free(source, files, overwrite)
    told, source.on_damage = source.on_damage, None  # each is said once, by the reading that counts
    with AddedColumns(source.place, source.records, told) as added:
        source.on_damage = told
        result = _counted(source, exporter, keys, shares, seed, on_record, added)
        if result.unanswered and not any(result.counts.values()):
            raise none_answered(result.unanswered, exporter)
        empty = [name for name, count in result.counts.items() if not count]
        if empty:
            raise UsageError(
                f"no record falls into {', '.join(empty)} (of {sum(result.counts.values()):,})",
                hint="give it a larger share, or try another --seed",
            )

        def of_part(name: str) -> Iterator[Record]:
            for record in source.records():
                on_record()
                if part_of(keys.of(record), seed, shares) == name:
                    yield added.with_them(record)

        with storage_errors(out):
            with suppress(FileExistsError):
                out.mkdir(parents=True)
            with TemporaryDirectory(prefix=TEMPORARY, dir=out) as folder:
                made = {name: Path(folder, path.name) for name, path in files.items()}
                source.on_damage = None
                for name, path in made.items():
                    export(of_part(name), exporter, path)
                source.on_damage = told
                _check_free(source, files, overwrite)  # again: writing may take long
                for name, path in made.items():
                    path.replace(files[name])
            sync_folder(out)
    result.files = files
    return result


def _counted(
    source: Source,
    exporter: Exporter,
    keys: Keys,
    shares: Mapping[str, float],
    seed: int,
    on_record: Callable[[], None],
    added: AddedColumns,
) -> Split:
    result = Split(dict.fromkeys(shares, 0))
    for record in source.records():
        on_record()
        if not exporter.takes(added.with_them(record)):
            result.unanswered += 1
            continue
        result.counts[part_of(keys.of(record), seed, shares)] += 1
    if any(result.counts.values()):
        keys.check_found()
    result.together, result.without = keys.together, keys.without
    return result


def _check_free(source: Source, files: Mapping[str, Path], overwrite: bool) -> None:
    for path in files.values():
        target = path.resolve()
        if target == source.path.resolve() or (
            isinstance(source, RunSource) and source.owns(target)
        ):
            raise UsageError(
                f"`{path}` belongs to the data that is cut", hint="choose another --out"
            )
        if path.is_dir():
            raise UsageError(f"`{path}` is a folder", hint="choose another --out")
        if not overwrite and (path.exists() or path.is_symlink()):
            raise UsageError(f"`{path}` exists", hint="choose another --out, or add --overwrite")
