"""``magpie export``: write a data set that trainers read."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie export runs/first --to sharegpt --out data.jsonl     Axolotl, LLaMA-Factory
  magpie export runs/first --to messages --out data.jsonl     TRL
  magpie export runs/first --to parquet --out data.parquet    datasets, DuckDB
"""


@click.command(name="export", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "exporter",
    required=True,
    metavar="FORMAT",
    help="sharegpt, messages, alpaca, jsonl, parquet.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
@click.option(
    "-n", "limit", type=click.IntRange(min=1), help="Only the n records with the lowest indexes."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path, exporter: str, out: Path, limit: int | None, overwrite: bool, quiet: bool
) -> None:
    """Write the accepted records, ordered by index, to one file. All or nothing."""
    from magpie_core.cli.console import stdout
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.export.write import export
    from magpie_core.plugins import pick
    from magpie_core.run.contents import recipe_of
    from magpie_core.run.folder import RunFolder

    chosen = pick("format", exporter, plugins_with_warnings().exporters())
    with RunFolder.open(run, write=False) as folder:
        wanted = recipe_of(folder.manifest, str(run)).run.n
        rows = export(
            folder, chosen(), out, limit=min(limit or wanted, wanted), overwrite=overwrite
        )
    if not quiet:
        stdout().print(f"{rows:,} rows as {exporter} in {out}", markup=False)
