"""Run ``magpie prefer`` from the terminal: plan, dry run, live display, summary."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from magpie_core.backend import Backend
from magpie_core.cli.attending import Attendance
from magpie_core.cli.console import damage_named, note, print_json, stderr, stdout, visible
from magpie_core.cli.interruptible import (
    same_again,
    shown_until_stopped,
)
from magpie_core.cli.limits import Patience
from magpie_core.cli.live import clock
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.cli.prefer_plan import Wanted, make_prefer_plan
from magpie_core.cli.tag_display import TagDisplay, counts
from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.plugins import Plugins
from magpie_core.run.events import events_of
from magpie_core.steps.prefer import (
    PreferObserver,
    PreferOutcome,
    count_work,
    execute_preferences,
    read_preferences,
)
from magpie_core.steps.prefer_plan import PreferPlan
from magpie_core.steps.sample_responses import as_asked, question
from magpie_core.tagging.tally import TagTally


def prefer_and_report(
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
    """Make preferences of the records at ``path`` and print what came of it, or what would be done."""
    plugins = plugins_with_warnings(quiet=quiet)
    with open_source(path) as source, damage_named(source, quiet=quiet):
        plan = make_prefer_plan(source, path, wanted, flags, engine_option, plugins)
        for notice in plan.notices:
            note(notice, quiet=quiet)
        if dry_run:
            _show(plan, as_json=as_json)
            return
        _execute(plan, plugins, as_json=as_json, quiet=quiet, patience=patience)


class _TwoPhases(TagDisplay):
    """Shows one phase, then the other, each with its own rate."""

    _showing = False

    def start(self, tally: TagTally, engines: list[Backend]) -> None:
        """Begin to show, or show something else from now on."""
        if not self._showing:
            self._showing = True
            super().start(tally, engines)
            return
        self.turn_to(tally, engines)


def _execute(
    plan: PreferPlan, plugins: Plugins, *, as_json: bool, quiet: bool, patience: Patience
) -> None:
    progress = stderr(quiet=quiet or as_json)
    display = _TwoPhases(progress, quiet=quiet or as_json, unit="records")
    attendance = Attendance(display, patience)
    observer = PreferObserver(
        opening=lambda what: progress.print(f"opening {what} …"), started=attendance.started
    )
    with shown_until_stopped(
        display,
        stderr(quiet=quiet),
        lambda: same_again(plan.folder, plan.source.place / plan.sampled_name),
    ):
        with events_of(plan.source.place, "prefer") as facts:
            outcome = attendance.wait(execute_preferences(plan, plugins, observer))
            facts |= {"name": plan.name, "sampled_tokens": outcome.tokens}
    found = _Found.read(plan.folder)
    if as_json:
        print_json(_summary(plan, outcome, found))
    elif not quiet:
        _print(plan, outcome, found)


@dataclass
class _Found:
    """What stands in a set of preferences."""

    margins: list[float] = field(default_factory=list)
    no_pair: Counter[str] = field(default_factory=Counter)
    objections: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, folder: Path) -> _Found:
        """Read through the whole set."""
        found = cls()
        for columns in read_preferences(folder):
            if columns.get("pair") is None:
                found.no_pair[str(columns.get("no_pair"))] += 1
            else:
                found.margins.append(columns["margin"])
            found.objections.update(one for one in columns.get("objections", ()) if one is not None)
        return found


def _summary(plan: PreferPlan, outcome: PreferOutcome, found: _Found) -> dict[str, Any]:
    phases = {}
    for one in (outcome.responses, outcome.rewards):
        phases[one.name] = {"before": one.before, "done": one.tagged, "failed": one.failed}
    margins = found.margins
    return {
        "source": str(plan.source.path),
        "folder": str(plan.folder),
        "samples": plan.samples,
        "records": outcome.records,
        "damaged": outcome.damaged,
        **phases,
        "pairs": len(margins),
        "no_pair": dict(sorted(found.no_pair.items())),
        "objections": dict(sorted(found.objections.items())),
        "margin": {
            "least": min(margins),
            "median": median(margins),
            "mean": fmean(margins),
            "most": max(margins),
        }
        if margins
        else None,
        "tokens": outcome.tokens,
        "sampling_seconds": round(outcome.sampling_seconds, 3),
        "rating_seconds": round(outcome.rating_seconds, 3),
    }


def _print(plan: PreferPlan, outcome: PreferOutcome, found: _Found) -> None:
    console = stdout()
    where = shlex.quote(str(plan.folder))
    responses, rewards = outcome.responses, outcome.rewards
    if not responses.wanted and not rewards.wanted:
        console.print(visible(f"complete, {rewards.before:,} records in {where}"))
    if responses.wanted:
        console.print(
            f"responses: {counts(responses)}, {plan.samples} each, {outcome.tokens:,} tokens in "
            f"{clock(outcome.sampling_seconds)}"
        )
    if rewards.wanted:
        console.print(
            visible(f"rewards: {counts(rewards)} in {clock(outcome.rating_seconds)}, in {where}")
        )
    margins = found.margins
    line = f"{len(margins):,} pairs"
    if margins:
        line += (
            f", margin {min(margins):.3g} to {max(margins):.3g}, half above {median(margins):.3g}"
        )
    console.print(line)
    if found.no_pair:
        console.print(visible(f"without a pair: {_most(found.no_pair)}"))
    if found.objections:
        console.print(visible(f"responses in no pair: {_most(found.objections)}"))
    if failed := responses.failed + rewards.failed:
        console.print(f"{failed:,} failed; the same command again tries them again")
    if not margins:
        return  # nothing to export
    path = shlex.quote(str(plan.source.path))
    export = f"magpie export {path}" if plan.source.path.is_dir() else f"magpie select {path}"
    several = len(list(plan.folder.parent.glob("*/columns.toml"))) > 1
    which = (
        f" --preferences {shlex.quote(plan.name)}" if several and plan.source.path.is_dir() else ""
    )
    console.print(visible(f"\nnext: {export} --to trl-preference{which} --out pairs.jsonl"))


def _most(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common())


def _show(plan: PreferPlan, *, as_json: bool) -> None:
    """The prompt of the first record, and how much there is to do; nothing is written."""
    work = count_work(plan)
    prompts = plan.plan.response.prompts
    prompt: list[int] = []
    for record in plan.records():
        try:
            prompt = prompts.for_turns(as_asked(record, question(record)))
            break
        except UsageError:  # it would be counted as failed
            continue
    text = prompts.tokenizer.decode(prompt)
    document = {
        "source": str(plan.source.path),
        "folder": str(plan.folder),
        "records": work.records,
        "before": work.rewards.before,
        "to_sample": work.responses.wanted,
        "to_rate": work.rewards.wanted,
        "samples": plan.samples,
        "sampling": plan.sampling.in_force(),
        "checkpoint": plan.plan.response.checkpoint.name,
        "by": plan.by.name,
        "reward": None if plan.judge is None else plan.judge.checkpoint.name,
        "prompt": text,
        "prompt_ids": prompt,
    }
    if as_json:
        print_json(document, indent=2)
        return
    console = stdout()
    console.print(
        visible(
            f"{work.responses.wanted:,} of {work.records:,} records to sample, {plan.samples} responses "
            f"each at temperature {plan.sampling.temperature:g} from {document['checkpoint']}"
        )
    )
    rated = f" of {document['reward']}" if plan.judge is not None else ""
    console.print(
        visible(
            f"{work.rewards.wanted:,} to rate by `{plan.by.name}`{rated}, into "
            f"{shlex.quote(str(plan.folder))}"
        )
    )
    console.print(visible(f"first prompt, {len(prompt)} tokens:\n\n{text}"))
    console.print("\nnothing was sampled (--dry-run)")
