"""``magpie show``: read records in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import click

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
    """Read the records of a run, in index order."""
    from rich.console import Console

    from magpie_core.run.folder import RunFolder

    console = Console(highlight=False)
    most = None if full else 1200
    with RunFolder.open(run, write=False) as folder:
        if rejected:
            shown = sum(
                _print_rejection(console, one, most) for one in _some(folder.rejections(), skip, n)
            )
        else:
            shown = sum(
                _print_record(console, one, most)
                for one in _some(folder.records_in_order(), skip, n)
            )
    if not shown:
        what = "rejected records" if rejected else "records"
        console.print(f"no {what} to show in {run}", markup=False)


def _some(items: Iterable, skip: int, n: int) -> Iterable:  # type: ignore[type-arg]
    return islice(items, skip, skip + n)


def _print_record(console, record, most: int | None) -> int:  # type: ignore[no-untyped-def]
    from rich.rule import Rule
    from rich.text import Text

    console.print(Rule(Text(record.id, style="dim"), align="left", style="dim"))
    if record.system:
        _print_text(console, "system", record.system, most, "magenta")
    _print_text(console, "instruction", record.instruction, most, "cyan")
    _print_text(console, "response", record.response, most, "green")
    return 1


def _print_rejection(console, rejection, most: int | None) -> int:  # type: ignore[no-untyped-def]
    from rich.rule import Rule
    from rich.text import Text

    title = f"index {rejection.index}: {rejection.step} rejected as {rejection.reason}"
    console.print(Rule(Text(title, style="dim"), align="left", style="dim"))
    if rejection.instruction is not None:
        _print_text(console, "instruction", rejection.instruction, most, "cyan")
    _print_text(console, rejection.step, rejection.text, most, "red")
    return 1


def _print_text(console, name: str, text: str, most: int | None, style: str) -> None:  # type: ignore[no-untyped-def]
    from rich.text import Text

    from magpie_core.cli.console import visible

    left = len(text) - most if most is not None else 0
    shown = visible(text if left <= 0 else text[:most])
    more = f"\n… {left:,} more characters (--full)" if left > 0 else ""
    console.print(Text(f"{name}  ", style=f"bold {style}") + Text(shown) + Text(more, style="dim"))
