"""What a recipe's ``[control]`` asks for, read and checked before any engine is opened."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from magpie_core.choices import unknown
from magpie_core.control.drawing import Control, Weighted
from magpie_core.control.tasks import PRESETS, TASKS
from magpie_core.errors import SettingsError, UsageError
from magpie_core.run.recipe import ControlSection
from magpie_core.run.toml import parse_toml

LANGUAGE = "The user writes in {}, and in no other language."
PERSONA_COLUMN = "persona"
"""Of a JSON Lines file of personas."""


class Prompt(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of a file of system prompts."""

    text: Annotated[str, msgspec.Meta(pattern=r"\S")]
    weight: Annotated[float, msgspec.Meta(gt=0.0, le=sys.float_info.max)] = 1.0


class _PersonaRow(msgspec.Struct):
    persona: str


def parse_weights(typed: str) -> dict[str, float]:
    """``math=2,code``: names with weights, 1 where none is given.

    Raises:
        UsageError: a weight that is no number above 0, or a name that comes twice.
    """
    weights: dict[str, float] = {}
    for one in typed.split(","):
        name, equals, weight = (part.strip() for part in one.partition("="))
        try:
            number = float(weight) if equals else 1.0
        except ValueError:
            number = 0.0
        if not name or not 0 < number < float("inf"):
            raise UsageError(
                f"`{one}` is no name with a weight above 0", hint="for example: math=2,code=1"
            )
        if name in weights:
            raise UsageError(f"`{name}` comes twice in `{typed}`", hint=f"{name}={number:g}")
        weights[name] = number
    return weights


def make_control(section: ControlSection) -> Control | None:
    """What ``section`` asks for; None where it asks for nothing.

    Raises:
        UsageError: a task that nobody worded, tasks beside a file of prompts, or a bad weight.
        SettingsError: a file that cannot be read, or holds something else.
    """
    if section == ControlSection(schedule=section.schedule):
        return None
    if section.tasks is not None and section.prompts is not None:
        raise UsageError(
            "tasks of ours and a file of system prompts are both asked for",
            hint="leave --task out, or put its wording into the file",
        )
    tasks = _tasks(section.tasks) if section.tasks is not None else None
    if section.prompts is not None:
        tasks = _prompts(Path(section.prompts))
    languages = None
    if section.languages is not None:
        weights = parse_weights(section.languages)
        languages = Weighted(
            {one: LANGUAGE.format(one) for one in weights}, tuple(weights.values())
        )
    personas = _personas(Path(section.personas)) if section.personas is not None else ()
    return Control(tasks, languages, personas)


def _tasks(typed: str) -> Weighted:
    weights = PRESETS.get(typed) or parse_weights(typed)
    for name in weights:
        if name in PRESETS:
            raise UsageError(
                f"`{name}` in `{typed}` is a mixture with weights of its own, and stands alone",
                hint=f"--task {name}, or tasks with weights: {_written(PRESETS[name])}",
            )
        if name not in TASKS:
            raise unknown("task", name, [*TASKS, *PRESETS])
    return Weighted({one: TASKS[one] for one in weights}, tuple(weights.values()))


def _written(weights: Mapping[str, float]) -> str:
    return ",".join(f"{name}={weight:g}" for name, weight in weights.items())


def _prompts(path: Path) -> Weighted:
    """A TOML file: ``[NAME] text = "…" weight = 2``, as many as there are."""
    try:
        found = msgspec.convert(parse_toml(_text(path)), dict[str, Prompt])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            f"`{path}` is no file of system prompts: {error}", hint=_SHAPE
        ) from error
    if not found:
        raise SettingsError(f"`{path}` holds no system prompt", hint=_SHAPE)
    texts: Mapping[str, str] = {name: one.text for name, one in found.items()}
    return Weighted(texts, tuple(one.weight for one in found.values()))


def _personas(path: Path) -> tuple[str, ...]:
    """A line each; of a .jsonl file its column ``persona``."""
    # Not splitlines: U+2028 and its like may stand inside a JSON text.
    lines = [one.strip() for one in _text(path).split("\n")]
    if path.suffix == ".jsonl":
        lines = [_persona(path, number, one) for number, one in enumerate(lines, 1) if one]
    found = tuple(one for one in lines if one)
    if not found:
        raise SettingsError(f"`{path}` holds no persona", hint="one persona a line")
    return found


def _persona(path: Path, number: int, line: str) -> str:
    try:
        persona = msgspec.json.decode(line, type=_PersonaRow).persona
    except msgspec.DecodeError as error:
        raise SettingsError(
            f"`{path}`, line {number}: no object with a text as `{PERSONA_COLUMN}`",
            hint='{"persona": "a nurse who works nights"}, or plain lines in a .txt file',
        ) from error
    return " ".join(persona.split())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"`{path}` cannot be read: {getattr(error, 'strerror', None) or error}",
            hint=f"ls -l {path.parent}",
        ) from error


_SHAPE = 'a table for each prompt: [riddles] text = "The user asks a riddle." weight = 2'
