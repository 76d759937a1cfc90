"""``magpie families``: the model families that are installed."""

from __future__ import annotations

from textwrap import wrap

import click


@click.command(name="families", epilog="\b\nExamples:\n  magpie families\n  magpie families --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def command(as_json: bool) -> None:
    """List model families: names to type, default checkpoint, and how well their facts are checked."""
    import msgspec

    from magpie_core.cli.console import print_json, stdout
    from magpie_core.cli.load import plugins_with_warnings

    families = list(plugins_with_warnings().families().values())
    if as_json:
        print_json([msgspec.to_builtins(family) for family in families])
        return
    console = stdout()
    rows = [("family", "status", "default checkpoint")]
    rows += [(one.name, one.status, one.default_checkpoint) for one in families]
    name, status = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row, aliases in zip(rows, [(), *(one.aliases for one in families)], strict=True):
        console.print(f"{row[0]:{name}}  {row[1]:{status}}  {row[2]}")
        for line in wrap(", ".join(aliases), console.width - name - 7, break_on_hyphens=False):
            console.print(f"{'':{name}}  also {line}", style="dim")
    console.print("\nany other checkpoint with a chat template works too: magpie probe CHECKPOINT")
