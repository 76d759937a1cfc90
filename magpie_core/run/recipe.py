"""A recipe: every choice a run is made with, as written in TOML. Parses and validates; resolves nothing.

Sections: ``[run] [instruction] [response] [engine] [response_engine] [filters.NAME] [taggers.NAME]
[strategies.NAME] [gates] [dedup] [control]``. What is left out follows from the family and the checkpoint.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from magpie_core.errors import SettingsError
from magpie_core.family import Form
from magpie_core.run.toml import parse_toml
from magpie_core.sampling import AdditivePenalty, Penalty, Share, Temperature
from magpie_core.secrecy import refuse_secrets

MOST = 10**9
Count = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
CountOrNone = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
"""A count, where 0 means none, or that somebody else decides."""
StopString = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
"""An empty one is a shell variable that was not set, never a wish for the default."""


class Section(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all sections: unknown keys are errors, defaults are not written."""


class RunSection(Section):
    """``[run]``: what to generate, with what, and how much."""

    family: Name | None = None
    checkpoint: Name | None = None
    backend: Name = "transformers"
    n: Count = 100
    """Accepted records wanted."""
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    max_attempts: Count | None = None
    """Most indexes to try; by default ten for every record wanted, and at least a hundred."""
    output: Name | None = None
    """Run folder."""
    system: str | None = None
    """System prompt, for the instruction and for the response; an empty one takes the default's place."""
    format: Name | None = None
    """``derived`` from the checkpoint's template, or ``registered`` by the family."""
    form: Form | None = None
    """``default`` or ``bare`` pre-query; by default the family's choice."""
    date: Name | None = None
    """``date_string`` for templates that write today's date."""
    trust_remote_code: bool = False
    pilot: CountOrNone = 8
    """Samples drawn and judged before the run starts; 0 for none."""
    in_flight: CountOrNone = 0
    """Records worked on at once; 0 lets the engine's capacity decide."""
    turns: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    """Questions with answers in a conversation; fewer where it ends early."""
    follow_up_system: str | None = None
    """System prompt while a user's later turns are sampled, and only then; ``multi-round`` is one of ours."""


class SamplingSection(Section):
    """``[instruction]``: what differs from the family's sampling defaults."""

    temperature: Temperature | None = None
    top_p: Share | None = None
    top_k: CountOrNone | None = None
    min_p: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] | None = None
    repetition_penalty: Penalty | None = None
    presence_penalty: AdditivePenalty | None = None
    frequency_penalty: AdditivePenalty | None = None
    max_tokens: Count | None = None
    stop_strings: list[StopString] | None = None
    """Replaces the family's stop strings."""
    first_token: Name | None = None
    """Name of a first-token rule, or ``none``."""


class ResponseSection(SamplingSection):
    """``[response]``: the same, and how answers are asked for."""

    thinking: bool | None = None
    """Ask for answers with reasoning, or without; by default as the chat template does untold."""
    reasoning_budget: Count | None = None
    """Most tokens of a reasoning; then it is ended and the answer asked for."""


class EngineSection(Section):
    """``[engine]``: how the engine is opened."""

    device: Name = "auto"
    dtype: Name = "auto"
    max_batch: CountOrNone = 0
    max_context: CountOrNone = 0
    options: dict[str, Any] = {}
    """Passed to the engine unread."""


class ResponseEngineSection(Section):
    """``[response_engine]``: another checkpoint for the responses. What is left out is as in ``[engine]``."""

    checkpoint: Name | None = None
    family: Name | None = None
    backend: Name | None = None
    """By default the backend of ``[run]``."""
    turns: bool | None = None
    """Whether the two engines take turns in memory; by default only where both do not fit together."""
    device: Name | None = None
    dtype: Name | None = None
    max_batch: CountOrNone | None = None
    max_context: CountOrNone | None = None
    options: dict[str, Any] | None = None

    def over(self, engine: EngineSection) -> EngineSection:
        """``engine`` with what this section says laid over it."""
        own = {
            one.name: value
            for one in msgspec.structs.fields(EngineSection)
            if (value := getattr(self, one.name)) is not None
        }
        return msgspec.structs.replace(engine, **own)


class GatesSection(Section):
    """``[gates] [dedup] [control]``: what an instruction must be worth before it is answered."""

    before_response: Name | None = None
    """Conditions on columns of taggers, joined by ``and``: ``quality >= good and difficulty != hard``."""


class DedupSection(Section):
    """``[dedup]``: instructions that are near an earlier one are turned down before they are answered."""

    embedder: Name | None = None
    """``mpnet``, ``minilm``, a folder, or ``owner/name``; ``none`` for off, as when it is left out."""
    threshold: Annotated[float, msgspec.Meta(gt=0.0, lt=2.0)] = 0.05
    """Near is a squared L2 distance of unit vectors below this: cosine 0.975 (arXiv 2406.08464)."""
    device: Name = "cpu"
    """Of torch. A GPU is left to the engine unless it is asked for: ``cuda``, or ``auto``."""


class ControlSection(Section):
    """``[control]``: system prompts that steer instructions, and not their responses; their sampling."""

    tasks: Name | None = None
    """``math=2,code``: tasks of ours with weights, or a preset of them (``ultra``)."""
    prompts: Name | None = None
    """A TOML file of system prompts with weights, in place of ``tasks``."""
    languages: Name | None = None
    """``German=2,French``: languages with weights, named as in a sentence."""
    schedule: Name | None = None
    """Temperatures and nuclei of instructions with weights: ``1.0=3,1.1:0.995``, or ``air``, ``pro``."""
    personas: Name | None = None
    """A file with a persona a line, or a ``.jsonl`` file with the column ``persona``."""


class Recipe(Section):
    """A whole recipe."""

    run: RunSection = msgspec.field(default_factory=RunSection)
    instruction: SamplingSection = msgspec.field(default_factory=SamplingSection)
    response: ResponseSection = msgspec.field(default_factory=ResponseSection)
    engine: EngineSection = msgspec.field(default_factory=EngineSection)
    response_engine: ResponseEngineSection | None = None
    filters: dict[str, dict[str, Any]] = {}
    """Options by filter or cleaner; ``enabled = false`` switches one off."""
    taggers: dict[str, dict[str, Any]] = {}
    """Options by tagger, or a prompt and its columns: for ``magpie tag`` and for gates."""
    strategies: dict[str, dict[str, Any]] = {}
    """Options by strategy of ``magpie prefer``."""
    gates: GatesSection = msgspec.field(default_factory=GatesSection)
    dedup: DedupSection = msgspec.field(default_factory=DedupSection)
    control: ControlSection = msgspec.field(default_factory=ControlSection)


def engine_sections(recipe: Recipe) -> list[EngineSection]:
    """How each engine is opened: one section, or two where the responses have an engine of their own."""
    first, second = recipe.engine, recipe.response_engine
    return [first] if second is None else [first, second.over(first)]


def check_secrets(recipe: Recipe) -> None:
    """Refuse options that hold a key, before they are stored anywhere.

    Raises:
        UsageError: names the option, never its value.
    """
    for section in engine_sections(recipe):
        refuse_secrets(section.options, "engine option")
    for kind in ("filters", "taggers", "strategies"):
        for name, options in getattr(recipe, kind).items():
            refuse_secrets(options, f"[{kind}.{name}]:")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        SettingsError: the file is missing, is not TOML, or holds a key or value that does not fit; the
            message names the line and the key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"recipe `{path}` cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="magpie run --help   # every option can be given without a recipe",
        ) from error
    return parse_recipe(text, str(path))


def parse_recipe(text: str, name: str = "recipe") -> Recipe:
    """Parse a recipe's text; ``name`` stands in error messages."""
    try:
        document = parse_toml(text)
        _check_filters(document.get("filters"), text, name)
        return msgspec.convert(document, Recipe)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"`{name}` is not valid TOML: {error}{_quoted(text, error)}") from error
    except msgspec.ValidationError as error:
        raise _explain(text, name, error) from error


def _check_filters(filters: object, text: str, name: str) -> None:
    """What can be said of filters before it is known who offers them."""
    for key, options in filters.items() if isinstance(filters, dict) else ():
        if not isinstance(options, dict):
            raise SettingsError(
                f"`{name}`{_line_of(text, ['filters'], key)}: `filters.{key}`: expected a table of "
                f"options, got `{type(options).__name__}`",
                hint=f"[filters.{key}], and a line for each option below it",
            )
        enabled = options.get("enabled", True)
        if not isinstance(enabled, bool):
            line = _line_of(text, ["filters", key], "enabled")
            raise SettingsError(
                f"`{name}`{line}: `filters.{key}.enabled`: expected true or false, got {enabled!r}",
                hint="enabled = false   # without quotes",
            )


def _lines(text: str) -> list[str]:
    """Lines as TOML counts them: a string may hold what ``splitlines`` takes for the end of one."""
    return text.replace("\r\n", "\n").split("\n")


def _quoted(text: str, error: tomllib.TOMLDecodeError) -> str:
    """The line the parser stopped at; "end of document" is the last one."""
    lines = _lines(text.rstrip())
    found = re.search(r"line (\d+)", str(error))
    if not found and lines:
        return f", line {len(lines)}: `{lines[-1].strip()}`"
    number = int(found[1]) if found else 0
    return f": `{lines[number - 1].strip()}`" if 0 < number <= len(lines) else ""


def _explain(text: str, name: str, error: msgspec.ValidationError) -> SettingsError:
    message, _, where = str(error).partition(" - at `$")
    where = re.sub(r"\[.*?\]", "", where.rstrip("`"))  # which item of a list is not known
    path = [part for part in where.split(".") if part]
    unknown = re.search(r"unknown field `(.+)`", message)
    if unknown:
        key, section = unknown[1], path
        near = difflib.get_close_matches(key, _fields(section), n=1)
        line = _line_of(text, section, key)
        known = ", ".join(_fields(section))
        return SettingsError(
            f"`{name}`{line}: unknown key `{'.'.join([*section, key])}` (known: {known})",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )
    key = path[-1] if path else ""
    line = _line_of(text, path[:-1], key)
    return SettingsError(f"`{name}`{line}: `{'.'.join(path)}`: {in_words(message, path)}")


def in_words(message: str, path: list[str]) -> str:
    """What the parser says of a value that does not fit at ``path``, for people.

    Args:
        message: the parser's, without the place.
        path: section and key.
    """
    if message == "Expected `str` of length >= 1":
        return "expected a text, got an empty one"
    known = _choices(path) if message.startswith("Invalid enum value") else ()
    words = f"{message[:1].lower()}{message[1:]}"
    return f"{words} (known: {', '.join(known)})" if known else words


def _choices(path: list[str]) -> tuple[str, ...]:
    """The values ``path`` can have, where they are written down."""
    hint = get_type_hints(_shape(path[:-1])).get(path[-1])
    literals = [one for one in (hint, *get_args(hint)) if get_origin(one) is Literal]
    return tuple(str(value) for one in literals for value in get_args(one))


def _fields(section: list[str]) -> list[str]:
    return [one.name for one in msgspec.structs.fields(_shape(section))]


def _shape(section: list[str]) -> Any:
    """The class that a section is read into."""
    shape: Any = Recipe
    for part in section:
        kinds = {"run": RunSection, "instruction": SamplingSection, "response": ResponseSection}
        kinds |= {"engine": EngineSection, "response_engine": ResponseEngineSection}
        kinds |= {"gates": GatesSection, "dedup": DedupSection}
        shape = kinds.get(part, shape)
    return shape


def _line_of(text: str, section: list[str], key: str) -> str:
    """``, line N`` of ``key`` in ``section``, or of the section; nothing when it cannot be told."""
    current: list[str] = []
    for number, line in enumerate(_lines(text), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            current = [part.strip().strip("\"'") for part in header[1].split(".")]
            if [*section, key] == current:
                return f", line {number}"
        elif current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return f", line {number}"
    return _line_of(text, section[:-1], section[-1]) if section else ""
