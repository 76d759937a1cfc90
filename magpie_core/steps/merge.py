"""Several runs put into one: each id once, ids and provenance kept, indexes given anew."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from magpie_core.dataset.ids import IdSet
from magpie_core.dataset.source import RunSource, Source, open_source
from magpie_core.errors import UsageError
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import OnDamage
from magpie_core.steps.gathering import check_distinct, mark_complete, open_gathered
from magpie_core.steps.merge_columns import carry_columns


@dataclass
class Part:
    """One run that is merged, and what became of its records."""

    path: Path
    records: int = 0
    """It has so many."""
    new: int = 0
    """Written by this call."""
    repeated: int = 0
    """Left out, because an earlier part has the same ids."""


@dataclass
class Merged:
    """What ``merge`` did."""

    path: Path
    key: str
    records: int = 0
    """Records in the merged run."""
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a reader should know of tags and neighbours."""


def merge(
    paths: Sequence[Path],
    out: Path,
    *,
    on_record: Callable[[], None] = lambda: None,
    on_damage: OnDamage | None = None,
) -> Merged:
    """Write the records of the runs ``paths`` into the run folder ``out``, part after part.

    A record keeps its id (``KEY-INDEX``, so two runs never share one), its provenance and its columns, and
    gets the next free index. An id that comes again, from a copy of a run, counts once. The same call
    again goes on where it was stopped, and adds what the parts have gained since. Tags come along where
    every part that has them made them with the same settings.

    Raises:
        UsageError: fewer than two parts, one named twice, or one that is no run folder.
        RunFolderError: ``out`` holds something else. StorageError: the disk refused.
    """
    _check_named(paths, out)
    with ExitStack() as stack:
        sources = [stack.enter_context(_open_part(path)) for path in paths]
        folder = stack.enter_context(_open_merged(sources, out))
        for source in sources:
            source.on_damage = on_damage
        merged = Merged(out, str(folder.manifest["key"]))
        here = IdSet(record.id for record in folder.records())
        index = folder.settled().largest + 1
        seen = IdSet()
        for source in sources:
            part = Part(source.path)
            for record in source.records():
                part.records += 1
                if record.id in seen:
                    part.repeated += 1
                elif record.id not in here:
                    folder.append(replace(record, index=index))
                    index, part.new = index + 1, part.new + 1
                seen.add(record.id)
                on_record()
            merged.parts.append(part)
        merged.records = len(here) + sum(one not in here for one in seen)
        folder.sync()
        merged.notes = carry_columns(sources, RunSource(out), seen)
        mark_complete(folder, parts=list(_with_counts(folder.manifest["parts"], merged.parts)))
        return merged


def _check_named(paths: Sequence[Path], out: Path) -> None:
    check_distinct(paths, "run")
    if len(paths) < 2:
        raise UsageError(
            f"merging needs two runs or more, not {len(paths)}",
            hint="magpie merge runs/first runs/second -o runs/both",
        )
    if out.resolve() in [path.resolve() for path in paths]:
        raise UsageError(f"`{out}` is one of the parts", hint="choose another folder with -o")


def _open_part(path: Path) -> Source:
    source = open_source(path)
    if isinstance(source, RunSource):
        return source
    quoted = shlex.quote(str(path))
    raise UsageError(
        f"`{path}` is a file, not a run folder",
        hint=f"bring it in first: magpie import {quoted} -o {shlex.quote(path.stem)}",
    )


def _open_merged(sources: Sequence[Source], out: Path) -> RunFolder:
    """The folder for these parts: a new one, or the one an earlier call made."""
    parts = [{"path": str(one.path), "key": one.identity} for one in sources]
    identities = [one.identity for one in sources]
    return open_gathered(out, "merge", identities, "these parts, in this order", parts=parts)


def _with_counts(said: list[dict[str, Any]], parts: list[Part]) -> Iterator[dict[str, Any]]:
    for one, part in zip(said, parts, strict=True):
        yield {**one, "records": part.records, "repeated": part.repeated}
