"""``magpie merge``: put several runs together."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie merge runs/air runs/pro -o runs/both
  magpie merge runs/* -o all && magpie dedup all
  magpie import theirs.jsonl -o runs/theirs && magpie merge runs/first runs/theirs -o runs/both
"""


@click.command(name="merge", epilog=EXAMPLES)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", required=True, type=click.Path(path_type=Path), help="Run folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(runs: tuple[Path, ...], out: Path, as_json: bool, quiet: bool) -> None:
    """Write the records of two RUNS or more into one run folder; the runs are not touched.

    Ids, provenance and columns stay; indexes are given anew, run after run. A record that is there twice,
    because a run was copied, counts once. Tags come along where the runs were tagged in the same way, and
    neighbours where `magpie dedup` looked at all of them together. The same command again goes on where it
    was stopped, and adds what the runs have gained since.
    """
    from magpie_core.cli.console import damage_reporter, note, print_json, stdout
    from magpie_core.cli.counting import counting
    from magpie_core.cli.going_on import the_same_again
    from magpie_core.dataset.size import about
    from magpie_core.dataset.source import open_source
    from magpie_core.steps.merge import merge

    silent = quiet or as_json
    with ExitStack() as stack:
        sizes = [about(stack.enter_context(open_source(run))) for run in runs]
    total = sum(size or 0 for size in sizes)
    with (
        damage_reporter(quiet=quiet) as on_damage,
        the_same_again(out, quiet=quiet),
        counting("merging", total, quiet=silent) as on_record,
    ):
        done = merge(runs, out, on_record=on_record, on_damage=on_damage)
    if as_json:
        parts = [
            {"run": str(one.path), "records": one.records, "new": one.new, "repeated": one.repeated}
            for one in done.parts
        ]
        print_json(
            {
                "run": str(out),
                "key": done.key,
                "records": done.records,
                "parts": parts,
                "notes": done.notes,
            }
        )
        return
    for one in done.notes:
        note(one, quiet=quiet)
    if quiet:
        return
    console = stdout()
    console.print(f"{done.records:,} records in {shlex.quote(str(out))}, key {done.key}")
    for part in done.parts:
        repeated = f", {part.repeated:,} of them in an earlier run too" if part.repeated else ""
        console.print(f"  {part.records:10,}  {part.path} ({part.new:,} new{repeated})")
