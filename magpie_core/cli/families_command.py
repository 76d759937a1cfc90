"""``magpie families``: the model families that are installed."""

from __future__ import annotations

import json

import click


@click.command(name="families", epilog="\b\nExamples:\n  magpie families\n  magpie families --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(as_json: bool) -> None:
    """List model families: names to type, default checkpoint, and how well their facts are checked."""
    import msgspec

    from magpie_core.cli.console import stdout
    from magpie_core.cli.load import plugins_with_warnings

    families = plugins_with_warnings().families().values()
    if as_json:
        stdout().print(
            json.dumps([msgspec.to_builtins(f) for f in families], ensure_ascii=False), markup=False
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "family", "also", "status", "default checkpoint", "source", box=None, pad_edge=False
    )
    for family in families:
        table.add_row(
            family.name,
            ", ".join(family.aliases[:3]),
            family.status,
            family.default_checkpoint,
            family.source,
        )
    Console(highlight=False).print(table, markup=False)
    stdout().print("\nany other checkpoint with a chat template works too: magpie probe CHECKPOINT")
