"""Entry point of ``magpie``: the group of commands, what an error looks like, and how a process ends."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

import click

from magpie_core import __version__
from magpie_core.cli.group import LazyGroup
from magpie_core.errors import MagpieError, StorageError, UsageError

COMMANDS = {
    "run": "Generate instructions and responses into a run folder.",
    "estimate": "Say what a run will take: time, tokens, disk, money.",
    "resume": "Finish a run that was stopped.",
    "status": "Show how far a run is and what was rejected.",
    "show": "Read records in the terminal.",
    "extend": "Add turns to conversations.",
    "prefer": "Sample several responses to each instruction and make pairs of them.",
    "tag": "Add quality, difficulty, category, safety, reward, language to records.",
    "dedup": "Find near-duplicate instructions.",
    "diversity": "Say how diverse data sets are, side by side.",
    "report": "Show a run in one page: figures, what was rejected, records.",
    "view": "Read, filter and mark records in a local web page.",
    "select": "Choose records by their columns, and say what each condition removed.",
    "import": "Bring in conversations made elsewhere.",
    "merge": "Put several runs together.",
    "split": "Cut a data set into parts.",
    "export": "Write a data set that trainers read.",
    "push": "Publish a data set on the hub, with a card; private unless asked otherwise.",
    "recipe": "Write a ready training configuration for a data set.",
    "probe": "Show and check a checkpoint's prompts.",
    "families": "List model families and their status.",
    "new": "Write a plugin of your own: adapter, filter, tagger or backend.",
    "plugins": "List installed plugins.",
    "doctor": "Check this machine: packages, engines, GPU.",
}

INTERRUPTED = 130
COMPLETION = "_MAGPIE_COMPLETE"
"""Set by a shell that asks for completions; the name is click's."""
REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE}


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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a C locale must not turn a text into an error
            stream.reconfigure(errors="backslashreplace")
    code = 0
    try:
        code = _run(args)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError as error:
        # Files are in the message of the code that opened them; what has no name is our own output.
        if error.errno not in REFUSALS or error.filename is not None:
            raise
        _abandon_output()
        code = code or _output_refused(error)
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    try:
        return _invoke(args)
    except MagpieError as error:
        print_error(error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        click.echo(err=True)  # ends the line with the terminal's ^C
        return INTERRUPTED
    except click.Abort:
        return INTERRUPTED
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # rich's own way to end
            return 0
        return ended.code if isinstance(ended.code, int) else 0


def _invoke(args: list[str] | None) -> int:
    """As ``cli.main``, which would end the process itself when the reader of our output goes away.

    Raises:
        UsageError: an argument holds bytes that are no text.
    """
    _check_text(sys.argv[1:] if args is None else args)
    if os.environ.get(COMPLETION):
        cli.main(args, prog_name="magpie", complete_var=COMPLETION)
    try:
        with cli.make_context("magpie", list(sys.argv[1:] if args is None else args)) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return code if isinstance(code, int) else 0


def _check_text(args: list[str]) -> None:
    for one in args:
        try:
            one.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"`{one}` holds bytes that are not UTF-8, which no run.toml and no data set can keep",
                hint="give the file another name, or set the shell to UTF-8: export LC_ALL=C.UTF-8",
            ) from None


def _abandon_output() -> None:
    """Point a standard stream that takes no more at nothing, or it would fail once more at the exit."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            try:
                stream.flush()
            except OSError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _output_refused(error: OSError) -> int:
    if error.errno == errno.EPIPE:  # the reader has seen enough, as `| head` does
        return 0
    reason = os.strerror(error.errno or 0)
    refused = StorageError(f"cannot write the output: {reason[:1].lower()}{reason[1:]}")
    with suppress(OSError):
        print_error(refused)
    return refused.exit_code


def print_error(error: MagpieError) -> None:
    """Write an error and its hint to stderr, readable without colour."""
    from magpie_core.cli.console import visible  # 20 ms that `--help` need not pay
    from magpie_core.secrecy import struck

    message = visible(struck(error.message))
    click.echo(click.style("error", fg="red", bold=True) + f": {message}", err=True)
    if error.hint:
        hint = visible(struck(error.hint))
        click.echo("\n" + click.style("hint", fg="cyan", bold=True) + f": {hint}", err=True)
