"""``magpie status``: how far a run is and what was rejected."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click


@click.command(
    name="status",
    epilog="\b\nExamples:\n  magpie status runs/first\n  magpie status runs/first --json",
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(run: Path, as_json: bool) -> None:
    """Show how far a run is, what was rejected and why. Safe while the run goes on."""
    from magpie_core.cli.console import stdout

    report = read_status(run)
    console = stdout()
    if as_json:
        console.print(json.dumps(report, ensure_ascii=False), markup=False)
        return
    state = "complete" if report["accepted"] >= report["wanted"] else "not complete"
    console.print(
        f"{run}: {report['accepted']:,} of {report['wanted']:,} records, {state}", markup=False
    )
    console.print(
        f"checkpoint {report['checkpoint']}, family {report['family']}, backend {report['backend']}, "
        f"seed {report['seed']}, key {report['key']}",
        markup=False,
    )
    console.print(
        f"{report['attempts']:,} attempts, {sum(report['rejected'].values()):,} rejected:"
    )
    for reason, count in report["rejected"].items():
        console.print(f"  {count:8,}  {reason}", markup=False)
    if report["failed"]:
        console.print(
            f"{report['failed']:,} failed and will be tried again by: magpie resume {run}"
        )
    if report["damaged_lines"]:
        console.print(f"{report['damaged_lines']:,} damaged lines were passed over", markup=False)
    if state != "complete":
        console.print(f"\ngo on with: magpie resume {run}", markup=False)


def read_status(run: Path) -> dict[str, Any]:
    """The state of a run as plain data.

    Raises:
        RunFolderError: ``run`` is no run folder.
    """
    from magpie_core.run.contents import recipe_of
    from magpie_core.run.folder import RunFolder

    with RunFolder.open(run, write=False) as folder:
        recipe = recipe_of(folder.manifest, str(run))
        settled = folder.settled()
        side = folder.manifest.get("instruction", {})
        reasons: Counter[str] = Counter()
        for (step, _name, reason), count in settled.reasons.items():
            reasons[f"{step}.{reason}"] += count
        return {
            "run": str(run),
            "key": folder.manifest.get("key"),
            "checkpoint": side.get("checkpoint"),
            "family": side.get("family"),
            "backend": side.get("backend"),
            "seed": recipe.run.seed,
            "wanted": recipe.run.n,
            "accepted": len(settled.accepted),
            "attempts": len(settled.accepted) + len(settled.rejected) + len(settled.failed),
            "rejected": dict(reasons.most_common()),
            "failed": len(settled.failed),
            "damaged_lines": folder.damaged,
        }
