"""Tags of the parts of a merged run, carried over where they mean the same everywhere. Knows no tagger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from magpie_core.dataset.columns import Columns, column_folders, read_added, read_settings
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError

OF_A_RECORD = "tags/"
"""Sets of columns that depend on the record alone. Others (neighbours) depend on the whole set: they hold in
the merged run only when they were made for exactly these parts together."""
SAMPLED = ("turns/", "preferences/")
"""Sets whose columns are what somebody said: they need not be made in the same way everywhere."""


def carry_columns(parts: Sequence[Source], merged: Source, ids: Collection[str]) -> list[str]:
    """Copy to ``merged`` longer conversations, and the tags that were made in the same way everywhere.

    Returns:
        What was left behind, or is there for some parts only, a line each.
    """
    found = [column_folders(one.place) for one in parts]
    notes: list[str] = []
    for name in sorted({name for one in found for name in one}):
        folders = [one[name] for one in found if name in one]
        settings = [read_settings(one).get("settings", {}) for one in folders]
        if name.startswith(SAMPLED):
            settings = [{"parts": settings}]
        elif not name.startswith(OF_A_RECORD) and not _made_for(settings, parts, len(ids)):
            notes.append(
                f"{name} is left behind: it was made for other records than these together; make it again"
            )
            continue
        elif len(folders) < len(parts):
            notes.append(f"{name}: {len(folders)} of {len(parts)} parts have it; tag the others")
        different = _first_difference(settings)
        if different:
            notes.append(f"{name} is left behind: the parts were tagged with different {different}")
            continue
        try:
            _copy(folders, merged, name, settings[0], ids)
        except UsageError as error:  # the merged run was tagged meanwhile, in another way
            notes.append(f"{name} is left as it is: {error.message}")
    return notes


def _made_for(settings: Sequence[Mapping[str, Any]], parts: Sequence[Source], records: int) -> bool:
    """Whether columns that depend on the whole set were made for these parts, and all their records."""
    together = {"sources": [one.identity for one in parts], "records": records}
    return len(settings) == len(parts) and all(
        one.get(key) == value for one in settings for key, value in together.items()
    )


def _copy(
    folders: Sequence[Path],
    merged: Source,
    name: str,
    settings: Mapping[str, Any],
    ids: Collection[str],
) -> None:
    with Columns(merged, name, settings) as columns:
        for folder in folders:
            for one in read_added(folder):
                if one.id in ids and one.id not in columns.done:
                    columns.add(one.id, one.columns)


def _first_difference(settings: Sequence[Mapping[str, Any]]) -> str | None:
    keys = sorted({key for one in settings for key in one})
    return next((k for k in keys if any(o.get(k) != settings[0].get(k) for o in settings)), None)
