"""Write docs/commands.md from the commands' own --help."""

from __future__ import annotations

from pathlib import Path

import click

from magpie_core.cli.main import COMMANDS, cli

HEAD = "# Commands\n\nWritten by `make docs` from `--help`; do not edit.\n"


def main() -> None:
    """Write the page."""
    Path(__file__).with_name("commands.md").write_text(page(), encoding="utf-8")


def page() -> str:
    """The page's text."""
    parts = [HEAD, _help(cli, "magpie")]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        parts.append(_help(command, f"magpie {name}"))
    return "\n".join(parts)


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    context.help_option_names = ["-h", "--help"]
    return f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    main()
