"""Conversations from files into a run folder, which every other step can then read and add to.

The row's number is the record's index, file after file, so a call that was stopped goes on where it ended.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from magpie_core.dataset.naming import Naming, check_columns, text_columns
from magpie_core.dataset.rows import unnamed
from magpie_core.dataset.source import FileSource, open_source
from magpie_core.errors import UsageError
from magpie_core.record import Record, Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import OnDamage
from magpie_core.steps.gathering import check_distinct, mark_complete, open_gathered

SOURCE_ID = "source_id"
"""Column with the id a row had in its file."""
SOURCE_FILE = "source_file"
"""Column with the file a row came from, where there are several."""
UNREADABLE = "unreadable"
_NONE = "no conversation: "


@dataclass
class BroughtIn:
    """What ``bring_in`` did."""

    path: Path
    key: str
    records: int = 0
    """Records in the folder."""
    new: int = 0
    """Of these, written by this call."""
    rejected: int = 0
    """Rows without a conversation; each is in ``rejects/`` with the reason."""
    unanswered: int = 0
    """Records without a response."""


def bring_in(
    files: Sequence[Path],
    out: Path,
    *,
    naming: Naming | None = None,
    on_row: Callable[[], None] = lambda: None,
    on_damage: OnDamage | None = None,
) -> BroughtIn:
    """Write the conversations of ``files`` into the run folder ``out``; a second call adds nothing.

    Ids become ``KEY-INDEX``, where the key follows from the files' bytes; the row's own id, if any, is
    kept in the column ``source_id``, of several files the name in ``source_file``, and all other columns
    under their names.

    Args:
        files: JSON Lines, JSON or Parquet.
        out: a new folder, or one that an earlier call for the same files made.
        naming: the columns their conversations stand in; without, they are found.
        on_row: called after each row.
        on_damage: told of each row that holds no conversation: file, row from 1, reason.

    Raises:
        UsageError: a file is a run folder or none we can read, is named twice, lacks a column of
            ``naming``, or no row of it holds a conversation. Nothing is written then.
        RunFolderError: ``out`` holds something else.
        StorageError: the disk refused; what was written stays, and the same call goes on.
    """
    check_distinct(files, "file")
    with ExitStack() as stack:
        sources = [stack.enter_context(_opened(file, naming)) for file in files]
        for source in sources:
            _check_readable(source)
        folder = stack.enter_context(_open(sources, naming, out))
        rows = _Rows(folder, on_row, on_damage)
        for source, name in zip(sources, _names(folder, sources), strict=True):
            rows.write(source, name)
        mark_complete(folder)
        return rows.done


class _Rows:
    """Writes the rows of one file after another, each under an index of its own."""

    def __init__(
        self, folder: RunFolder, on_row: Callable[[], None], on_damage: OnDamage | None
    ) -> None:
        self.done = BroughtIn(folder.path, str(folder.manifest["key"]))
        self._folder = folder
        self._settled = folder.settled()
        self._on_row = on_row
        self._on_damage = on_damage
        self._first = self._next = 0  # index of the file's first row, and of the next row

    def write(self, source: FileSource, name: str | None) -> None:
        """Write what is not there yet; ``name`` goes into the column ``source_file``."""
        self._first = self._next
        source.on_damage = self._reject
        for record in source.records():
            index = self._first + record.index
            if index not in self._settled:
                self._folder.append(_ours(record, index, self.done.key, name))
                self.done.new += 1
            self.done.records += 1
            self.done.unanswered += not any(one.role == "assistant" for one in record.turns)
            self._passed(index)

    def _reject(self, path: Path, row: int, reason: str) -> None:
        index = self._first + row - 1
        if self._on_damage:
            self._on_damage(path, row, reason)
        if index not in self._settled:
            self._folder.append(_rejection(index, reason))
        self.done.rejected += 1
        self._passed(index)

    def _passed(self, index: int) -> None:
        self._next = index + 1
        self._on_row()


def _opened(file: Path, naming: Naming | None) -> FileSource:
    source = open_source(file)
    if not isinstance(source, FileSource):
        source.close()
        raise UsageError(
            f"`{file}` is a run folder already", hint="put runs together: magpie merge RUN RUN"
        )
    source.naming = naming
    return source


def _check_readable(source: FileSource) -> None:
    """See that a conversation is found, before anything is written."""
    if source.naming is not None:
        check_columns(source.path, source.naming)
    reasons: list[str] = []
    source.on_damage = lambda path, row, reason: reasons.append(reason) if not reasons else None
    if next(source.records(), None) is None:
        raise _nothing_in(source, reasons)


def _open(sources: Sequence[FileSource], naming: Naming | None, out: Path) -> RunFolder:
    """The folder for ``sources``: a new one, or the one an earlier call made."""
    identities = [one.identity for one in sources]
    more: dict[str, Any] = {"columns": dict(naming)} if naming else {}
    than = f"those of {', '.join(f'`{one.path}`' for one in sources)}, read as now"
    return open_gathered(
        out,
        "import",
        [*identities, *(f"{part}={name}" for part, name in (naming or {}).items())],
        than,
        parts=[{"path": str(one.path), "digest": one.identity} for one in sources],
        **more,
    )


def _names(folder: RunFolder, sources: Sequence[FileSource]) -> list[str | None]:
    """What the first call named the files, so that a later one from elsewhere writes the same."""
    if len(sources) == 1:
        return [None]
    return [str(one["path"]) for one in folder.manifest["parts"]]


def _ours(record: Record, index: int, key: str, file: str | None) -> Record:
    extra: dict[str, Any] = dict(record.extra)
    if not unnamed(record):
        _add(extra, SOURCE_ID, record.id)
    if file is not None:
        _add(extra, SOURCE_FILE, file)
    return replace(record, id=f"{key}-{index:08d}", index=index, extra=extra)


def _add(extra: dict[str, Any], column: str, value: str) -> None:
    if column in extra:  # it came out of an imported run
        extra[f"extra_{column}"] = extra.pop(column)
    extra[column] = value


def _rejection(index: int, reason: str) -> Rejection:
    return Rejection(
        index=index, step="instruction", reason=UNREADABLE, filter="import", text=reason
    )


def _nothing_in(source: FileSource, reasons: Sequence[str]) -> UsageError:
    if not reasons:
        return UsageError(f"no conversation in `{source.path}`: it is empty", hint="leave it out")
    texts = text_columns(source.path)
    parts = ("instruction", "response")
    named = ",".join(f"{part}={name}" for part, name in zip(parts, texts, strict=False))
    hint = f"say where it is: --columns {shlex.quote(named)}" if named else None
    return UsageError(
        f"no conversation in `{source.path}`: the first row: {reasons[0].removeprefix(_NONE)}",
        hint=hint or "store a list of turns in messages, or a pair of columns with text",
    )
