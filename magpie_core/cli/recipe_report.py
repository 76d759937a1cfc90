"""Run ``magpie recipe`` from the terminal: what was written, what it holds, how it is started."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from typing import Any

import click
import msgspec
from rich.console import Console

from magpie_core.cli.console import damage_named, note, print_json, stderr, stdout, visible
from magpie_core.cli.doing import Doing
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.training.hyperparameters import PAPER
from magpie_core.training.plan import RecipePlan, StagePlan, plan
from magpie_core.training.presets import PRESETS
from magpie_core.training.records import Records
from magpie_core.training.request import Request
from magpie_core.training.trainers import TRAINERS
from magpie_core.training.writing import Written, configuration_text, write


def write_and_report(
    request: Request, *, overwrite: bool, dry_run: bool, as_json: bool, quiet: bool
) -> None:
    """Work the recipe out, write it, and say what it is.

    Raises:
        UsageError: something is missing, or a file is there that says something else.
    """
    for stage in request.stages():  # a slip costs no reading
        request.trainer_of(stage)
    plugins = plugins_with_warnings(quiet=quiet)
    display = Doing(stderr(quiet=quiet or as_json))
    with ExitStack() as stack:
        source = records = None
        if request.run is not None:
            source = stack.enter_context(open_source(request.run))
            stack.enter_context(damage_named(source, quiet=quiet))
            records = stack.enter_context(
                Records(
                    source,
                    request.selection,
                    best=request.best,
                    reasoning=request.reasoning,
                    progress=display.told,
                )
            )
        elif request.selection or request.preferences or request.best or request.reasoning:
            raise UsageError(
                "--selection, --preferences, --best and --reasoning are of a run",
                hint="magpie recipe runs/first --preset llama-3.1-8b",
            )
        with display:
            made = plan(request, source, plugins, records)
        for one in made.notes:
            note(one, quiet=quiet)
        if dry_run and not as_json:
            click.echo("\n".join(configuration_text(one) for one in made.stages), nl=False)
            return
        with display:
            written = [] if dry_run else write(made, records, overwrite=overwrite)
    if as_json:
        print_json(_document(made, written))
    elif not quiet:
        _show(made, written, stdout())


def _show(made: RecipePlan, written: list[Written], console: Console) -> None:
    for one in written:
        state = "" if one.state == "written" else f" ({one.state})"
        console.print(f"{shlex.quote(str(one.path))}{state}")
    for stage in made.stages:
        console.print(visible(_summary(stage)))
    where = shlex.quote(str(made.folder))
    for stage in made.stages:
        console.print(f"start it: cd {where} && {stage.configuration.command}")


def _summary(stage: StagePlan) -> str:
    job = stage.job
    rows = "data sets on the hub"
    if stage.survey is not None:
        rows = f"{stage.survey.rows:,} rows"
        if stage.survey.longer:
            rows += f", {stage.survey.longer:,} of several turns"
        if stage.survey.left_out:
            rows += f" ({stage.survey.left_out:,} records left out)"
    steps = f", at most {stage.steps:,} steps" if stage.steps is not None else ""
    return (
        f"{job.stage}: {rows}; {job.base} in the format of {stage.origin}; "
        f"{job.batch.effective} sequences a step = {job.batch}{steps}"
    )


def _document(made: RecipePlan, written: list[Written]) -> dict[str, Any]:
    return {
        "folder": str(made.folder),
        "files": {str(one.path): one.state for one in written},
        "stages": {
            one.job.stage: {
                "trainer": one.trainer.name,
                "config": str(made.folder / one.job.config),
                "base": one.job.base,
                "output": one.job.output,
                "rows": one.survey.rows if one.survey else None,
                "left_out": one.survey.left_out if one.survey else None,
                "steps": one.steps,
                "batch": {
                    **msgspec.to_builtins(one.job.batch),
                    "effective": one.job.batch.effective,
                },
                "chat_format": one.origin,
                "end_token": one.job.tokens.end,
                "command": one.configuration.command,
                "install": one.configuration.install,
                "settings": one.configuration.settings(),
            }
            for one in made.stages
        },
        "notes": made.notes,
    }


def list_all(*, as_json: bool) -> None:
    """List trainers, the published numbers, and presets."""
    if as_json:
        document = {
            "trainers": {one.name: one.forms for one in TRAINERS.values()},
            "numbers": {stage: msgspec.to_builtins(one) for stage, one in PAPER.items()},
            "presets": {
                one.name: {"what": one.what, "base": one.base, "trainers": one.trainers}
                for one in PRESETS.values()
            },
        }
        print_json(document, indent=2)
        return
    console = stdout()
    wide = max(map(len, TRAINERS))
    for one in TRAINERS.values():
        forms = ", ".join(f"{stage}: {form}" for stage, form in one.forms.items())
        console.print(f"{one.name:<{wide}}  {forms}")
    for stage, numbers in PAPER.items():
        said = msgspec.to_builtins(numbers)
        shown = ", ".join(
            f"{name.replace('_', ' ')} {value:g}"
            if isinstance(value, float)
            else f"{name.replace('_', ' ')} {value}"
            for name, value in said.items()
        )
        console.print(f"\n{stage}: {shown}")
    for preset in PRESETS.values():
        console.print(f"\n--preset {preset.name}\n  {preset.what}")
