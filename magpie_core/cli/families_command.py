"""``magpie families``: the model families that are installed."""

from __future__ import annotations

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
    name = max((len(family.name) for family in families), default=0)
    status = max((len(family.status) for family in families), default=0)
    for family in families:
        console.print(
            f"{family.name:{name}}  {family.status:{status}}  {family.default_checkpoint}",
        )
        if family.aliases:
            console.print(f"{'':{name}}  also {', '.join(family.aliases)}", style="dim")
    console.print("\nany other checkpoint with a chat template works too: magpie probe CHECKPOINT")
