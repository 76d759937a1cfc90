"""What a user may have meant by a path that is no run folder."""

from __future__ import annotations

import difflib
import shlex
from contextlib import suppress
from pathlib import Path

from magpie_core.errors import RunFolderError
from magpie_core.run.manifest import NAME

_SHOWN = 5
FILES = (".jsonl", ".ndjson", ".json", ".parquet")
"""Suffixes by which a file of conversations is meant, not a run."""


def not_a_run(path: Path) -> RunFolderError:
    """The error for ``path``, which has no run.toml, with the likeliest way out."""
    if path.name == NAME and path.is_file():
        return RunFolderError(
            f"`{path}` is a file, not a run folder", hint=f"did you mean `{path.parent}`?"
        )
    if path.exists() and not path.is_dir():
        return RunFolderError(
            f"`{path}` is a file, not a run folder", hint="name the folder that holds run.toml"
        )
    inside = runs_in(path)
    if not path.exists() and path.suffix.lower() in FILES:
        return _no_file(path)
    if path.is_dir():
        message = f"`{path}` is not a run folder: it has no {NAME}"
        if inside:
            return RunFolderError(message, hint=f"did you mean `{path / inside[0]}`?")
    else:
        message = f"no run folder `{path}`"
    beside = runs_in(path.parent)
    near = difflib.get_close_matches(path.name, beside, n=1, cutoff=0.6)
    if beside:
        more = ", …" if len(beside) > _SHOWN else ""
        message += f" (runs in `{path.parent}`: {', '.join(beside[:_SHOWN])}{more})"
    hint = f"did you mean `{path.with_name(near[0])}`?" if near else "name the folder given to -o"
    return RunFolderError(message, hint=hint)


def _no_file(path: Path) -> RunFolderError:
    """Somebody who types `talk.jsonl` means a file, not a run."""
    with suppress(OSError):
        beside = sorted(one.name for one in path.parent.iterdir() if one.suffix.lower() in FILES)
        near = difflib.get_close_matches(path.name, beside, n=1, cutoff=0.6)
        more = ", …" if len(beside) > _SHOWN else ""
        there = (
            f"files there: {', '.join(beside[:_SHOWN])}{more}" if beside else "no data file there"
        )
        hint = (
            f"did you mean `{path.with_name(near[0])}`?"
            if near
            else f"ls {shlex.quote(str(path.parent))}"
        )
        return RunFolderError(f"no file `{path}` ({there})", hint=hint)
    return RunFolderError(
        f"no file `{path}`, and no folder `{path.parent}`", hint="look for a slip"
    )


def runs_in(folder: Path) -> list[str]:
    """Names of the run folders right inside ``folder``, sorted; none when it cannot be read."""
    with suppress(OSError):
        return sorted(path.parent.name for path in folder.glob(f"*/{NAME}"))
    return []
