"""Rewards of another model's responses to the same instructions, to be subtracted. Loads no engine."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from magpie_core.dataset.columns import NAME, check_current, read_added, read_settings
from magpie_core.dataset.source import Source, open_source
from magpie_core.errors import UsageError

FOLDER = "tags/reward"
"""Where the rewards stand beside their source."""


class BaseReward(NamedTuple):
    """What a response of the other model was given."""

    reward: float
    checkpoint: str


def check_base(path: str, options: Mapping[str, Any]) -> str:
    """The identity of the run or file at ``path``, whose rewards were made with the same options.

    Raises:
        UsageError: it has no rewards, they were made with others, or of a file that was changed since.
        RunFolderError: it cannot be opened.
    """
    with _opened(path) as source:
        folder = source.place / FOLDER
        if not (folder / NAME).is_file():
            raise UsageError(
                f"`{path}` has no rewards to subtract",
                hint=f"first, with the same checkpoint: magpie tag {shlex.quote(path)} reward --checkpoint C",
            )
        check_current(source, folder)
        made_with = read_settings(folder).get("settings", {}).get("options", {})
        for name, value in options.items():
            if made_with.get(name) != value:
                raise UsageError(
                    f"the rewards of `{path}` were made with {name} = {made_with.get(name)}, "
                    f"not {value}",
                    hint="make both with the same options",
                )
        return source.identity


def base_reward(path: str, instruction: str) -> BaseReward | None:
    """What the first response to ``instruction`` at ``path`` was given; None where none was."""
    folder = _folder(path)
    size = sum(part.stat().st_size for part in folder.glob("part-*.jsonl"))
    return _by_instruction(path, folder, size).get(_digest(instruction))


@lru_cache(maxsize=1)
def _by_instruction(path: str, folder: Path, size: int) -> Mapping[bytes, BaseReward]:
    """Read once; ``size`` is that of the rewards, and another one when some were added since."""
    given = {one.id: one.columns for one in read_added(folder)}
    found: dict[bytes, BaseReward] = {}
    with _opened(path) as source:
        for record in source.records():
            reward, checkpoint = (
                given.get(record.id, {}).get(name) for name in ("instruct_reward", "reward_model")
            )
            if isinstance(reward, int | float):
                found.setdefault(_digest(record.instruction), BaseReward(reward, str(checkpoint)))
    return found


@lru_cache(maxsize=1)
def _folder(path: str) -> Path:
    with _opened(path) as source:
        return source.place / FOLDER


def _opened(path: str) -> Source:
    return open_source(Path(path).expanduser())


def _digest(instruction: str) -> bytes:
    """The texts themselves would take gigabytes for a million records."""
    return blake2b(instruction.encode("utf-8", "surrogatepass"), digest_size=16).digest()
