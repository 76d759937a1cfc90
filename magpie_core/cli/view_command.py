"""``magpie view``: a local web page to read, filter and mark records, and to watch the method at work."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie view runs/first
  magpie view data.jsonl                       a JSON Lines, JSON or Parquet file of conversations
  magpie view runs/first --no-open --port 8123   on another machine: then, on yours,
  ssh -L 8123:127.0.0.1:8123 other-machine       and open the address that was printed

\b
What is marked is a set of columns like those of `magpie tag`:
  magpie select runs/first --where "mark = 'keep'" --as mine
  magpie select runs/first --where "mark IS NULL OR mark <> 'drop'" --as rest

The page answers only who has the token in its address. It loads nothing from elsewhere. Keys: press ? in it.
"""


@click.command(name="view", epilog=EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="any that is free",
    help="Port to listen on.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Any but the loopback lets other machines ask.",
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("-q", "--quiet", is_flag=True, help="Print the address and errors only.")
def command(source: Path, port: int, host: str, no_open: bool, quiet: bool) -> None:
    """Read the records of a run or a data file in a web page of this machine, until Ctrl-C.

    Search, filter by any column, sort, page; see what was rejected and why; mark records to keep or drop,
    with notes; watch an instruction and its response being sampled, token by token.
    """
    from magpie_core.cli.view_report import view

    view(source, port=port, host=host, browser=not no_open, quiet=quiet)
