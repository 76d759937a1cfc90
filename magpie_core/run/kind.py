"""What a run folder holds: records that were generated, brought in from a file, or merged. Opens nothing."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Literal

import msgspec

from magpie_core.errors import RunFolderError
from magpie_core.run.contents import recipe_of

Kind = Literal["run", "import", "merge"]
_KEY_BYTES = 6


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """How the records came to be; a run.toml that does not say was written by ``magpie run``."""
    kind = manifest.get("kind")
    return kind if kind in ("import", "merge") else "run"


def wanted(manifest: Mapping[str, Any], path: str) -> int | None:
    """How many records the run was asked for; None where all there are were meant.

    Raises:
        RunFolderError: the file was edited into something that is no recipe.
    """
    return recipe_of(manifest, path).run.n if kind_of(manifest) == "run" else None


def origin(manifest: Mapping[str, Any]) -> str:
    """``imported from `data.jsonl``` or ``merged from `a`, `b```, for people."""
    how = "imported" if kind_of(manifest) == "import" else "merged"
    return f"{how} from {', '.join(f'`{one}`' for one in _paths(manifest))}"


def command_again(manifest: Mapping[str, Any], path: str) -> str:
    """The command that made the folder; given again, it goes on where it was stopped."""
    words = ["magpie", kind_of(manifest), *_paths(manifest), "-o", path]
    columns = manifest.get("columns")
    if isinstance(columns, Mapping) and columns:
        words += ["--columns", ",".join(f"{part}={name}" for part, name in columns.items())]
    return shlex.join(words)


def require_generated(manifest: Mapping[str, Any], path: str) -> None:
    """Refuse to generate into a folder whose records came from elsewhere.

    Raises:
        RunFolderError: it was imported or merged.
    """
    if kind_of(manifest) == "run":
        return
    raise RunFolderError(
        f"`{path}` was {origin(manifest)}: there is nothing to generate",
        hint=f"magpie status {shlex.quote(path)}"
        if manifest.get("complete")
        else f"finish it with the command that made it: {command_again(manifest, path)}",
    )


def new_manifest(kind: Kind, identities: list[str], **more: Any) -> dict[str, Any]:
    """The beginning of a run.toml: its key is a digest of ``kind`` and of what the records come from."""
    digest = hashlib.blake2b(msgspec.json.encode([kind, *identities]), digest_size=_KEY_BYTES)
    return {
        "kind": kind,
        "key": digest.hexdigest(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": False,
        **more,
        "versions": {"magpie-core": version("magpie-core")},
    }


def _paths(manifest: Mapping[str, Any]) -> list[str]:
    """Where the records came from, as the user named it; an edited file may hold anything."""
    parts = manifest.get("parts")
    named = [one for one in parts if isinstance(one, Mapping)] if isinstance(parts, list) else []
    return [str(one.get("path", "?")) for one in named] or ["?"]
