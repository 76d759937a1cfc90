"""``magpie tag``: add quality, difficulty, category and more to records that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.elsewhere import elsewhere_options, take_elsewhere
from magpie_core.cli.limits import patience_options, take_patience
from magpie_core.cli.options import build_recipe, judge_options, step_options
from magpie_core.run.recipe import read_recipe

EXAMPLES = """
\b
Examples:
  magpie tag --list                                             the taggers there are
  magpie tag runs/first quality difficulty --checkpoint C       both from one load of C
  magpie tag data.jsonl category --checkpoint C --backend vllm  records made elsewhere
  magpie tag runs/first quality --checkpoint C --dry-run        the exact prompt, nothing spent
  magpie tag runs/first clarity --recipe mine.toml --checkpoint C
  magpie tag runs/first quality --checkpoint C --on ray --workers 8    eight engines

\b
A tagger without code, in mine.toml:
  [taggers.clarity]
  prompt = "How clear is this instruction? {instruction}"
  columns = { clarity = ["unclear", "clear"], why = "text" }

Columns go to tags/NAME in the run folder, or in FILE.magpie beside a file; what they describe is not
touched. The same command again goes on where it was stopped, and tries again what failed.
"""


@click.command(name="tag", epilog=EXAMPLES)
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.argument("taggers", nargs=-1)
@judge_options
@click.option(
    "--recipe", type=click.Path(path_type=Path), metavar="FILE", help="Options, and own taggers."
)
@click.option("--as", "name", metavar="NAME", help="Put the columns of one tagger in tags/NAME.")
@click.option("--list", "listed", is_flag=True, help="List the taggers and their columns.")
@elsewhere_options
@patience_options
@step_options
def command(
    source: Path | None,
    taggers: tuple[str, ...],
    engine_option: tuple[str, ...],
    recipe: Path | None,
    name: str | None,
    limit: int | None,
    listed: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Add columns to the records of a run or a file: SOURCE, then the names of taggers.

    All taggers of one call use one checkpoint, loaded once.
    """
    elsewhere = take_elsewhere(flags)
    patience = take_patience(flags)
    chosen = build_recipe(read_recipe(recipe) if recipe else None, flags, engine_option)
    from magpie_core.cli.load import plugins_with_warnings

    plugins = plugins_with_warnings(quiet=quiet)
    if listed:
        from magpie_core.cli.tag_list import list_taggers

        list_taggers(plugins, chosen, as_json=as_json)
        return
    runner = elsewhere.runner(plugins)
    # Everything below may import transformers, so it waits until the flags are known to be good.
    from magpie_core.cli.tag_report import plan_and_report
    from magpie_core.errors import UsageError
    from magpie_core.tagging.choosing import FOLDER_NAME, choose_taggers

    if source is None:
        raise UsageError(
            "no source named: a run folder, or a file of conversations",
            hint="magpie tag runs/first quality",
        )
    picked = choose_taggers(taggers, chosen.taggers, plugins)
    if name is not None and (len(picked) > 1 or not FOLDER_NAME.fullmatch(name)):
        raise UsageError(
            f"--as `{name}` names {len(picked)} taggers at once"
            if len(picked) > 1
            else f"--as `{name}` cannot name a folder",
            hint=f"magpie tag {source} {picked[0].name} --as another",
        )
    plan_and_report(
        source,
        picked,
        chosen,
        plugins,
        name=name,
        limit=limit,
        dry_run=dry_run,
        as_json=as_json,
        quiet=quiet,
        runner=runner,
        patience=patience,
    )
