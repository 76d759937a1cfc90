"""Run ``magpie tag`` from the terminal: plan, dry run, live display, summary."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie_core.backend import Backend
from magpie_core.cli.attending import Attendance
from magpie_core.cli.console import damage_named, note, print_json, stderr, stdout, visible
from magpie_core.cli.interruptible import same_again, shown_until_stopped
from magpie_core.cli.limits import Patience
from magpie_core.cli.live import clock
from magpie_core.cli.tag_display import TagDisplay, counts
from magpie_core.cli.tag_dry_run import show_tag_plan
from magpie_core.dataset.source import open_source
from magpie_core.plugins import Plugins
from magpie_core.run.events import events_of
from magpie_core.run.recipe import Recipe
from magpie_core.tagger import Tagger
from magpie_core.tagging.session import (
    TagObserver,
    TagOutcome,
    TagPlan,
    execute_tagging,
    make_tag_plan,
)
from magpie_core.tagging.tally import TaggerTally

if TYPE_CHECKING:
    from magpie_core.runner import Runner


def plan_and_report(
    path: Path,
    taggers: Sequence[Tagger],
    recipe: Recipe,
    plugins: Plugins,
    *,
    name: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    patience: Patience,
    runner: Runner | None = None,
) -> None:
    """Tag the records at ``path`` and print what came of it, or only what would be done."""
    with open_source(path) as source, damage_named(source, quiet=quiet):
        plan = make_tag_plan(source, taggers, recipe, plugins, name=name, limit=limit)
        for notice in plan.notices:
            note(notice, quiet=quiet)
        if dry_run:
            show_tag_plan(plan, as_json=as_json)
            return
        _execute(plan, plugins, runner, as_json=as_json, quiet=quiet, patience=patience)


def _execute(
    plan: TagPlan,
    plugins: Plugins,
    runner: Runner | None,
    *,
    as_json: bool,
    quiet: bool,
    patience: Patience,
) -> None:
    progress = stderr(quiet=quiet or as_json)
    display = TagDisplay(progress, quiet=quiet or as_json)
    attendance = Attendance(display, patience)

    def opened(engine: Backend) -> None:
        if _reads_free_text(plan, engine):
            notice = (
                f"the {engine.name} backend cannot hold an answer to a schema: free text is read and "
                "checked, and what does not fit is asked again, then counted as failed"
            )
            plan.notices.append(notice)
            note(notice, quiet=quiet)

    observer = TagObserver(
        opening=lambda what: progress.print(f"opening {what} …"),
        opened=opened,
        started=attendance.started,
    )
    with shown_until_stopped(
        display, stderr(quiet=quiet), lambda: same_again(*(one.folder for one in plan.assigned))
    ):
        with events_of(plan.source.place, "tag") as facts:
            outcome = attendance.wait(execute_tagging(plan, plugins, observer, runner=runner))
            facts["taggers"] = {
                one.name: {"tagged": one.tagged, "failed": one.failed}
                for one in outcome.tally.taggers
            }
    if as_json:
        print_json(summary(outcome, plan))
    elif not quiet:
        _print_summary(outcome, plan)


def _reads_free_text(plan: TagPlan, engine: Backend) -> bool:
    asked = any(one.tagger.answer is not None for one in plan.assigned)
    return asked and not engine.capabilities.json_schema


def summary(outcome: TagOutcome, plan: TagPlan) -> dict[str, Any]:
    """The outcome as plain data: what ``--json`` prints."""
    tally, judge = outcome.tally, plan.judge
    return {
        "source": str(plan.source.path),
        "records": tally.records,
        "damaged": tally.damaged,
        "checkpoint": judge.checkpoint.name if judge else None,
        "backend": judge.backend if judge else None,
        "taggers": {one.name: _counted(one) for one in tally.taggers},
        "failed": tally.failed,
        "seconds": round(outcome.seconds, 3),
        "tags_per_second": round(tally.settled / outcome.seconds, 3) if outcome.seconds else None,
        "notices": plan.notices,
    }


def _counted(one: TaggerTally) -> dict[str, Any]:
    return {
        "folder": one.folder,
        "before": one.before,
        "tagged": one.tagged,
        "failed": one.failed,
        "retried": one.retried,
        "cut": one.cut,
    }


def _print_summary(outcome: TagOutcome, plan: TagPlan) -> None:
    console, tally = stdout(), outcome.tally
    for one in tally.taggers:
        if one.wanted:
            console.print(visible(f"{one.name}: {counts(one)} in {shlex.quote(one.folder)}"))
        else:
            console.print(visible(f"{one.name}: complete, {one.before:,} records"))
    if outcome.seconds:
        console.print(
            f"{tally.settled:,} tags in {clock(outcome.seconds)}, "
            f"{tally.settled / outcome.seconds:.1f}/s"
        )
    if tally.failed:
        console.print(
            f"{tally.failed:,} failed, see failures/ there; the same command again tries them again"
        )
    console.print("\nnext:")
    console.print(f"  magpie select {shlex.quote(str(plan.source.path))} --help")
