"""Run ``magpie select`` from the terminal: progress, funnel, what is written where."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from rich.console import Console

from magpie_core.choices import pick
from magpie_core.cli.console import (
    damage_named,
    note,
    note_unanswered,
    print_json,
    stderr,
    stdout,
    visible,
)
from magpie_core.cli.doing import Doing
from magpie_core.cli.export_report import shown
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.dataset.source import Source, open_source
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.export.places import is_url
from magpie_core.export.write import LeftOut, export, export_to_stream
from magpie_core.plugins import Plugins
from magpie_core.selection import store
from magpie_core.selection.catalog import makers_of
from magpie_core.selection.diverse import Diverse
from magpie_core.selection.funnel import Funnel
from magpie_core.selection.presets import PRESETS
from magpie_core.selection.request import Request
from magpie_core.selection.select import Selection, select, selected


@dataclass(frozen=True)
class Writing:
    """What to write."""

    name: str | None
    """The selection's name; made of ``kind`` and a digest otherwise."""
    kind: str
    out: Path | None
    exporter: str | None
    overwrite: bool


def show_presets(*, as_json: bool) -> None:
    """List the presets as the SQL they are."""
    if as_json:
        listed = {
            one.name: {**one.add_to(Request(), longest=True).said(), "what": one.what}
            for one in PRESETS.values()
        }
        print_json(listed, indent=2)
        return
    console = stdout()
    for one in PRESETS.values():
        request = one.add_to(Request(), longest=True)
        console.print(f"{one.name}: {one.what}")
        for number, condition in enumerate(request.where):
            console.print(f"  {'WHERE' if number == 0 else '  AND'} {condition}")
        if request.top is not None:
            console.print(f"  ORDER BY {request.by} DESC LIMIT {request.top}")
        if request.balance:
            console.print(f"  balanced by {', '.join(request.balance)}, {request.n} in all")
        if request.shuffle:
            console.print(f"  shuffled with seed {request.seed}")


def select_and_report(
    path: Path, request: Request, writing: Writing, *, dry_run: bool, as_json: bool, quiet: bool
) -> None:
    """Choose, print the funnel, write what is asked for."""
    plugins = plugins_with_warnings(quiet=quiet)
    request.check()
    with open_source(path) as source, damage_named(source, quiet=quiet):
        exporter = _exporter(writing, plugins) if writing.out else None
        display = Doing(stderr(quiet=quiet or as_json))
        diverse = None
        if request.diverse is not None:
            diverse = Diverse(source, request, plugins.pickers(), display.told)
            request = replace(request, embedder=request.embedder or diverse.embedder.name)
        if writing.out is not None:
            _check_out(source, writing.out, overwrite=writing.overwrite)
        name = writing.name
        if name is None:
            name = f"{writing.kind}-{store.digest(source, request)}"
        folder = store.folder_of(source, name)
        if not dry_run:
            store.check_free(folder, request, source, overwrite=writing.overwrite)
        with display:
            selection = select(
                source,
                request,
                keep=exporter is not None and not dry_run,
                makers=makers_of(plugins.taggers()),
                progress=display.told,
                diverse=diverse,
            )
        with selection:
            _report(selection, name, as_json=as_json, quiet=quiet)
            if selection.funnel.selected == 0:
                raise UsageError(f"no record of `{path}` is left", hint=_widest(selection.funnel))
            if dry_run:
                return
            source.on_damage = None  # each was named at the first reading
            with display:
                display.told("writing the selection", 0, None)
                store.write(folder, selection.ids(), _document(selection, source))
                if exporter is not None and writing.out is not None:
                    rows = export(
                        selection.records(),
                        exporter,
                        writing.out,
                        overwrite=writing.overwrite,
                        unanswered=_unanswered(exporter, quiet=quiet or as_json),
                    )
        if not quiet and not as_json:
            lines = stdout()
            lines.print(f"selection `{name}`: {shlex.quote(str(folder))}")
            if exporter is not None:
                lines.print(f"{rows:,} rows as {exporter.name} in {shlex.quote(str(writing.out))}")


def export_selection(
    path: Path,
    name: str,
    exporter: Exporter,
    out: str,
    limit: int | None,
    shard_rows: int | None = None,
    *,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Write the records of a selection that was made before, with the columns of every set."""
    display = Doing(stderr(quiet=quiet))
    unanswered = _unanswered(exporter, quiet=quiet)
    with open_source(path) as source, damage_named(source, quiet=quiet):
        if out == "-" and sys.stdout is None:
            raise UsageError("standard output is closed", hint="name a file: --out data.jsonl")
        if out != "-" and not is_url(out):
            _check_out(source, Path(out), overwrite=overwrite)
        with display, selected(source, name, display.told) as selection:
            source.on_damage = None  # each was named at the first reading
            if out == "-":
                export_to_stream(
                    selection.records(),
                    exporter,
                    sys.stdout.buffer,
                    limit=limit,
                    unanswered=unanswered,
                )
                return
            rows = export(
                selection.records(),
                exporter,
                out,
                limit=limit,
                shard_rows=shard_rows,
                overwrite=overwrite,
                unanswered=unanswered,
            )
    if not quiet:
        stdout().print(
            f"{rows:,} rows as {exporter.name} in {shown(out, shard_rows)}", soft_wrap=True
        )


def _unanswered(exporter: Exporter, *, quiet: bool) -> LeftOut:
    """Says how many records the format does not take."""
    return lambda count: note_unanswered(count, exporter, quiet=quiet)


def _document(selection: Selection, source: Source) -> dict[str, Any]:
    return {
        "source": source.identity,
        "asked": selection.request.said(),
        **selection.funnel.document(),
        "notes": selection.notes,
    }


def _report(selection: Selection, name: str, *, as_json: bool, quiet: bool) -> None:
    for one in selection.notes:
        note(one, quiet=quiet)
    if as_json:
        print_json({"name": name, **selection.funnel.document(), "notes": selection.notes})
    elif not quiet:
        _show(selection.funnel, stdout())


def _show(funnel: Funnel, console: Console) -> None:
    steps = [
        (visible(" ".join(f"{one.step}: {one.condition}".split())), one) for one in funnel.stages
    ]
    read = "records" + (f" ({funnel.damaged:,} damaged rows passed over)" if funnel.damaged else "")
    wide = min(72, max(len(text) for text in [read, *(text for text, _ in steps)]))
    console.print(f"{'step':<{wide}}  {'kept':>11}  {'removed':>11}  {'share':>6}")
    console.print(f"{read:<{wide}}  {funnel.read:>11,}")
    for text, one in steps:
        shown = text if len(text) <= wide else text[: wide - 1] + "…"
        unknown = f"  ({one.unknown:,} without a value)" if one.unknown else ""
        console.print(
            f"{shown:<{wide}}  {one.kept:>11,}  {one.removed:>11,}  {one.share:>6.1%}{unknown}"
        )
    if funnel.correlation:
        passed, chosen = (
            "none" if value is None else f"{value:+.2f}" for value in funnel.correlation.values()
        )
        console.print(
            f"correlation of response length and instruct_reward: {passed} among those that fulfil the "
            f"conditions, {chosen} among the selected"
        )


def _widest(funnel: Funnel) -> str:
    most = max(funnel.stages, key=lambda one: one.removed, default=None)
    if most is None:
        return "see what is there: magpie status"
    return (
        f"`{most.condition}` removed most: {most.removed:,}; leave it out, or look with --dry-run"
    )


def _exporter(writing: Writing, plugins: Plugins) -> Exporter:
    """The format asked for, or the one whose files end as FILE does.

    Raises:
        UsageError: no format, or an unknown one.
    """
    kinds = plugins.exporters()
    assert writing.out is not None
    if writing.exporter:
        return pick("format", writing.exporter, kinds)()
    suffix = writing.out.suffix.lower()
    by_suffix = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}
    if suffix not in by_suffix:
        raise UsageError(
            f"which format is `{writing.out}`? (known: {', '.join(sorted(kinds))})",
            hint=f"--out {shlex.quote(str(writing.out))} --to jsonl",
        )
    return pick("format", by_suffix[suffix], kinds)()


def _check_out(source: Source, out: Path, *, overwrite: bool) -> None:
    """See before the work that FILE can be written and is no part of the source.

    Raises:
        UsageError: it cannot, or it is.
    """
    target = out.resolve()
    place = source.place.resolve()
    own = ("records", "rejects", "failures", "tags", "neighbours", store.FOLDER)
    inside = any(target.is_relative_to(place / name) for name in own)
    if target == source.path.resolve() or inside or target == place / "run.toml":
        raise UsageError(
            f"`{out}` belongs to the source itself",
            hint=f"--out {shlex.quote(str(Path('exports') / out.name))}",
        )
    if out.exists() and not overwrite:
        raise UsageError(f"`{out}` exists", hint="choose another --out, or add --overwrite")
