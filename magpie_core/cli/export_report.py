"""What an export says of itself when it is done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from magpie_core.cli.console import note
from magpie_core.export.place import numbered

if TYPE_CHECKING:
    from magpie_core.export.reasoning import Reasoned


def shown(out: str, shard_rows: int | None) -> str:
    """What was written, as a shell would be told it."""
    if shard_rows is None:
        return shlex.quote(out)
    folder, slash, name = out.rpartition("/")
    first = numbered(name, 0)
    return f"{shlex.quote(folder + slash + first)} and those after it"


def note_reasoning(exporter: Reasoned, *, quiet: bool) -> None:
    """Say that there is reasoning which the format has no place for, and what can be done."""
    if exporter.left_behind:
        note(
            f"{exporter.left_behind:,} records have reasoning, which is not in `{exporter.name}`: "
            "--reasoning keep puts it in front of each answer, --reasoning drop says nothing",
            quiet=quiet,
        )
