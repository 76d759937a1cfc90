"""``magpie import``: bring in conversations made elsewhere."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie import sharegpt.jsonl -o runs/theirs
  magpie import train.parquet -o runs/published     a published Magpie file, with all its columns
  magpie import shards/*.jsonl -o runs/all          the column source_file says where a row came from
  magpie import faq.jsonl --columns instruction=title,response=text -o runs/faq
  magpie import alpaca.json -o runs/alpaca && magpie tag runs/alpaca language

\b
Read are JSON Lines, one JSON array, and Parquet, with conversations as
  a list in `conversations` or `messages`: from/value (ShareGPT) or role/content
  a pair of columns: instruction (and input) or prompt, question; response or output, completion, answer
Columns of any other name are given with --columns, as PART=COLUMN; the parts are
  instruction, input, response, system, id; or conversations, a list of turns, in place of the first three
"""


@click.command(name="import", epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="Run folder."
)
@click.option(
    "--columns",
    multiple=True,
    metavar="PART=COLUMN,…",
    help="Where the conversation stands, in a file that does not say so by its names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    files: tuple[Path, ...], out: Path, columns: tuple[str, ...], as_json: bool, quiet: bool
) -> None:
    """Make a run folder of the conversations in FILES, which are not touched.

    Columns that are no part of the conversation come along; a row's own id goes to the column
    `source_id`. Rows without a conversation are counted and kept with the reason (`magpie show
    --rejected`); prompts without a response are records too, which the formats for training leave out. The
    same command again goes on where it was stopped.
    """
    from magpie_core.cli.console import damage_reporter, print_json, stdout
    from magpie_core.cli.counting import counting
    from magpie_core.cli.going_on import the_same_again
    from magpie_core.dataset.naming import parse_naming
    from magpie_core.dataset.size import about
    from magpie_core.dataset.source import open_source
    from magpie_core.steps.bring_in import bring_in

    silent = quiet or as_json
    naming = parse_naming(columns)
    with ExitStack() as stack:
        sizes = [about(stack.enter_context(open_source(file))) for file in files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    with (
        damage_reporter(quiet=quiet) as on_damage,
        the_same_again(out, quiet=quiet),
        counting("importing", total, quiet=silent) as on_row,
    ):
        done = bring_in(files, out, naming=naming, on_row=on_row, on_damage=on_damage)
    if as_json:
        print_json(
            {
                "run": str(out),
                "key": done.key,
                "records": done.records,
                "new": done.new,
                "rejected": done.rejected,
                "unanswered": done.unanswered,
            }
        )
    elif not quiet:
        run = shlex.quote(str(out))
        new = "" if done.new == done.records else f" ({done.new:,} new)"
        console = stdout()
        console.print(f"{done.records:,} records in {run}{new}, key {done.key}")
        if done.rejected:
            console.print(
                f"{done.rejected:,} rows without a conversation: magpie show {run} --rejected"
            )
        if done.unanswered:
            console.print(
                f"{done.unanswered:,} records without a response: exports for training leave them out"
            )
