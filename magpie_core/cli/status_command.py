"""``magpie status``: how far a run is and what was rejected."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command(
    name="status",
    epilog="\b\nExamples:\n  magpie status runs/first\n  magpie status runs/first --watch\n"
    "  magpie status runs/first --json",
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--watch",
    is_flag=False,
    flag_value="2",
    type=click.FloatRange(min=0.1),
    metavar="[SECONDS]",
    help="Look again, every 2 seconds unless told otherwise, until nobody works on it.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object; watching, one a line."
)
def command(run: Path, watch: float | None, as_json: bool) -> None:
    """Show how far a run is, what was rejected and why. Safe while the run goes on."""
    from magpie_core.cli.console import print_json
    from magpie_core.cli.status_report import print_status, read_status

    if watch is not None:
        from magpie_core.cli.status_watch import watch_status

        watch_status(run, watch, as_json=as_json)
        return
    report = read_status(run)
    if as_json:
        print_json(report)
    else:
        print_status(report, shlex.quote(str(run)))
