"""Gates: taggers that stand before the response, so that a rejected instruction costs none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from magpie_core.backend import Backend
from magpie_core.chat.format import ChatFormat
from magpie_core.chat.thinking import with_thinking
from magpie_core.checkpoint import Checkpoint
from magpie_core.choices import unknown
from magpie_core.errors import UsageError
from magpie_core.family import Family
from magpie_core.known import install_hint, is_installed
from magpie_core.plugins import Plugins
from magpie_core.record import Record
from magpie_core.resolve import stop_strings, stop_token_ids
from magpie_core.steps.judging import Objection
from magpie_core.tagger import TagError, Tagger
from magpie_core.tagging.choosing import one_tagger
from magpie_core.tagging.conditions import Condition, meets, parse_conditions
from magpie_core.tagging.custom import is_custom
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.prompter import Prompter
from magpie_core.tagging.schemas import checker
from magpie_core.tagging.step import RETRIES

GATE = "gate"
"""What rejections name as the filter."""


@dataclass(frozen=True)
class Gate:
    """One tagger before the response, and what its columns must be."""

    tagger: Tagger
    conditions: tuple[Condition, ...]
    """With the columns' full names."""
    tests: tuple[Callable[[Any], bool], ...]
    """One for each condition."""
    wrong: Callable[[Any], str | None]
    """Says what is wrong with columns, see ``schemas.checker``."""
    section: Mapping[str, Any]
    """``[taggers.NAME]`` of the recipe."""

    async def columns(self, record: Record, engine: BackendEngine | None) -> dict[str, Any]:
        """What the tagger says of ``record``, asked again as ``magpie tag`` does.

        Raises:
            TagError: it says nothing that satisfies its schema.
            BackendError: the engine failed.
        """
        last = TagError("not asked")
        for attempt in range(RETRIES + 1):
            given = engine.again(attempt) if engine is not None and self.tagger.needs else None
            [found] = await self.tagger.tag([record], given)
            if not isinstance(found, TagError):
                wrong = self.wrong(found)
                if wrong is None:
                    return found
                found = TagError(f"against the schema: {wrong}")
            last = found
        raise last

    def objection(self, columns: Mapping[str, Any]) -> Objection | None:
        """What ``columns`` are turned down for: ``difficulty_very_hard``, ``score_out_of_range``."""
        for condition, test in zip(self.conditions, self.tests, strict=True):
            value = columns.get(condition.column)
            if not test(value):
                said = "out_of_range" if _is_number(value) else _word(value)
                return Objection(f"{condition.column}_{said}", GATE)
        return None


@dataclass(frozen=True)
class Gates:
    """All gates of a run, in the order they were named."""

    gates: tuple[Gate, ...]

    async def judge(
        self, record: Record, engine: BackendEngine | None
    ) -> tuple[dict[str, Any], Objection | None]:
        """The columns found, and the first objection; taggers after it are not asked.

        Raises:
            TagError: a tagger says nothing of this record.
            BackendError: the engine failed.
        """
        columns: dict[str, Any] = {}
        for gate in self.gates:
            found = await gate.columns(record, engine)
            columns |= found
            if (objection := gate.objection(found)) is not None:
                return columns, objection
        return columns, None

    @property
    def ask_an_engine(self) -> bool:
        """Whether any of them needs one."""
        return any(gate.tagger.needs is not None for gate in self.gates)

    def conditions(self) -> list[str]:
        """What the columns must be, as it could be written."""
        return [str(one) for gate in self.gates for one in gate.conditions]

    def decisive(self) -> list[dict[str, Any]]:
        """What decides which records pass, as TOML values: part of a run's key."""
        return [
            {
                "tagger": gate.tagger.name,
                "options": _without_none(msgspec.to_builtins(gate.tagger)),
                "section": dict(gate.section),
                "conditions": [str(one) for one in gate.conditions],
            }
            for gate in self.gates
        ]


def make_gates(
    expression: str, sections: Mapping[str, Mapping[str, Any]], plugins: Plugins
) -> Gates:
    """The gates that ``expression`` describes.

    Args:
        expression: ``quality >= good and difficulty != hard``: names of columns, or of taggers, which
            stand for their column of labels.
        sections: ``[taggers.NAME]`` of the recipe.
        plugins: what is installed.

    Raises:
        UsageError: it cannot be read, names a column nobody fills, or one that needs a response or a score.
    """
    columns = _columns_of_all(sections, plugins)
    chosen: dict[str, list[Condition]] = {}
    for condition in parse_conditions(expression):
        name, column = _find(condition, columns)
        chosen.setdefault(name, []).append(Condition(column, condition.operator, condition.value))
    return Gates(
        tuple(
            _gate(one_tagger(name, sections, plugins), conditions, sections.get(name, {}))
            for name, conditions in chosen.items()
        )
    )


def _columns_of_all(
    sections: Mapping[str, Mapping[str, Any]], plugins: Plugins
) -> dict[str, Mapping[str, Any]]:
    """Columns of every tagger, by its name; plugins' taggers are not made for it."""
    found = {name: kind.schema["properties"] for name, kind in plugins.taggers().items()}
    for name in sections:
        if is_custom(sections[name]) and name not in found:
            found[name] = one_tagger(name, sections, plugins).schema["properties"]
    return found


def _gate(tagger: Tagger, conditions: Sequence[Condition], section: Mapping[str, Any]) -> Gate:
    for need, wrong in (
        ("looks at the response, which is not there yet", tagger.looks_at == "response"),
        ("needs a checkpoint that scores", tagger.needs == "score"),
    ):
        if wrong:
            raise UsageError(
                f"tagger `{tagger.name}` cannot stand before the response: it {need}",
                hint=f"magpie tag RUN {tagger.name}, then magpie select",
            )
    columns = tagger.schema["properties"]
    tests = tuple(meets(one, columns[one.column]) for one in conditions)
    return Gate(tagger, tuple(conditions), tests, checker(tagger.schema), section)


def _find(condition: Condition, columns: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Name of the tagger that fills the column, and the column's name."""
    name = condition.column
    for tagger, filled in columns.items():
        if name in filled:
            return tagger, name
    if name in columns:
        filled = columns[name]
        telling = [key for key, one in filled.items() if "enum" in one] or list(filled)[:1]
        if len(telling) == 1:
            return name, telling[0]
        raise UsageError(
            f"gate `{condition}`: tagger `{name}` has several columns: {', '.join(telling)}",
            hint=f'--gate "{telling[0]} {condition.operator} {condition.value}"',
        )
    every = [*columns, *(key for one in columns.values() for key in one)]
    error = unknown("gate column", name, every)
    install = install_hint("tagger", name)
    if install and not is_installed(install):
        error.hint = f"pip install {install}"
    raise error


def gate_engine(
    backend: Backend,
    checkpoint: Checkpoint,
    family: Family | None,
    chat: ChatFormat,
    date: str | None,
    context: int | None,
) -> BackendEngine:
    """The run's own engine as taggers see it.

    Args:
        backend: open.
        checkpoint: what it has loaded.
        family: the checkpoint's, if known.
        chat: its format.
        date: for templates that write one.
        context: longest prompt plus answer, in tokens, where anybody says.
    """
    if chat.user_to_assistant_no_think is not None:
        chat = with_thinking(chat, False)
    engine = BackendEngine(
        backend=None,
        prompter=Prompter(checkpoint, chat, date),
        checkpoint=checkpoint.name,
        stop_token_ids=stop_token_ids(checkpoint, family, chat),
        stop_strings=stop_strings(checkpoint, family, chat),
        context=context,
    )
    return engine.on(backend)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(value: Any) -> str:
    """A label as part of a reason, which is a key of the statistics."""
    text = re.sub(r"\W+", "_", str(value).lower()).strip("_")[:40]
    return text or "empty"


def _without_none(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
