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
    width = max((len(one.name) for one in families), default=0)
    console.print(f"{'family':{width}}  default checkpoint")
    for one in families:
        console.print(f"{one.name:{width}}  {one.default_checkpoint}")
        more = f"{one.status} · also {', '.join(one.aliases)}" if one.aliases else one.status
        for line in wrap(more, console.width - width - 2, break_on_hyphens=False):
            console.print(f"{'':{width}}  {line}", style="dim")
    console.print("\nany other checkpoint with a chat template works too: magpie probe CHECKPOINT")
