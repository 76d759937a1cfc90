"""Names that go out: of a data set on the hub, and of checkpoints, which are at times paths of a machine."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from magpie_core.errors import UsageError

FORM = "owner/name"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def check_repo(name: str) -> str:
    """``name`` if the hub would take it as a data set's name.

    Raises:
        UsageError: it would not; with the nearest name that it would.
    """
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(name)
        if name.count("/") == 1:
            return name
        why = "the owner is missing: a user or an organisation"
    except HFValidationError as error:
        why = _plain(str(error), name)
    raise UsageError(
        f"`{name}` is no name for a data set on the hub, which is {FORM}: {why}",
        hint=f"did you mean `{_mended(name)}`?",
    )


def checkpoint_name(said: str) -> str:
    """A checkpoint as others may read it: its hub id or short name; of a folder only its last name."""
    if _HUB_ID.fullmatch(said) and not Path(said).is_dir():
        return said
    name = PurePosixPath(said.replace("\\", "/")).name
    return name or "model"


def _plain(text: str, name: str) -> str:
    """The first sentence of the hub client's own words, without the name again."""
    first = " ".join(text.split()).replace(f": '{name}'.", "").replace(f"'{name}'", "it")
    return first[:160].rstrip(". ")


def _mended(name: str) -> str:
    """The nearest name that the hub takes."""
    for noise in ("https://", "http://", "huggingface.co/", "hf.co/", "datasets/"):
        name = name.removeprefix(noise)
    parts = [re.sub(r"[^\w.-]+", "-", one) for one in name.strip("/ ").split("/")]
    parts = [re.sub(r"([-.])[-.]+", r"\1", one).strip("-.")[:48] for one in parts]
    parts = [one.removesuffix(".git") for one in parts if one]
    if len(parts) < 2:
        return f"YOUR-NAME/{parts[0] if parts else 'data-set'}"
    return "/".join(parts[:2])
