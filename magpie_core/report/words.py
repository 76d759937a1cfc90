"""What is said of a data set in words: its name, where it comes from, what is missing and what makes it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from magpie_core.dataset.source import Source
from magpie_core.report.document import Diversity, Spent
from magpie_core.report.embedded import Vectors
from magpie_core.report.reading import Reading
from magpie_core.report.safe import last_part, short

_JUDGED = {"quality": "input_quality", "difficulty": "difficulty", "category": "task_category"}
"""Columns people ask for first, by the tagger that makes them."""
_FACTS = ("checkpoint", "family", "backend")


def names_of(sources: Sequence[Source]) -> list[str]:
    """A name for each data set: the last part of its path, numbered where that says nothing."""
    plain = [_last_part_of(one) for one in sources]
    times = Counter(plain)
    seen: Counter[str] = Counter()
    names = []
    for one in plain:
        seen[one] += 1
        names.append(f"{one} ({seen[one]})" if times[one] > 1 else one)
    return names


def _last_part_of(source: Source) -> str:
    return short(source.path.resolve().name or "data", 60)


def short_note(text: str) -> str:
    """What a table says of its columns, as it may be shown."""
    return short(text, 300)


def facts_of(manifest: Mapping[str, Any], reading: Reading) -> dict[str, str]:
    """Checkpoint, family, seed, key … as they may be shown."""
    sides = [manifest.get(name) for name in ("instruction", "response")]
    first, second = (one if isinstance(one, Mapping) else {} for one in sides)
    found = {name: _said(first.get(name)) for name in _FACTS if first.get(name)}
    if second.get("checkpoint") not in (None, first.get("checkpoint")):
        found["responses by"] = _said(second.get("checkpoint"))
    run = (
        manifest.get("recipe", {}).get("run", {})
        if isinstance(manifest.get("recipe"), dict)
        else {}
    )
    if isinstance(run, Mapping) and "seed" in run:
        found["seed"] = _said(run["seed"])
    if "key" in manifest:
        found["key"] = _said(manifest["key"])
    if "created" in manifest:
        found["created"] = _said(manifest["created"])[:16].replace("T", " ")
    if reading.constant:
        found["judged by"] = ", ".join(dict.fromkeys(map(_said, reading.constant.values())))
    return found


def _said(value: object) -> str:
    """A checkpoint on the hub keeps its owner; of a folder only the last part is shown."""
    text = str(value)
    place = text.startswith(("/", "~", ".", "\\")) or text.count("/") > 1 or text[1:2] == ":"
    return short(last_part(text) if place else text, 120)


def missing(
    reading: Reading, diverse: Diversity, have: Vectors | None, took: Spent | None, kind: str
) -> list[str]:
    """What is not in the report, and the command that makes it."""
    name = shlex.quote(_last_part_of(reading.source))
    notes = []
    if have is None:
        notes.append(f"No embeddings, so it is not on the map: magpie dedup {name}")
    elif diverse.distance is None:
        notes.append(f"No distances between instructions: magpie dedup {name}")
    there = {one.name.lower() for one in reading.table.catalog.columns}
    without = [tagger for tagger, column in _JUDGED.items() if column not in there]
    if without:
        notes.append(f"No {', '.join(without)} yet: magpie tag {name} {' '.join(without)}")
    if "language" not in there:
        notes.append(f"No language yet: magpie tag {name} language")
    notes += [
        f"`{column}` is not drawn: its values are no labels (too many different ones, or too long)."
        for column in (*_JUDGED.values(), "language")
        if column in there and not _has(reading, column)
    ]
    if kind == "run" and took is None:
        notes.append("No events, so nothing is known of its speed.")
    return notes


def with_path(note: str, source: Source) -> str:
    """A note for who named ``source`` by its path: the command in it can be pasted as it stands.

    A page that is passed on says the last part only.
    """
    name, path = shlex.quote(_last_part_of(source)), shlex.quote(str(source.path))
    for command in ("dedup", "tag"):
        note = note.replace(f": magpie {command} {name}", f": magpie {command} {path}")
    return note


def _has(reading: Reading, column: str) -> bool:
    return any(one.rpartition(".")[2].lower() == column for one in reading.columns)
