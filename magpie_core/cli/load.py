"""Load the plugins for a command, and say which are broken."""

from __future__ import annotations

import click

from magpie_core.plugins import Plugins, load_plugins


def plugins_with_warnings(*, quiet: bool = False) -> Plugins:
    """All plugins; a broken one is named on stderr, and the rest goes on."""
    plugins = load_plugins()
    for info in () if quiet else plugins.broken:
        click.echo(
            f"warning: plugin `{info.name}` of {info.distribution} {info.version} is broken and is left "
            f"out: {info.problem} (switch it off: MAGPIE_DISABLE={info.name})",
            err=True,
        )
    return plugins
