"""``magpie resume``: finish a run that was stopped."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

EXAMPLES = """
\b
Examples:
  magpie resume runs/first
  magpie resume runs/first -n 5000     the same run, more records
"""


@click.command(name="resume", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", type=int, help="Accepted records wanted, if not as before.")
@click.option("--max-attempts", type=int, help="Most indexes to try, if not as before.")
@click.option("--device", help="Where the engine runs, if not as before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path,
    n: int | None,
    max_attempts: int | None,
    device: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Finish a run that was stopped, killed or that failed, with the settings it was begun with."""
    from magpie_core.cli.execute import execute_and_report
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.errors import UsageError
    from magpie_core.plan import make_plan
    from magpie_core.run.contents import recipe_of
    from magpie_core.run.folder import RunFolder

    with RunFolder.open(run, write=False) as folder:
        recipe = recipe_of(folder.manifest, str(run))
    for name, value in (("n", n), ("max_attempts", max_attempts)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1, got {value}")
    changes = {k: v for k, v in {"n": n, "max_attempts": max_attempts}.items() if v is not None}
    recipe = msgspec.structs.replace(
        recipe, run=msgspec.structs.replace(recipe.run, output=str(run), **changes)
    )
    if device is not None:
        engine = msgspec.structs.replace(recipe.engine, device=device)
        recipe = msgspec.structs.replace(recipe, engine=engine)
    plugins = plugins_with_warnings()
    execute_and_report(make_plan(recipe, plugins), plugins, run, as_json=as_json, quiet=quiet)
