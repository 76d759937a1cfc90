"""Conversations from a file into a run folder, which every other step can then read and add to.

The row's number is the record's index, so a call that was stopped goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from magpie_core.dataset.rows import unnamed
from magpie_core.dataset.source import FileSource, open_source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.record import Record, Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import kind_of, new_manifest
from magpie_core.run.manifest import NAME
from magpie_core.run.parts import OnDamage

SOURCE_ID = "source_id"
"""Column with the id a row had in its file."""
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class BroughtIn:
    """What ``bring_in`` did."""

    path: Path
    key: str
    records: int
    """Records in the folder."""
    new: int
    """Of these, written by this call."""
    rejected: int
    """Rows without a conversation; each is in ``rejects/`` with the reason."""


def bring_in(
    file: Path,
    out: Path,
    *,
    on_row: Callable[[], None] = lambda: None,
    on_damage: OnDamage | None = None,
) -> BroughtIn:
    """Write the conversations of ``file`` into the run folder ``out``; a second call adds nothing.

    Ids become ``KEY-INDEX``, where the key follows from the file's bytes; the row's own id, if any, is
    kept in the column ``source_id``, and all other columns under their names.

    Args:
        file: JSON Lines, JSON or Parquet.
        out: a new folder, or one that an earlier call for the same file made.
        on_row: called after each row.
        on_damage: told of each row that holds no conversation: file, row from 1, reason.

    Raises:
        UsageError: ``file`` is a run folder or none we can read, or no row holds a conversation.
        RunFolderError: ``out`` holds something else.
        StorageError: the disk refused; what was written stays, and the same call goes on.
    """
    with open_source(file) as source:
        if not isinstance(source, FileSource):
            raise UsageError(
                f"`{file}` is a run folder already", hint="put runs together: magpie merge RUN RUN"
            )
        made_folder = not out.exists()
        with _open(source, out) as folder:
            settled = folder.settled()
            before, rejected = len(settled.accepted), len(settled.rejected)
            first_reason: list[str] = []

            def note(path: Path, row: int, reason: str) -> None:
                nonlocal rejected
                if not first_reason:
                    first_reason.append(reason)
                if on_damage:
                    on_damage(path, row, reason)
                if row - 1 not in settled:
                    folder.append(_rejection(row - 1, reason))
                    rejected += 1
                on_row()

            source.on_damage = note
            new, key = 0, str(folder.manifest["key"])
            for record in source.records():
                if record.index not in settled:
                    folder.append(_ours(record, key))
                    new += 1
                on_row()
            if not before + new:
                folder.discard(folder_too=made_folder)
                raise _nothing_in(file, first_reason)
            if not folder.manifest.get("complete"):
                folder.sync()
                folder.write_manifest({**folder.manifest, "complete": True})
            return BroughtIn(out, key, before + new, new, rejected)


def _open(source: FileSource, out: Path) -> RunFolder:
    """The folder for ``source``: a new one, or the one an earlier call made."""
    part = {"path": str(source.path), "digest": source.identity}
    manifest = new_manifest("import", [source.identity], parts=[part])
    if not (out / NAME).exists():
        return RunFolder.create(out, manifest)
    folder = RunFolder.open(out, write=True)
    if folder.manifest.get("key") != manifest["key"] or kind_of(folder.manifest) != "import":
        folder.close()
        raise RunFolderError(
            f"`{out}` holds other records than those of `{source.path}` as it is now",
            hint="choose another folder with -o",
        )
    return folder


def _ours(record: Record, key: str) -> Record:
    extra: dict[str, Any] = dict(record.extra)
    if not unnamed(record):
        if SOURCE_ID in extra:  # it came out of an imported run
            extra[f"extra_{SOURCE_ID}"] = extra.pop(SOURCE_ID)
        extra[SOURCE_ID] = record.id
    return replace(record, id=f"{key}-{record.index:08d}", extra=extra)


def _rejection(index: int, reason: str) -> Rejection:
    return Rejection(
        index=index, step="instruction", reason=UNREADABLE, filter="import", text=reason
    )


def _nothing_in(file: Path, reasons: list[str]) -> UsageError:
    why = f": the first row: {reasons[0]}" if reasons else ": it is empty"
    return UsageError(
        f"no conversation in `{file}`{why}",
        hint="rename the columns to instruction and response, or store a list of turns in messages",
    )
