"""Where built checkpoints are kept: the user's cache, a folder for each thing they are built from.

A folder is whole or it is built again; what builds one is in ``build``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import msgspec
from safetensors import SafetensorError

from magpie_core import CheckpointError, Family, UnknownNameError
from magpie_core.known import install_hint
from magpie_core.plugins import load_plugins
from magpie_tiny import CHECKPOINT
from magpie_tiny_families.catalogue import Member

DISTRIBUTION = "magpie-tiny-families"
FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
)
"""What a whole checkpoint has."""
ABANDONED_SECONDS = 3600.0
"""A build takes seconds: what is older was left behind by one that was killed."""
SOURCE = Path(__file__).parent


def cache_folder() -> Path:
    """Where checkpoints are kept: ``MAGPIE_CACHE``, or ``magpie`` in the user's cache folder."""
    chosen = os.environ.get("MAGPIE_CACHE")
    users = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
    return Path(os.path.abspath(os.path.expanduser(chosen or os.path.join(users, "magpie"))))


def checkpoint_folder(member: Member) -> Path:
    """The folder of the member's checkpoint, which is made when it is first asked for.

    Raises:
        CheckpointError: the family's adapter is not there, or the cache cannot be written.
    """
    family = _family(member)
    kept = cache_folder() / f"{DISTRIBUTION}-{version(DISTRIBUTION)}"
    folder = kept / f"{member.name}-{_made_from(member, family)}"
    try:
        if not _is_whole(folder):
            _make_whole(member, family, folder)
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CheckpointError(
            f"`{member.name}` cannot be built in `{folder.parent}`: {reason or error}",
            hint="MAGPIE_CACHE=FOLDER magpie …   # a folder that can be written, with 20 MB to spare",
        ) from error
    return folder


def _family(member: Member) -> Family:
    try:
        return load_plugins().family(member.family)
    except UnknownNameError as error:
        adapter = install_hint("family", member.family) or f"an adapter for {member.family}"
        raise CheckpointError(
            f"`{member.name}` needs `{adapter}`, which is not loaded: it is built from the facts "
            "that are registered there",
            hint=error.hint,
        ) from error


def _made_from(member: Member, family: Family) -> str:
    """Twelve hex digits over all that decides the files, so that none is used that is out of date."""
    digest = hashlib.sha256()
    said = (version(DISTRIBUTION), version("transformers"), repr(member))
    digest.update(msgspec.json.encode((said, family.chat_format()), order="sorted"))
    made_from = sorted(SOURCE.rglob("*.py"))
    made_from += [SOURCE / f"weights/{member.stem}.safetensors", CHECKPOINT / "tokenizer.json"]
    for path in made_from:
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def _is_whole(folder: Path) -> bool:
    """Whether every file is there: somebody may have removed some of a cache."""
    return all((folder / name).is_file() and (folder / name).stat().st_size for name in FILES)


def _make_whole(member: Member, family: Family, folder: Path) -> None:
    """Build beside ``folder`` and rename: nobody sees half a checkpoint, and the first of two wins."""
    # It imports torch, which nobody needs for a checkpoint that is there.
    from magpie_tiny_families.build import build

    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder.parent)
    beside = Path(tempfile.mkdtemp(prefix=f".{member.name}-", dir=folder.parent))
    try:
        new = beside / "new"
        new.mkdir()
        build(member, family, new)
        if os.path.lexists(folder) and not _is_whole(folder):
            folder.rename(beside / "damaged")
        new.rename(folder)
    except OSError:
        if not _is_whole(folder):
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed builds left in ``folder``."""
    for path in folder.glob(".tiny-*"):
        try:
            age = time.time() - path.lstat().st_mtime
        except OSError:
            continue  # its builder was faster
        if age > ABANDONED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
