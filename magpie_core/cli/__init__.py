"""The command line: a command parses, delegates, prints. Importing this loads no engine and no plugin."""

from magpie_core.cli.main import main

__all__ = ["main"]
