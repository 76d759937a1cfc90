"""``magpie select``: choose records by their columns, and say what each condition removed."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie select runs/first --where "input_quality >= 'good' AND NOT instruction LIKE '%:'"
  magpie select runs/first --top 10000 --by instruct_reward --out best.parquet
  magpie select runs/first --where "repeat_count = 0" --sample 5000 --seed 1 --out some.jsonl
  magpie select data.jsonl --balance task_category,difficulty -n 20000 --out even.parquet
  magpie select data.jsonl --quota task_category=0.2 --by instruct_reward --out mixed.jsonl
  magpie select runs/first --top 10000 --by instruct_reward --diverse --out far-apart.parquet
  magpie select runs/first --where "instruct_reward >= quantile_cont(instruct_reward, 0.75)"
  magpie select runs/first --preset pro --dry-run             only the funnel
  magpie select --presets                                     the published selections, as SQL

Expressions are SQL (DuckDB) over the columns of one record: the record's own (instruction, response,
system, id, index, run, response_finish, and those of the file it came from) and those that `magpie tag` and
`magpie dedup` added. `difficulty` and `input_quality` compare by their order, from very easy to very hard
and from very poor to excellent. Where two sets have a column of one name, write SET.column, and row.column
for the record's own. A record without a value fulfils no condition on it. `quantile_cont(column, 0.25)`,
median, avg, stddev, min and max are numbers over all records of the source; `enum_code(difficulty)` is a
label's place in its order, from 0.
"""


@click.command(name="select", epilog=EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path), required=False)
@click.option(
    "--where", multiple=True, metavar="SQL", help="Condition to fulfil; may be given again."
)
@click.option("--top", type=int, metavar="N", help="The N highest by --by.")
@click.option("--by", metavar="SQL", help="What ranks; equal ones stay in the source's order.")
@click.option(
    "--balance",
    metavar="COLUMNS",
    help="As many of each value, or combination of values; or by weights: 'language=DE:2,FR:1'.",
)
@click.option(
    "--quota",
    multiple=True,
    metavar="COLUMN=SHARE",
    help="No value of the column has more than this share of the result.",
)
@click.option("-n", "n", type=int, metavar="N", help="How many --balance or --quota choose.")
@click.option(
    "--diverse",
    is_flag=False,
    flag_value="0.2",
    type=float,
    metavar="[DISTANCE]",
    help="None nearer to a better one that is kept (default 0.2: cosine 0.9).",
)
@click.option("--picker", metavar="NAME", help="What picks for --diverse, see `magpie plugins`.")
@click.option(
    "--embedder",
    metavar="MODEL",
    help="Whose embeddings --diverse looks at (default: those there).",
)
@click.option("--sample", type=int, metavar="N", help="N at random, last.")
@click.option("--seed", type=int, default=42, show_default=True, help="For everything random.")
@click.option("--shuffle", is_flag=True, help="Write in a random order.")
@click.option("--preset", metavar="NAME", help="A published selection: see --presets.")
@click.option("--presets", is_flag=True, help="List the published selections as SQL, and end.")
@click.option(
    "--no-longest", is_flag=True, help="Leave out a preset's step to the longest responses."
)
@click.option(
    "--prefer", multiple=True, metavar="SET", help="Set whose columns win where names clash."
)
@click.option("--as", "name", metavar="NAME", help="Name of the selection, for magpie export.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the records."
)
@click.option("--to", "exporter", metavar="FORMAT", help="Format of FILE; by its suffix otherwise.")
@click.option("--overwrite", is_flag=True, help="Replace FILE or a selection that exists.")
@click.option("--dry-run", is_flag=True, help="Only print the funnel; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the funnel as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    source: Path | None,
    where: tuple[str, ...],
    top: int | None,
    by: str | None,
    balance: str | None,
    quota: tuple[str, ...],
    n: int | None,
    diverse: float | None,
    picker: str | None,
    embedder: str | None,
    sample: int | None,
    seed: int,
    shuffle: bool,
    preset: str | None,
    presets: bool,
    no_longest: bool,
    prefer: tuple[str, ...],
    name: str | None,
    out: Path | None,
    exporter: str | None,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Choose records of a run or a data file by their columns. The source is never written to.

    Conditions come first, then --top and --diverse, --balance or --quota, then --sample. --diverse walks
    from the best by --by on (else in the source's order) and keeps a record when no kept one is nearer
    than DISTANCE: squared L2 of the embeddings of `magpie dedup`; those that are missing are made and kept,
    with --dry-run too.

    What was chosen, and how many records each step removed, goes to SOURCE/selections/NAME; with --out the
    records are written too.
    """
    from magpie_core.cli.select_report import Writing, select_and_report, show_presets
    from magpie_core.errors import UsageError
    from magpie_core.selection.presets import preset as published
    from magpie_core.selection.request import Request, parse_balance, parse_quotas

    if presets:
        show_presets(as_json=as_json)
        return
    if source is None:
        raise UsageError(
            "select from what?", hint="magpie select runs/first, or a file: data.jsonl"
        )
    columns, weights = parse_balance(balance)
    request = Request(
        where=where,
        top=top,
        by=by,
        balance=columns,
        weights=weights,
        quota=parse_quotas(quota),
        n=n,
        diverse=diverse,
        picker=picker,
        embedder=embedder,
        sample=sample,
        seed=seed,
        shuffle=shuffle,
        prefer=prefer,
    )
    if preset:
        request = published(preset).add_to(request, longest=not no_longest)
    elif no_longest:
        raise UsageError("--no-longest is for --preset", hint="magpie select --presets")
    writing = Writing(
        name=name, kind=preset or "select", out=out, exporter=exporter, overwrite=overwrite
    )
    select_and_report(source, request, writing, dry_run=dry_run, as_json=as_json, quiet=quiet)
