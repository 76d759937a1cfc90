"""Options that ``run``, ``probe`` and others share, and how flags are laid over a recipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from magpie_core.errors import UsageError
from magpie_core.run.encode import mend
from magpie_core.run.recipe import Recipe, check_secrets, in_words

F = TypeVar("F", bound=Callable[..., Any])

# flag name -> where it stands in a recipe
PLACES = {
    "family": "run.family",
    "checkpoint": "run.checkpoint",
    "backend": "run.backend",
    "n": "run.n",
    "seed": "run.seed",
    "output": "run.output",
    "max_attempts": "run.max_attempts",
    "system": "run.system",
    "format": "run.format",
    "form": "run.form",
    "date": "run.date",
    "pilot": "run.pilot",
    "in_flight": "run.in_flight",
    "trust_remote_code": "run.trust_remote_code",
    "temperature": "instruction.temperature",
    "top_p": "instruction.top_p",
    "max_instruction_tokens": "instruction.max_tokens",
    "response_temperature": "response.temperature",
    "response_top_p": "response.top_p",
    "max_response_tokens": "response.max_tokens",
    "thinking": "response.thinking",
    "reasoning_budget": "response.reasoning_budget",
    "respond_with": "response_engine.checkpoint",
    "turns": "run.turns",
    "follow_up_system": "run.follow_up_system",
    "task": "control.tasks",
    "steer": "control.prompts",
    "language": "control.languages",
    "personas": "control.personas",
    "schedule": "control.schedule",
    "gate": "gates.before_response",
    "dedup": "dedup.embedder",
    "device": "engine.device",
    "dtype": "engine.dtype",
    "max_batch": "engine.max_batch",
    "max_context": "engine.max_context",
}


def checkpoint_options(function: F) -> F:
    """What says which checkpoint and which chat format."""
    for option in reversed(
        [
            click.option("--family", metavar="NAME", help="Model family, see `magpie families`."),
            click.option(
                "--checkpoint", metavar="C", help="Folder, hub id, or a short name such as `tiny`."
            ),
            click.option("--format", metavar="derived|registered", help="Chat format to use."),
            click.option(
                "--form", metavar="default|bare", help="Pre-query with or without default system."
            ),
            click.option("--date", metavar="TEXT", help="`date_string` for templates with a date."),
            click.option(
                "--trust-remote-code/--no-trust-remote-code",
                default=None,
                help="Run Python code that comes with the checkpoint.",
            ),
        ]
    ):
        function = option(function)
    return function


def judge_options(function: F) -> F:
    """What says which checkpoint judges records, and how its engine is opened."""
    for option in reversed(
        [
            click.option("--checkpoint", metavar="C", help="Folder, hub id, or a short name."),
            click.option("--family", metavar="NAME", help="Its family, where it is not guessed."),
            click.option(
                "--backend",
                metavar="B",
                help="Engine, see `magpie plugins`.  [default: transformers]",
            ),
            click.option("--format", metavar="derived|registered", help="Chat format to use."),
            click.option("--date", metavar="TEXT", help="`date_string` for templates with a date."),
            click.option(
                "--trust-remote-code/--no-trust-remote-code",
                default=None,
                help="Run Python code that comes with the checkpoint.",
            ),
            click.option("--device", metavar="auto|cpu|cuda|mps", help="Where the engine runs."),
            click.option(
                "--dtype", metavar="auto|float32|bfloat16|float16", help="Precision of the weights."
            ),
            click.option("--max-batch", type=int, help="Most requests decoded together."),
            click.option("--max-context", type=int, help="Context length in tokens."),
            click.option(
                "--engine-option", multiple=True, metavar="KEY=VALUE", help="Passed to the engine."
            ),
            click.option("--in-flight", type=int, help="Requests worked on at once."),
        ]
    ):
        function = option(function)
    return function


def step_options(function: F) -> F:
    """What every step over finished records takes: how many, a look beforehand, and how it talks."""
    for option in reversed(
        [
            click.option(
                "-n", "limit", type=click.IntRange(min=1), help="Only the first N records."
            ),
            click.option(
                "--dry-run", is_flag=True, help="Show the first prompt and what is to do."
            ),
            click.option(
                "--json", "as_json", is_flag=True, help="Print one JSON object at the end."
            ),
            click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
        ]
    ):
        function = option(function)
    return function


def _switch(context: click.Context, option: click.Parameter, value: str | None) -> bool | None:
    """``on`` or ``off`` as a truth value."""
    if value in (None, "on", "off"):
        return None if value is None else value == "on"
    raise UsageError(
        f"--{option.name} `{value}` is neither on nor off",
        hint="leave it out to have what the chat template does untold",
    )


follow_up_option = click.option(
    "--follow-up-system",
    metavar="TEXT",
    help="System prompt while a user's later turns are sampled, never for an answer; `multi-round` is one "
    "of ours.",
)
thinking_option = click.option(
    "--thinking",
    callback=_switch,
    metavar="on|off",
    help="Ask for responses with reasoning, or without.  [default: as the chat template]",
)
budget_option = click.option(
    "--reasoning-budget",
    type=int,
    metavar="N",
    help="Most tokens of a response's reasoning; then it is ended and the answer asked for.",
)


def build_recipe(
    recipe: Recipe | None, flags: dict[str, Any], engine_options: tuple[str, ...] = ()
) -> Recipe:
    """A recipe, if any, with the flags laid over it.

    Raises:
        SettingsError: the file does not fit.
        UsageError: a flag's value does not fit, or an option holds a key.
    """
    document: dict[str, Any] = msgspec.to_builtins(recipe) if recipe else {}
    for flag, value in flags.items():
        if value is None:
            continue
        section, key = PLACES[flag].split(".")
        try:
            # one flag at a time, so that the error can name it
            msgspec.convert({section: {key: value}}, Recipe)
        except msgspec.ValidationError as error:
            message = str(error).partition(" - at")[0]
            option = "-n" if flag == "n" else f"--{flag.replace('_', '-')}"
            raise UsageError(
                f"{option} {value!r}: {in_words(message, [section, key])}",
                hint="a shell variable that is not set? Leave the option out for its default"
                if value == ""
                else "magpie run --help",
            ) from error
        document.setdefault(section, {})[key] = value
    for pair in engine_options:
        name, _, text = pair.partition("=")
        if not name or not text:
            raise UsageError(
                f"--engine-option `{pair}` is not KEY=VALUE",
                hint="--engine-option attn_implementation=sdpa",
            )
        value = literal(text)
        if mend(value) != value:
            raise UsageError(
                f"--engine-option `{pair}` holds a lone surrogate, which no run.toml can keep",
                hint="write the character itself",
            )
        if _holds_null(value):
            raise UsageError(
                f"--engine-option `{pair}` holds a null, which no run.toml can keep",
                hint="leave the option out to have the engine's default",
            )
        document.setdefault("engine", {}).setdefault("options", {})[name] = value
    built = msgspec.convert(document, Recipe)
    check_secrets(built)
    return built


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return any(map(_holds_null, value)) if isinstance(value, list) else value is None


def literal(text: str) -> Any:
    """A number, true, false, a list or an object where the text is JSON; else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
