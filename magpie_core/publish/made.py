"""Settings in force, versions, and the commands that make a data set again: a part of a card."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import tomli_w

from magpie_core.publish.markdown import block, code, table
from magpie_core.publish.origin import Origin

MARKS = "tags/marks"
"""What readers marked in `magpie view`."""


def settings_section(origin: Origin) -> str:
    """Settings in force of each side and step, and the versions of what took part."""
    parts = ["## Settings in force"]
    if origin.sides:
        names = list(dict.fromkeys(name for one in origin.sides.values() for name in one))
        rows = [
            (name, *(_value(one.get(name)) for one in origin.sides.values()))
            for name in names
            if any(one.get(name) not in (None, [], "") for one in origin.sides.values())
        ]
        parts.append(table(("", *origin.sides), rows))
    for title, settings in (
        ("Filters, gates, steering", origin.filters),
        ("Columns that were added", origin.steps),
        ("What the selection was asked for", origin.selection.get("asked")),
    ):
        if settings:
            shown = block(json.dumps(settings, indent=2, ensure_ascii=False), "json")
            parts.append(f"<details><summary>{title}</summary>\n\n{shown}\n\n</details>")
    if origin.key:
        parts.append(f"Key of the run, and beginning of its ids: {code(origin.key)}")
    if origin.versions:
        said = ", ".join(f"{name} {one}" for name, one in origin.versions.items())
        parts.append(f"Versions: {said}.")
    return "\n\n".join(parts) if len(parts) > 1 else ""


def again(origin: Origin) -> str:
    """The commands, as far as they are known; local folders stand there by their names."""
    if origin.kind != "run":
        return ""
    lines = ["magpie run recipe.toml -o runs/again"]
    for name, settings in origin.steps.items():
        lines += _command(name, settings)
    recipe = block(tomli_w.dumps(_without_none(origin.recipe)), "toml")
    return (
        "## How to make it again\n\n"
        "With `magpie-core` and the plugins named above, and this in `recipe.toml`:\n\n"
        f"{recipe}\n\n{block(chr(10).join(lines), 'bash')}\n\n"
        "The same seed, weights and versions give the same texts where the engine repeats; on a GPU a token "
        "may differ."
    )


def _command(name: str, settings: Mapping[str, Any]) -> list[str]:
    kind, _, own = name.partition("/")
    if name == MARKS:  # a person's: no command gives them again
        return []
    if kind == "tags":
        words = ["magpie", "tag", "runs/again", str(settings.get("tagger", own))]
        if checkpoint := settings.get("checkpoint"):
            words += ["--checkpoint", str(checkpoint)]
    elif kind == "neighbours":
        words = ["magpie", "dedup", "runs/again"]
        if embedder := settings.get("embedder"):
            words += ["--embedder", str(embedder)]
    elif kind == "turns":
        words = ["magpie", "extend", "runs/again", "--turns", str(settings.get("turns", 2))]
    elif kind == "preferences":
        words = ["magpie", "prefer", "runs/again", "--samples", str(settings.get("samples", 5))]
        words += ["--reward", str(settings.get("reward_checkpoint", "CHECKPOINT"))]
    else:
        return []
    return [shlex.join(words)]


def _value(value: Any) -> str:
    if value in (None, [], ""):
        return ""
    return code(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value)


def _without_none(value: Any) -> Any:
    """TOML has no null."""
    if isinstance(value, Mapping):
        return {name: _without_none(one) for name, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list) else value
