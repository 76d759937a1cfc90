"""``magpie export``: write a data set that trainers read."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from magpie_core.export.exporter import Exporter

EXAMPLES = """
\b
Examples:
  magpie export runs/first --to sharegpt --out data.jsonl     Axolotl, LLaMA-Factory
  magpie export runs/first --to messages --out data.jsonl     TRL
  magpie export runs/first --to parquet --out data.parquet    datasets, DuckDB
  magpie export runs/first --to trl-preference --out d.jsonl  pairs of `magpie prefer`
  magpie export runs/first --to messages --best vote --reasoning keep --out data.jsonl
  magpie export runs/first --to jsonl --out - | jq .response  into another program
  magpie export runs/first --to parquet --shard-rows 100000 --out s3://bucket/data.parquet
"""


@click.command(name="export", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "exporter",
    required=True,
    metavar="FORMAT",
    help="sharegpt, messages, alpaca, jsonl, parquet, trl-preference, axolotl-preference, "
    "handbook-preference.",
)
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    help="File to write, or a URL such as s3://bucket/data.parquet (gs, az, hf, sftp …); - for standard "
    "output.",
)
@click.option(
    "--shard-rows",
    type=click.IntRange(min=1),
    metavar="N",
    help="Several files of N rows each: FILE with -00000, -00001 … before its suffix.",
)
@click.option(
    "-n", "limit", type=click.IntRange(min=1), help="Only the N records with the lowest indexes."
)
@click.option("--selection", metavar="NAME", help="Only the records that `magpie select` chose.")
@click.option(
    "--preferences", metavar="NAME", help="Pairs of this set, where `magpie prefer` made several."
)
@click.option(
    "--best",
    metavar="NAME",
    help="Of each record the response with the highest reward in this set of preferences.",
)
@click.option(
    "--reasoning",
    type=click.Choice(["keep", "drop"]),
    help="Write what was thought in front of each answer, or nowhere.  [default: in columns, where the "
    "format has any]",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path,
    exporter: str,
    out: str,
    shard_rows: int | None,
    limit: int | None,
    selection: str | None,
    preferences: str | None,
    best: str | None,
    reasoning: Literal["keep", "drop"] | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Write the accepted records, ordered by index, to a file, or to several. All or nothing.

    As many as the run was asked for; those with the lowest indexes when there are more. In jsonl and
    parquet with the columns that `magpie tag` and `magpie dedup` added; the other formats have no room for
    them, and leave out records without a response, or without a pair.

    Keys for a URL come from the environment, as its package takes them (s3fs, gcsfs, adlfs …), never from
    the URL.
    """
    from magpie_core.choices import pick
    from magpie_core.cli.console import damage_named, note_unanswered, stderr, stdout
    from magpie_core.cli.export_report import note_reasoning, shown
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.errors import UsageError
    from magpie_core.export.best import BestOf
    from magpie_core.export.reasoning import Reasoned
    from magpie_core.export.write import export, export_to_stream
    from magpie_core.run.folder import RunFolder
    from magpie_core.run.kind import wanted

    if out == "-" and shard_rows is not None:
        raise UsageError(
            "--shard-rows makes several files, and standard output is one",
            hint="name a file: --out data.jsonl",
        )
    chosen = pick("format", exporter, plugins_with_warnings(quiet=quiet).exporters())()
    if preferences is not None:
        _take_pairs_of(chosen, run, preferences)
    if best is not None:
        _require_best_of(chosen, run, best)
    chosen = reasoned = Reasoned(chosen, reasoning)
    if best is not None:
        chosen = BestOf(chosen, best)
    if selection is not None:
        from magpie_core.cli.select_report import export_selection

        export_selection(
            run, selection, chosen, out, limit, shard_rows, overwrite=overwrite, quiet=quiet
        )
        note_reasoning(reasoned, quiet=quiet)
        return
    with RunFolder.open(run, write=False) as folder, damage_named(folder, quiet=quiet):
        most = limit or wanted(folder.manifest, str(run))

        def say_what_is_left_out(more: int) -> None:
            assert most is not None
            stderr(quiet=quiet).print(
                f"note: {most + more:,} accepted, exported the {most:,} with the lowest indexes, as "
                f"the run was asked for; all of them: -n {most + more}",
                soft_wrap=True,
            )

        def say_unanswered(count: int) -> None:
            note_unanswered(count, chosen, quiet=quiet)

        left_out = None if limit else say_what_is_left_out
        if out == "-" and sys.stdout is None:
            raise UsageError("standard output is closed", hint="name a file: --out data.jsonl")
        if out == "-":
            export_to_stream(
                folder,
                chosen,
                sys.stdout.buffer,
                limit=most,
                left_out=left_out,
                unanswered=say_unanswered,
            )
            note_reasoning(reasoned, quiet=quiet)
            return
        rows = export(
            folder,
            chosen,
            out,
            limit=most,
            shard_rows=shard_rows,
            overwrite=overwrite,
            left_out=left_out,
            unanswered=say_unanswered,
        )
    note_reasoning(reasoned, quiet=quiet)
    if not quiet:
        stdout().print(f"{rows:,} rows as {exporter} in {shown(out, shard_rows)}", soft_wrap=True)


def _take_pairs_of(exporter: Exporter, run: Path, name: str) -> None:
    """Have ``exporter`` write the pairs of one set of preferences.

    Raises:
        UsageError: it writes no pairs, or there is no such set.
    """
    from magpie_core.errors import UsageError
    from magpie_core.export.pairs import PairRows

    if not isinstance(exporter, PairRows):
        raise UsageError(
            f"`{exporter.name}` writes no pairs, so --preferences `{name}` says nothing",
            hint="--to trl-preference",
        )
    _require_set(run, name)
    exporter.preferences = name


def _require_best_of(exporter: Exporter, run: Path, name: str) -> None:
    """See that ``exporter`` writes one response a record, and that there are several to choose from.

    Raises:
        UsageError: it writes pairs, or there is no such set.
    """
    from magpie_core.errors import UsageError
    from magpie_core.export.pairs import PairRows

    if isinstance(exporter, PairRows):
        raise UsageError(
            f"`{exporter.name}` writes pairs, and --best `{name}` is one response a record",
            hint=f"--preferences {shlex.quote(name)}, or --to messages",
        )
    _require_set(run, name)


def _require_set(run: Path, name: str) -> None:
    """See that there are preferences of that name.

    Raises:
        UsageError: there are none.
    """
    from magpie_core.errors import UsageError

    there = sorted(one.parent.name for one in run.glob("preferences/*/columns.toml"))
    if name not in there:
        raise UsageError(
            f"no preferences `{name}` in `{run}` (there are: {', '.join(there) or 'none'})",
            hint=f"magpie prefer {shlex.quote(str(run))} --as {shlex.quote(name)} --reward C",
        )
