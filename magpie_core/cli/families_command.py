"""``magpie families``: the model families that are installed, and those that could be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from magpie_core.family import Family
    from magpie_core.plugins import Plugins

EXAMPLES = """
\b
Examples:
  magpie families
  magpie families qwen2.5
  magpie families --json
"""


@click.command(name="families", epilog=EXAMPLES)
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(name: str | None, as_json: bool) -> None:
    """List model families, or everything that is known of the family NAME."""
    from magpie_core.cli.console import print_json, stdout
    from magpie_core.cli.load import plugins_with_warnings

    plugins = plugins_with_warnings()
    if name is not None:
        family = plugins.family(name)
        if as_json:
            print_json(_document(family, plugins))
        else:
            _show(family, plugins, stdout())
    elif as_json:
        print_json(
            {
                "families": [_document(one, plugins) for one in plugins.families().values()],
                "not_installed": _absent(plugins),
            }
        )
    else:
        _list(plugins, stdout())


def _list(plugins: Plugins, console: Console) -> None:
    """One line a family, by distribution: name, how well its facts are checked, default checkpoint."""
    by_distribution: dict[str, list[Family]] = {}
    for one in plugins.families().values():
        by_distribution.setdefault(plugins.offers_family(one.name).distribution, []).append(one)
    for distribution, families in sorted(by_distribution.items()):
        console.print(distribution, style="bold")
        width = max(len(one.name) for one in families)
        for one in families:
            console.print(f"{one.name:{width}} {one.status:10} {one.default_checkpoint}")
        console.print()
    for absent in _absent(plugins):
        console.print(f"{absent['distribution']} ({absent['why']})", style="dim")
        console.print(_filled(absent["families"]), style="dim")
        console.print(f"{absent['hint']}\n", style="dim")
    console.print("names people type, source and format of one: magpie families NAME")
    console.print("any other checkpoint with a chat template:  magpie probe CHECKPOINT")


def _show(family: Family, plugins: Plugins, console: Console) -> None:
    from textwrap import wrap

    from magpie_core.cli.console import visible
    from magpie_core.cli.family_facts import facts

    info = plugins.offers_family(family.name)
    console.print(f"{family.name} ({info.distribution} {info.version})", style="bold")
    rows = facts(family)
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        lines = wrap(visible(text), max(20, console.width - width - 2), break_on_hyphens=False)
        for number, line in enumerate(lines):
            console.print(f"{'' if number else label:{width}}  {line}")


def _document(family: Family, plugins: Plugins) -> dict[str, Any]:
    """Every fact of a family, and who brings it."""
    import msgspec

    info = plugins.offers_family(family.name)
    facts: dict[str, Any] = msgspec.to_builtins(family)
    return {**facts, "distribution": info.distribution, "version": info.version}


def _absent(plugins: Plugins) -> list[dict[str, Any]]:
    """Adapters that are known and offer nothing here, with the reason and the way to have them."""
    from magpie_core.known import ADAPTERS

    states = {info.distribution: info for info in plugins.infos}
    found = []
    for distribution, families in ADAPTERS:
        info = states.get(distribution)
        if info is None:
            why, hint = "not installed", f"pip install {distribution}"
        elif info.state == "disabled":
            why, hint = "switched off", f"take {info.name} out of MAGPIE_DISABLE"
        elif info.state == "broken":
            why, hint = "broken", "magpie plugins"
        else:
            continue
        found.append(
            {"distribution": distribution, "families": list(families), "why": why, "hint": hint}
        )
    return found


def _filled(names: list[str]) -> str:
    from textwrap import fill

    return fill(", ".join(names), 78, break_on_hyphens=False, break_long_words=False)
