"""``magpie split``: cut a data set into parts."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie split runs/first --train 0.95 --test 0.05 --out data
  magpie split data.jsonl --test 0.1 --validation 0.1 --to sharegpt --out data --seed 1
  magpie split runs/first --test 0.05 --by topic --out data    rows of one topic stay together
"""


@click.command(name="split", epilog=EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--train", type=float, metavar="SHARE", help="Share of the first file; else the rest."
)
@click.option("--validation", type=float, metavar="SHARE", help="Share of the second file.")
@click.option("--test", type=float, metavar="SHARE", help="Share of the third file.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another one cuts otherwise.")
@click.option("--by", metavar="COLUMN", help="Keep records with the same value together.")
@click.option(
    "--to",
    "exporter",
    default="jsonl",
    show_default=True,
    metavar="FORMAT",
    help="sharegpt, messages, alpaca, jsonl, parquet.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="For the files."
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    source: Path,
    train: float | None,
    validation: float | None,
    test: float | None,
    seed: int,
    by: str | None,
    exporter: str,
    out: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the records of a run or a file to train, validation and test files. All or nothing.

    A record's part follows from a hash of its id and the seed, so that records which are added later
    move no other one. Near-duplicates that `magpie dedup` found stay together, unless --by decides.
    Shares are met on average: of few records, or with large groups, the counts differ. In jsonl and
    parquet the rows have the columns that `magpie tag` and `magpie dedup` added.
    """
    from magpie_core.choices import pick
    from magpie_core.cli.console import (
        damage_reporter,
        note_unanswered,
        print_json,
        stdout,
    )
    from magpie_core.cli.counting import counting
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.dataset.size import about
    from magpie_core.dataset.source import open_source
    from magpie_core.steps.split import check_shares, split

    silent = quiet or as_json
    shares = check_shares({"train": train, "validation": validation, "test": test})
    chosen = pick("format", exporter, plugins_with_warnings(quiet=quiet).exporters())()
    with open_source(source) as opened:
        size = about(opened)
        total = None if size is None else size * (1 + len(shares))  # one reading for each file
        with (
            damage_reporter(quiet=quiet) as opened.on_damage,
            counting("splitting", total, quiet=silent) as on_record,
        ):
            done = split(
                opened,
                chosen,
                out,
                shares,
                seed=seed,
                by=by,
                overwrite=overwrite,
                on_record=on_record,
            )
    if as_json:
        files = {name: str(path) for name, path in done.files.items()}
        more = {
            "together": done.together,
            "without": done.without,
            "unanswered": done.unanswered,
        }
        print_json({"counts": done.counts, "files": files, **more})
    elif not quiet:
        console, everything = stdout(), sum(done.counts.values())
        for name, count in done.counts.items():
            path = shlex.quote(str(done.files[name]))
            console.print(f"{count:,} rows ({count / everything:.1%}) as {exporter} in {path}")
        if done.together:
            what = f"the same {by}" if by else "near-duplicates"
            console.print(f"{done.together:,} rows went with another one: {what}")
        if done.without:
            console.print(f"{done.without:,} rows have no {by}: their ids decided")
        if done.unanswered:
            note_unanswered(done.unanswered, chosen, quiet=False)
