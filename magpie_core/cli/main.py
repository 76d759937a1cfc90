"""Entry point of ``magpie``: the group of commands, and what an error looks like."""

from __future__ import annotations

import sys

import click

from magpie_core import __version__
from magpie_core.cli.group import LazyGroup
from magpie_core.errors import MagpieError

COMMANDS = {
    "run": "Generate instructions and responses into a run folder.",
    "resume": "Finish a run that was stopped.",
    "status": "Show how far a run is and what was rejected.",
    "show": "Read records in the terminal.",
    "export": "Write a data set that trainers read.",
    "probe": "Show and check a checkpoint's prompts.",
    "families": "List model families and their status.",
    "plugins": "List installed plugins.",
    "doctor": "Check this machine: packages, engines, GPU.",
}

INTERRUPTED = 130


@click.group(
    cls=LazyGroup,
    commands_help=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `magpie run` (offline, on the embedded model), or see `magpie COMMAND --help`.",
)
@click.version_option(__version__, prog_name="magpie")
def cli() -> None:
    """Alignment data from aligned language models, by prompting them with nothing.

    \b
    Examples:
      magpie run                                   try it: 100 records from the embedded model
      magpie run --family llama3.1 -n 10000        the family's default checkpoint
      magpie run --checkpoint ./my-model --dry-run look at the exact prompts first
      magpie export runs/first --to sharegpt --out data.jsonl
    """  # noqa: D301  (click reads the backspace)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: expected errors print a message and a hint, surprises a traceback."""
    try:
        code = cli.main(args=args, prog_name="magpie", standalone_mode=False)
    except MagpieError as error:
        print_error(error)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def print_error(error: MagpieError) -> None:
    """Write an error and its hint to stderr, readable without colour."""
    click.echo(click.style("error", fg="red", bold=True) + f": {error.message}", err=True)
    if error.hint:
        click.echo("\n" + click.style("hint", fg="cyan", bold=True) + f": {error.hint}", err=True)
