"""``magpie show``: read records in the terminal."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from magpie_core.record import Record, Rejection

EXAMPLES = """
\b
Examples:
  magpie show runs/first
  magpie show runs/first -n 20 --skip 100
  magpie show runs/first --rejected
"""


@click.command(name="show", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", type=click.IntRange(min=1), default=5, show_default=True, help="How many.")
@click.option("--skip", type=click.IntRange(min=0), default=0, help="How many to pass over first.")
@click.option("--rejected", is_flag=True, help="Show what was rejected, and why.")
@click.option("--full", is_flag=True, help="Do not shorten long texts.")
def command(run: Path, n: int, skip: int, rejected: bool, full: bool) -> None:
    """Read the records of a run, or what was rejected, in index order."""
    from magpie_core.cli.console import damage_named, stdout
    from magpie_core.run.folder import RunFolder

    console = stdout(wrap=True)
    most = None if full else 1200
    shown = False
    with RunFolder.open(run, write=False) as folder, damage_named(folder):
        items: Iterable[Record | Rejection] = (
            folder.rejections_in_order() if rejected else folder.records_in_order()
        )
        skipped = islice(items, min(skip, sys.maxsize), None)
        for one in islice(skipped, min(n, sys.maxsize)):
            _print_item(console, one, most)
            shown = True
    if not shown:
        what = "rejected records" if rejected else "records"
        stdout().print(f"no {what} to show in {shlex.quote(str(run))}")


def _print_item(console: Console, item: Record | Rejection, most: int | None) -> None:
    from magpie_core.record import Rejection

    if isinstance(item, Rejection):
        _print_rejection(console, item, most)
    else:
        _print_record(console, item, most)


def _print_record(console: Console, record: Record, most: int | None) -> None:
    from magpie_core.dataset.conversation import reasonings_of

    _print_title(console, record.id)
    styles = {"system": "magenta", "user": "cyan", "assistant": "green"}
    names = {"system": "system", "user": "instruction", "assistant": "response"}
    thoughts = iter(reasonings_of(record))
    for turn in record.turns:
        if turn.role == "assistant" and (thought := next(thoughts, None)):
            _print_text(console, "reasoning", thought, most, "blue")
        _print_text(console, names[turn.role], turn.content, most, styles[turn.role])


def _print_rejection(console: Console, rejection: Rejection, most: int | None) -> None:
    reason = f"{rejection.step} rejected as {rejection.reason}"
    _print_title(console, f"index {rejection.index}: {reason}")
    if rejection.instruction is not None:
        _print_text(console, "instruction", rejection.instruction, most, "cyan")
    _print_text(console, rejection.step, rejection.text, most, "red")


def _print_title(console: Console, title: str) -> None:
    from rich.rule import Rule
    from rich.text import Text

    from magpie_core.cli.console import visible

    console.print(Rule(Text(visible(title), style="dim"), align="left", style="dim"))


def _print_text(console: Console, name: str, text: str, most: int | None, style: str) -> None:
    from rich.text import Text

    from magpie_core.cli.console import visible

    left = len(text) - most if most is not None else 0
    shown = visible(text if left <= 0 else text[:most])
    more = f"\n… {left:,} more characters (--full)" if left > 0 else ""
    console.print(Text(f"{name}  ", style=f"bold {style}") + Text(shown) + Text(more, style="dim"))
