"""How records and rejected texts look in a terminal, for people to read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from magpie_core.record import Record, Rejection

INDENT = 2
SHORT = 60
"""Characters of a column's name, and of its value, that stand beside a record."""
STYLES = {"system": "magenta", "user": "cyan", "assistant": "green"}
NAMES = {"system": "system", "user": "instruction", "assistant": "response"}


class Printer:
    """Prints one after the other.

    Args:
        console: one that wraps.
        most: characters of each text; None for all.
    """

    def __init__(self, console: Console, most: int | None) -> None:
        self._console = console
        self._most = most

    def record(self, record: Record, columns: Mapping[str, Any]) -> None:
        """The whole conversation, with what was thought before each answer, and columns beside it."""
        from magpie_core.dataset.conversation import conversation_of, reasonings_of

        self._title(record.id)
        if said := _beside(columns):
            self._dim(said)
        thoughts = iter(reasonings_of(record))
        for turn in conversation_of(record):
            if turn.role == "assistant" and (thought := next(thoughts, None)):
                self._text("reasoning", thought, "blue")
            self._text(NAMES[turn.role], turn.content, STYLES[turn.role])
        self._console.print()

    def rejection(self, rejection: Rejection) -> None:
        """What was turned down, by whom, and the instruction it belongs to."""
        self._title(f"index {rejection.index}: {rejection.step} rejected as {rejection.reason}")
        if rejection.instruction is not None:
            self._text("instruction", rejection.instruction, "cyan")
        self._text(rejection.step, rejection.text, "red")
        self._console.print()

    def _title(self, title: str) -> None:
        from rich.rule import Rule
        from rich.text import Text

        from magpie_core.cli.console import visible

        self._console.print(Rule(Text(visible(title), style="dim"), align="left", style="dim"))

    def _dim(self, text: str) -> None:
        from rich.text import Text

        from magpie_core.cli.console import visible

        self._console.print(Text(visible(text), style="dim"))

    def _text(self, name: str, text: str, style: str) -> None:
        from rich.text import Text

        from magpie_core.cli.console import visible

        left = len(text) - self._most if self._most is not None else 0
        shown = visible(text if left <= 0 else text[: self._most])
        more = f"\n… {left:,} more characters (--full)" if left > 0 else ""
        self._console.print(Text(name, style=f"bold {style}"))
        body = Text(shown) + Text(more, style="dim")
        for line in body.wrap(self._console, max(self._console.width - INDENT, 1)):
            line.rstrip()
            self._console.print(Text(" " * INDENT) + line if line.plain else line, no_wrap=True)


def _beside(columns: Mapping[str, Any]) -> str:
    """``quality good · reward 1.25``: columns that fit on a line; long ones, and lists, are left out."""
    return " · ".join(
        f"{' '.join(name.split())} {value}"
        for name, said in columns.items()
        if len(name) <= SHORT and (value := _short(said)) is not None
    )


def _short(value: Any) -> str | None:
    if value is None or value == "" or isinstance(value, list | dict):
        return None
    if isinstance(value, float):
        return f"{value:.4g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= SHORT and "\n" not in text else None
