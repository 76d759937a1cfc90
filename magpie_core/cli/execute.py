"""Run a plan from the terminal: notices, preflight table, live display, summary. Used by run and resume."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from magpie_core.backend import Backend
from magpie_core.cli.console import note, print_json, stderr, stdout, visible
from magpie_core.cli.display import RunDisplay, rejected
from magpie_core.cli.interruptible import run_interruptible, shown_until_stopped
from magpie_core.cli.limits import ALONE, Watching
from magpie_core.cli.live import clock
from magpie_core.cli.remembering import Remembering
from magpie_core.cli.watching import watching
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.preflight.check import Check
from magpie_core.run.stored import Stored
from magpie_core.runner import Runner
from magpie_core.session import Observer, Outcome, execute
from magpie_core.spending import UNLIMITED, Limits, within
from magpie_core.steps.tally import Tally

MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}


def execute_and_report(
    plan: Plan,
    plugins: Plugins,
    path: Path,
    *,
    as_json: bool,
    quiet: bool,
    stored: Stored | None = None,
    limits: Limits = UNLIMITED,
    runner: Runner | None = None,
    watched: Watching = ALONE,
) -> None:
    """Execute ``plan`` into ``path`` and print what came of it.

    Args:
        plan: what to do.
        plugins: what is installed.
        path: the run folder.
        as_json: print one JSON object at the end.
        quiet: print errors only.
        stored: what its run.toml says, when a run is resumed.
        limits: where to stop.
        runner: what it runs on; None for this process.
        watched: what is said to other programs, and how long an engine may say nothing.

    Raises:
        LimitReachedError: one of ``limits`` was, before the run was complete.
        MagpieError: whatever ``execute`` raises.
    """
    silent = quiet or as_json or watched.json_log
    progress = stderr(quiet=silent)
    display = RunDisplay(progress, quiet=silent, prices=limits.prices)
    for notice in plan.notices:
        note(notice, quiet=quiet)

    with (
        shown_until_stopped(display, stderr(quiet=quiet), lambda: _go_on(path)),
        watching(path, watched) as watch,
    ):
        if watch.metrics is not None:
            progress.print(f"metrics at {watch.metrics}")

        def opening(what: str) -> None:
            progress.print(f"opening {what} …", markup=False)
            watch.opening(what)

        def started(tally: Tally, engines: list[Backend]) -> None:
            watch.started(tally, engines)
            display.start(tally, engines)

        observer = Observer(
            checked=lambda checks: _print_checks(progress, checks),
            opening=opening,
            remembering=Remembering(progress),
            started=started,
        )
        work = execute(plan, plugins, path, observer, stored=stored, runner=runner)
        outcome = run_interruptible(within(limits, work, display.used, display.done, watch.look))
    if as_json:
        print_json(summary(outcome, plan))
    elif not quiet:
        _print_summary(outcome)


def summary(outcome: Outcome, plan: Plan) -> dict[str, Any]:
    """The outcome as plain data: what ``--json`` prints."""
    tally = outcome.tally
    new = tally.accepted - tally.resumed
    return {
        "run": str(outcome.path),
        "key": plan.key,
        "checkpoint": plan.instruction.checkpoint.name,
        "family": plan.instruction.family.name if plan.instruction.family else None,
        "accepted": tally.accepted,
        "wanted": tally.wanted,
        "resumed": tally.resumed,
        "rejected": {f"{step}.{reason}": n for (step, reason), n in sorted(tally.rejected.items())},
        "failed": tally.failed,
        "seconds": round(outcome.seconds, 3),
        "records_per_second": round(new / outcome.seconds, 3) if outcome.seconds else None,
        "tokens": tally.tokens,
        "tokens_per_second": round(tally.tokens / outcome.seconds, 1) if outcome.seconds else None,
        "engine_share": round(outcome.engine_share, 4),
        "notices": list(plan.notices),
    }


def _print_checks(console: Console, checks: list[Check]) -> None:
    for check in checks:
        mark = f"  {MARKS[check.state]} "
        said = Text(visible(f"{check.name}: {check.detail}"))
        lines = said.wrap(console, console.width - len(mark)) if console.is_terminal else [said]
        for number, line in enumerate(lines):
            start = " " * len(mark) if number else mark
            console.print(Text(start) + line, soft_wrap=True)


def _print_summary(outcome: Outcome) -> None:
    console, tally = stdout(), outcome.tally
    new = tally.accepted - tally.resumed
    path = _quote(outcome.path)
    if new == 0:
        console.print(f"{path} is complete: {tally.accepted:,} records", markup=False)
    else:
        console.print(
            f"{tally.accepted:,} records in {path} ({new:,} new in {clock(outcome.seconds)}, "
            f"{new / outcome.seconds:.1f}/s, {outcome.engine_share:.0%} of the time in the engine)",
            markup=False,
        )
    console.print(f"rejected: {rejected(tally, most=20)}", markup=False)
    console.print("\nnext:")
    console.print(f"  magpie show {path}", markup=False)
    console.print(f"  magpie export {path} --to sharegpt --out data.jsonl", markup=False)


def _go_on(path: Path) -> str | None:
    return f"go on with: magpie resume {_quote(path)}" if _is_run(path) else None


def _is_run(path: Path) -> bool:
    """Whether there is a run to go on with; a path the system refuses is none."""
    try:
        return (path / "run.toml").exists()
    except OSError:
        return False


def _quote(path: Path) -> str:
    return shlex.quote(str(path))
