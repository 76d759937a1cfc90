"""``magpie plugins``: what is installed, what it offers, what is broken."""

from __future__ import annotations

from typing import Any

import click


@click.command(
    name="plugins",
    epilog="\b\nExamples:\n  magpie plugins\n  MAGPIE_DISABLE=adapter-llama magpie plugins",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List installed plugins and the names they offer."""
    from magpie_core.cli.console import print_json, stdout, visible
    from magpie_core.plugins import load_plugins

    plugins = load_plugins()
    offered: dict[str, list[str]] = {
        "families": list(plugins.families()),
        "backends": list(plugins.backends()),
        "filters": list(plugins.filters()),
        "cleaners": list(plugins.cleaners()),
        "first-token rules": list(plugins.first_token_rules()),
        "taggers": list(plugins.taggers()),
        "pickers": list(plugins.pickers()),
        "figures": list(plugins.figures()),
        "strategies": list(plugins.strategies()),
        "formats": list(plugins.exporters()),
        "models": list(plugins.models()),
    }
    console = stdout()
    if as_json:
        infos: list[dict[str, Any]] = [vars(info) for info in plugins.infos]
        print_json({"plugins": infos, "offered": offered})
        return
    for info in plugins.infos:
        line = f"{info.state:9} {info.name:26} {info.distribution} {info.version}"
        console.print(visible(line + (f"  {info.problem}" if info.problem else "")))
        if info.problem:
            console.print(f"          switch it off: MAGPIE_DISABLE={info.name}")
    console.print()
    for kind, names in offered.items():
        if names:
            console.print(f"{kind:18} {', '.join(names)}")
