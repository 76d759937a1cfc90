"""Benchmark files as items of text, each with its place. A row that cannot be read is an error here.

Elsewhere a bad row is counted and passed over. A benchmark that is only read in part would let through
what it was given to keep out, and nobody would see it; so this stops before any work is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from magpie_core import UsageError
from magpie_core.choices import nearest
from magpie_core.dataset.files import Row, read_rows
from magpie_core.dataset.shapes import ShapeError, turns_of
from magpie_core.dataset.source import SUFFIXES, FileSource
from magpie_core.run.atomic import storage_errors

TEXT = ".txt"
"""One item a line."""
READ = (TEXT, *SUFFIXES)


class Item(NamedTuple):
    """Something a benchmark asks."""

    place: str
    """``file:row``, the file as the user named it, rows (of a text file: lines) from 1."""
    text: str


def read_items(files: Sequence[str], columns: Sequence[str] = ()) -> Iterator[Item]:
    """Every item of ``files``.

    Args:
        files: JSON Lines, JSON, Parquet, or text with one item a line.
        columns: where the text of a row is, in strings or in lists of them; without any, what the user
            says in it (``prompt``, ``question``, ``instruction`` …, or the user turns of a conversation).

    Raises:
        UsageError: a file is missing or of another kind, or a row of it cannot be read.
        MissingEngineError: Parquet without pyarrow.
        StorageError: a file cannot be read.
    """
    for name in files:
        path = _checked(name)
        if path.suffix.lower() == TEXT:
            yield from _lines(path, name)
            continue
        for number, row in read_rows(path, _refuse):
            place = f"{name}:{number + 1}"
            for text in _texts(row, columns, place):
                yield Item(place, text)


def digest_of(name: str) -> str:
    """Digest of a benchmark file's bytes, 24 hexadecimal digits.

    Raises:
        UsageError: there is no such file. StorageError: it cannot be read.
    """
    return FileSource(_checked(name)).identity


def _checked(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        raise UsageError(
            f"benchmark `{name}` is a folder, not a file",
            hint="name the files in it, or export a run first: magpie export RUN --to jsonl --out FILE",
        )
    if not path.is_file():
        alike = nearest(path.name, _readable_in(path.parent))
        raise UsageError(
            f"benchmark file `{name}` does not exist",
            hint=f"did you mean `{alike[0]}`?" if alike else f"ls {path.parent}",
        )
    if path.suffix.lower() not in READ:
        raise UsageError(
            f"`{name}` is no benchmark file we read (known: {', '.join(READ)})",
            hint="store it as JSON Lines, or as text with one item a line: .txt",
        )
    return path


def _readable_in(folder: Path) -> list[str]:
    with suppress(OSError):
        return [one.name for one in folder.iterdir() if one.suffix.lower() in READ]
    return []


def _lines(path: Path, name: str) -> Iterator[Item]:
    with storage_errors(path, "read"), path.open(encoding="utf-8-sig") as file:
        try:
            for number, line in enumerate(file, 1):
                yield Item(f"{name}:{number}", line)
        except UnicodeDecodeError as error:
            raise UsageError(
                f"`{name}` is not UTF-8: {error.reason}",
                hint=f"iconv -t utf-8 {name} > {path.stem}-utf8{TEXT}",
            ) from error


def _refuse(path: Path, row: int, reason: str) -> NoReturn:
    raise UsageError(
        f"row {row} of benchmark file `{path}` cannot be read: {reason}",
        hint="correct the row or take it out, so that you know what is compared",
    )


def _texts(row: Row, columns: Sequence[str], place: str) -> Iterator[str]:
    if columns:
        for column in columns:
            if column not in row:
                raise _no_column(column, row, place)
            yield from _strings(row[column])
        return
    try:
        turns = turns_of(row)
    except ShapeError as error:
        raise UsageError(
            f"`{place}` has no text we know to look for: {error}",
            hint=f'say where it is: columns = ["{next(iter(row), "question")}"]',
        ) from error
    yield from (turn.content for turn in turns if turn.role == "user")


def _no_column(column: str, row: Row, place: str) -> UsageError:
    alike = nearest(column, row)
    return UsageError(
        f"`{place}` has no column `{column}` (there are: {', '.join(row) or 'none'})",
        hint=f"did you mean `{alike[0]}`?" if alike else "correct `columns` in the recipe",
    )


def _strings(value: Any) -> Iterator[str]:
    """Every string in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _strings(one)
