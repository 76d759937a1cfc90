"""The state of a run: read from its folder, and printed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any


def print_status(report: dict[str, Any], run: str) -> None:
    """Print what ``read_status`` gave; ``run`` as a shell would be told it."""
    from magpie_core.cli.console import stdout, visible

    console = stdout()
    complete = report["complete"]
    writer = report["writer"]
    state = "complete" if complete else "not complete"
    if writer is not None:
        state = f"running, process {writer['pid']} on {writer['host']} since {writer['started']}"
    of = "" if report["wanted"] is None else f" of {report['wanted']:,}"
    console.print(visible(f"{run}: {report['accepted']:,}{of} records, {state}"))
    if report["kind"] != "run":
        _print_origin(report)
        return
    console.print(
        visible(
            f"checkpoint {report['checkpoint']}, family {report['family']}, "
            f"backend {report['backend']}, seed {report['seed']}, key {report['key']}"
        )
    )
    rejected = sum(report["rejected"].values())
    colon = ":" if rejected else ""
    console.print(f"{report['attempts']:,} attempts, {rejected:,} rejected{colon}")
    for reason, count in report["rejected"].items():
        console.print(visible(f"  {count:8,}  {reason}"))
    if report["failed"]:
        then = "not needed: the run is complete" if complete else "resume tries them again"
        console.print(f"{report['failed']:,} failed ({then})")
    if report["damaged_lines"]:
        console.print(f"{report['damaged_lines']:,} damaged lines were passed over")
    _print_added(report)
    if not complete and writer is None:
        console.print(f"\ngo on with: magpie resume {run}")


def _print_added(report: dict[str, Any]) -> None:
    """What steps added, and how many records have it."""
    from magpie_core.cli.console import stdout, visible

    console = stdout()
    for name, count in report["added"].items():
        console.print(visible(f"{name}: {count:,} records"))


def _print_origin(report: dict[str, Any]) -> None:
    """Of records that were not generated here: where they came from."""
    from magpie_core.cli.console import stdout, visible

    console = stdout()
    console.print(visible(f"{report['origin']}, key {report['key']}"))
    if rejected := sum(report["rejected"].values()):
        console.print(f"{rejected:,} rows held no conversation")
    if report["damaged_lines"]:
        console.print(f"{report['damaged_lines']:,} damaged lines were passed over")
    _print_added(report)
    if not report["complete"] and report["writer"] is None:
        console.print(visible(f"\ngo on with: {report['again']}"))


def read_status(run: Path) -> dict[str, Any]:
    """The state of a run as plain data.

    Raises:
        RunFolderError: ``run`` is no run folder, or its run.toml was edited into something else.
    """
    import msgspec

    from magpie_core.dataset.size import about_added
    from magpie_core.errors import RunFolderError
    from magpie_core.run.contents import recipe_of
    from magpie_core.run.folder import RunFolder
    from magpie_core.run.kind import command_again, kind_of, origin, wanted
    from magpie_core.run.lock import writer

    with RunFolder.open(run, write=False) as folder:
        recipe = recipe_of(folder.manifest, str(run))
        side = folder.manifest.get("instruction", {})
        if not isinstance(side, dict):
            raise RunFolderError(
                f"`{run}/run.toml`: `instruction` is `{side}`, not a table",
                hint="restore the file; the records beside it are untouched",
            )
        holder = writer(run)
        settled = folder.settled()
        reasons: Counter[str] = Counter()
        for (step, _name, reason), count in settled.reasons.items():
            reasons[f"{step}.{reason}"] += count
        kind, asked = kind_of(folder.manifest), wanted(folder.manifest, str(run))
        generated = kind == "run"
        return {
            "run": str(run),
            "kind": kind,
            "origin": None if generated else origin(folder.manifest),
            "again": None if generated else command_again(folder.manifest, str(run)),
            "complete": bool(folder.manifest.get("complete"))
            if asked is None
            else len(settled.accepted) >= asked,
            "key": _text(folder.manifest.get("key")),
            "checkpoint": _text(side.get("checkpoint")),
            "family": _text(side.get("family")),
            "backend": _text(side.get("backend")),
            "seed": recipe.run.seed if generated else None,
            "wanted": asked,
            "accepted": len(settled.accepted),
            "attempts": len(settled.accepted) + len(settled.rejected) + len(settled.failed),
            "rejected": dict(reasons.most_common()),
            "failed": len(settled.failed),
            "damaged_lines": folder.damaged,
            "added": about_added(run),
            "writer": None if holder is None else msgspec.to_builtins(holder),
        }


def _text(value: object) -> str | None:
    """An edited run.toml may hold anything, dates included."""
    return None if value is None else str(value)
