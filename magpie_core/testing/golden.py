"""Golden renderings: what real checkpoints' own chat templates write. Read from outside the repository.

The data belong to the models' makers and are never copied into the repository. They are found through
``MAGPIE_GOLDEN`` (path of ``renderings.json``) or in ``shared/facts/`` beside the repository; where they
are absent, the test that asks for them is skipped and says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from magpie_core.record import Turn

VARIABLE = "MAGPIE_GOLDEN"
_BESIDE = Path("shared", "facts", "renderings.json")


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """The renderings of one checkpoint."""

    name: str
    """The checkpoint's id with ``__`` for the slash."""
    bos: str | None
    eos: str | None
    renderings: dict[str, str | None]
    """Text by conversation; None where the template refuses the conversation."""


def golden(name: str) -> Golden:
    """The golden renderings of ``name``; skips the test when the data are absent.

    Raises:
        LookupError: the data are there, but not this checkpoint.
    """
    models = _data()["models"]
    if name not in models:
        raise LookupError(
            f"no golden renderings of `{name}` (there are: {', '.join(sorted(models))})"
        )
    one = models[name]
    renderings = {
        conversation: text if isinstance(text, str) else None
        for conversation, text in one["renderings"].items()
    }
    return Golden(name=name, bos=one["bos_token"], eos=one["eos_token"], renderings=renderings)


def conversations() -> dict[str, list[Turn]]:
    """The conversations that were rendered, by name; skips the test when the data are absent."""
    return {
        name: [Turn(message["role"], message["content"]) for message in messages]
        for name, messages in _data()["conversations"].items()
    }


def with_generation_prompt(conversation: str) -> bool:
    """Whether ``conversation`` was rendered with the text that opens the answer."""
    return conversation.endswith("_gen")


def template(name: str) -> str:
    """Source of the real chat template of ``name``; skips the test when the data are absent.

    Raises:
        LookupError: the data are there, but not this template.
    """
    folder = _templates()
    path = folder / f"{name}.jinja"
    if not path.is_file():
        raise LookupError(f"no template of `{name}` in {folder}")
    return path.read_text(encoding="utf-8")


def template_names() -> list[str]:
    """Names of all real chat templates at hand, sorted; none when the data are absent."""
    found = locate()
    if found is None:
        return []
    return sorted(path.stem for path in (found.parent.parent / "templates").glob("*.jinja"))


def locate() -> Path | None:
    """Where the golden renderings are, or None."""
    if named := os.environ.get(VARIABLE):
        path = Path(named).expanduser()
        return path if path.is_file() else None
    return next((path for path in _candidates() if path.is_file()), None)


def _candidates() -> Iterator[Path]:
    repository = Path(__file__).resolve().parents[2]
    here = Path.cwd().resolve()
    for folder in dict.fromkeys((repository.parent, repository, here, *here.parents)):
        yield folder / _BESIDE


def _templates() -> Path:
    return _require().parent.parent / "templates"


def _data() -> dict[str, Any]:
    return _read(_require())


def _require() -> Path:
    path = locate()
    if path is None:
        pytest.skip(
            f"no golden renderings: set {VARIABLE} to renderings.json, "
            f"or put them at ../{_BESIDE.as_posix()} beside the repository"
        )
    return path


@cache
def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return value
