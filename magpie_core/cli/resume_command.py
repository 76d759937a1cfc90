"""``magpie resume``: finish a run that was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.elsewhere import elsewhere_options, take_elsewhere
from magpie_core.cli.limits import limit_options, take_limits, take_watching, watch_options

EXAMPLES = """
\b
Examples:
  magpie resume runs/first
  magpie resume runs/first -n 5000         the same run, more records
  magpie resume runs/first --max-batch 16  after the engine ran out of memory
"""


@click.command(name="resume", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", type=int, help="Accepted records wanted, if not as before.")
@click.option("--max-attempts", type=int, help="Most indexes to try, if not as before.")
@click.option("--device", help="Where the engine runs, if not as before.")
@click.option("--max-batch", type=int, help="Most requests decoded together, if not as before.")
@click.option("--engine-option", multiple=True, metavar="KEY=VALUE", help="Passed to the engine.")
@elsewhere_options
@limit_options
@watch_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path,
    engine_option: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Finish a run that was stopped, killed or that failed, with the settings it was begun with.

    Chat format, sampling and filters come from the run, whatever is installed by now.
    """
    from magpie_core.cli.execute import execute_and_report
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.cli.options import build_recipe
    from magpie_core.plan import make_plan
    from magpie_core.run.folder import RunFolder
    from magpie_core.run.kind import require_generated
    from magpie_core.run.stored import read_stored, recipe_to_resume, without_own_engine

    limits, elsewhere = take_limits(flags), take_elsewhere(flags)
    watched = take_watching(flags)
    with RunFolder.open(run, write=False) as folder:
        require_generated(folder.manifest, str(run))
        stored = read_stored(folder.manifest, str(run))
    recipe = recipe_to_resume(stored)
    recipe = build_recipe(recipe, {**flags, "output": str(run)}, engine_option)
    changed = [name for name in ("device", "max_batch") if flags[name] is not None]
    recipe = without_own_engine(recipe, [*changed, *(["options"] if engine_option else [])])
    plugins = plugins_with_warnings(quiet=quiet)
    runner = elsewhere.runner(plugins)
    plan = make_plan(recipe, plugins, stored)
    execute_and_report(
        plan,
        plugins,
        run,
        as_json=as_json,
        quiet=quiet,
        stored=stored,
        limits=limits,
        runner=runner,
        watched=watched,
    )
