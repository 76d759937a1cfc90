"""Run ``magpie extend`` from the terminal: plan, dry run, live display, summary."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magpie_core.cli.attending import Attendance
from magpie_core.cli.console import damage_named, note, print_json, stderr, stdout, visible
from magpie_core.cli.interruptible import (
    same_again,
    shown_until_stopped,
)
from magpie_core.cli.limits import Patience
from magpie_core.cli.live import clock
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.cli.source_plan import plan_of
from magpie_core.cli.tag_display import TagDisplay, counts
from magpie_core.dataset.columns import read_added
from magpie_core.dataset.conversation import conversation_of
from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.plugins import Plugins
from magpie_core.run.events import events_of
from magpie_core.steps.extend import (
    NAME,
    ExtendObserver,
    ExtendOutcome,
    ExtendPlan,
    count_work,
    execute_extension,
)
from magpie_core.steps.follow_up import exchanges, said_in_history
from magpie_core.steps.multi_round import follow_up_system
from magpie_core.tagging.choosing import FOLDER_NAME


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    turns: int
    system: str | None
    name: str | None
    limit: int | None


def extend_and_report(
    path: Path,
    wanted: Wanted,
    flags: dict[str, Any],
    engine_option: tuple[str, ...],
    *,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    patience: Patience,
) -> None:
    """Extend the conversations at ``path`` and print what came of it, or only what would be done."""
    if wanted.name is not None and not FOLDER_NAME.fullmatch(wanted.name):
        raise UsageError(f"--as `{wanted.name}` cannot name a folder", hint="--as another")
    plugins = plugins_with_warnings(quiet=quiet)
    with open_source(path) as source, damage_named(source, quiet=quiet):
        plan = ExtendPlan(
            source,
            plan_of(path, flags, engine_option, plugins, asks="extend {} --turns 2"),
            wanted.turns,
            system=follow_up_system(wanted.system),
            name=wanted.name or NAME,
            limit=wanted.limit,
        )
        for notice in plan.plan.notices:
            note(notice, quiet=quiet)
        if dry_run:
            _show(plan, as_json=as_json)
            return
        _execute(plan, plugins, as_json=as_json, quiet=quiet, patience=patience)


def _execute(
    plan: ExtendPlan, plugins: Plugins, *, as_json: bool, quiet: bool, patience: Patience
) -> None:
    progress = stderr(quiet=quiet or as_json)
    display = TagDisplay(progress, quiet=quiet or as_json, unit="conversations")
    attendance = Attendance(display, patience)
    observer = ExtendObserver(
        opening=lambda what: progress.print(f"opening {what} …"), started=attendance.started
    )
    with shown_until_stopped(display, stderr(quiet=quiet), lambda: same_again(plan.folder)):
        with events_of(plan.source.place, "extend") as facts:
            outcome = attendance.wait(execute_extension(plan, plugins, observer))
            facts |= {"name": plan.name, "sampled_tokens": outcome.tokens}
    ended = _ended(plan)
    if as_json:
        print_json(_summary(plan, outcome, ended))
    elif not quiet:
        _print(plan, outcome, ended)


def _ended(plan: ExtendPlan) -> dict[str, Counter[str]]:
    """How many conversations there are of each length, and why those that ended early did."""
    lengths: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for one in read_added(plan.folder) if plan.folder.is_dir() else ():
        lengths[str(one.columns.get("exchanges"))] += 1
        if (reason := one.columns.get("ended")) is not None:
            reasons[str(reason)] += 1
    return {"exchanges": lengths, "ended": reasons}


def _summary(
    plan: ExtendPlan, outcome: ExtendOutcome, ended: dict[str, Counter[str]]
) -> dict[str, Any]:
    [one] = outcome.tally.taggers
    return {
        "source": str(plan.source.path),
        "folder": one.folder,
        "turns": plan.turns,
        "records": outcome.tally.records,
        "damaged": outcome.tally.damaged,
        "before": one.before,
        "extended": one.tagged,
        "failed": one.failed,
        **{name: dict(sorted(counter.items())) for name, counter in ended.items()},
        "tokens": outcome.tokens,
        "seconds": round(outcome.seconds, 3),
    }


def _print(plan: ExtendPlan, outcome: ExtendOutcome, ended: dict[str, Counter[str]]) -> None:
    console = stdout()
    [one] = outcome.tally.taggers
    where = shlex.quote(one.folder)
    if not one.wanted:
        console.print(visible(f"complete, {one.before:,} conversations in {where}"))
    else:
        console.print(visible(f"{counts(one)} conversations in {where}"))
        console.print(f"{outcome.tokens:,} tokens in {clock(outcome.seconds)}")
    lengths = sorted(ended["exchanges"].items(), key=lambda item: int(item[0]))
    console.print(", ".join(f"{count:,} of {turns} turns" for turns, count in lengths))
    if ended["ended"]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in ended["ended"].most_common())
        console.print(visible(f"ended early: {reasons}"))
    if one.failed:
        console.print(f"{one.failed:,} failed; the same command again tries them again")
    path = shlex.quote(str(plan.source.path))
    if plan.source.path.is_dir():
        console.print(visible(f"\nnext: magpie export {path} --to messages --out data.jsonl"))
    else:
        console.print(visible(f"\nnext: magpie select {path} --out data.jsonl --to messages"))


def _show(plan: ExtendPlan, *, as_json: bool) -> None:
    """The prompt of the first record's follow-up, and how much there is to do; nothing is written."""
    done = {one.id for one in read_added(plan.folder)} if plan.folder.is_dir() else set()
    tally = count_work(plan, done)
    [counted] = tally.taggers
    prompts = plan.plan.instruction.prompts
    first = next(plan.records(), None)
    prompt: list[int] = []
    if first is not None:
        turns = [said_in_history(one) for one in conversation_of(first)]
        if exchanges(turns):
            prompt = prompts.for_follow_up(turns, plan.system)
    text = prompts.tokenizer.decode(prompt)
    document = {
        "source": str(plan.source.path),
        "folder": str(plan.folder),
        "records": tally.records,
        "before": counted.before,
        "to_do": counted.wanted,
        "checkpoint": plan.plan.instruction.checkpoint.name,
        "prompt": text,
        "prompt_ids": prompt,
    }
    if as_json:
        print_json(document, indent=2)
        return
    console = stdout()
    console.print(
        visible(f"{document['to_do']:,} of {tally.records:,} records to extend, in {plan.folder}")
    )
    console.print(visible(f"prompt of the first follow-up, {len(prompt)} tokens:\n\n{text}"))
    console.print("\nnothing was sampled (--dry-run)")
