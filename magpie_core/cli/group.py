"""A click group whose commands are imported when they are called, and that suggests near names."""

from __future__ import annotations

import difflib
from importlib import import_module

import click

from magpie_core.errors import UnknownNameError


class LazyGroup(click.Group):
    """Commands by name: module under ``magpie_core.cli`` and a line of help, so ``--help`` imports none."""

    def __init__(self, *args: object, commands_help: dict[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.commands_help = commands_help

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order they are used in, not by alphabet."""
        return list(self.commands_help)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command's module."""
        if name not in self.commands_help:
            return None
        module = import_module(f"magpie_core.cli.{name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with our own error for an unknown command."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.commands_help:
            near = difflib.get_close_matches(name, self.commands_help, n=1)
            raise UnknownNameError(
                f"unknown command `{name}` (known: {', '.join(self.commands_help)})",
                hint=f"did you mean `magpie {near[0]}`?" if near else "magpie --help",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.commands_help.items()))
