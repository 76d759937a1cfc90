"""The work of ``magpie push``: stage, show or push, and say what came of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from magpie_core.choices import pick
from magpie_core.cli.console import damage_named, print_json, stderr, stdout, visible, warn
from magpie_core.cli.doing import Doing
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.dataset.source import RunSource, Source, open_source
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.export.pairs import PairRows
from magpie_core.plugins import Plugins
from magpie_core.publish.hub import Pushed, check_login, push
from magpie_core.publish.layout import Layout, stage, write_to
from magpie_core.publish.request import Request
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import wanted

STAGED = Path("exports", "push")
PAIRS = "trl-preference"


def publish(
    path: Path,
    repo: str | None,
    request: Request,
    to_folder: Path | None,
    *,
    dry_run: bool,
    public: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Do what the command line asks for.

    Raises:
        UsageError, HubError, StorageError: as the steps say.
    """
    plugins = plugins_with_warnings(quiet=quiet)
    pushing = repo is not None and to_folder is None and not dry_run
    display = Doing(stderr(quiet=quiet or as_json))
    pushed: Pushed | None = None
    if pushing:
        assert repo is not None
        check_login(repo)
    with open_source(path) as source, damage_named(source, quiet=quiet):
        request = replace(request, limit=request.limit or _wanted(source))
        exporters = _exporters(source, request, plugins)

        def build(place: Path) -> Layout:
            return stage(
                source,
                exporters,
                request,
                place,
                plugins.models(),
                online=pushing,
                told=display.told,
            )

        try:
            with display:
                if to_folder is not None and not dry_run:
                    layout = write_to(to_folder, build)
                else:
                    name = (repo or request.title).replace("/", "--")
                    layout = build(source.place / STAGED / name)
                if pushing:
                    assert repo is not None
                    pushed = push(layout, repo, public=public, told=display.told)
        except KeyboardInterrupt:
            if pushing:
                stderr(quiet=quiet).print("stopped; the same command goes on where it was")
            raise
    if as_json:
        print_json(_document(layout, repo, pushed, dry_run=dry_run))
    else:
        _say(layout, repo, pushed, dry_run=dry_run, quiet=quiet)
    if public and pushed is not None and pushed.private:
        stderr(quiet=quiet).print(
            f"note: `{repo}` was there and stays private; its settings on the hub change that",
            soft_wrap=True,
        )


def _exporters(source: Source, request: Request, plugins: Plugins) -> dict[str, Exporter]:
    """The formats by name, in order; where none is asked for, messages and the pairs there are.

    Raises:
        UsageError: an unknown format.
    """
    names = request.formats
    if not names:
        pairs = any(source.place.glob("preferences/*/columns.toml"))
        names = ("messages", PAIRS) if pairs else ("messages",)
    made = {name: pick("format", name, plugins.exporters())() for name in names}
    made = {one.name: one for one in made.values()}
    if request.preferences is not None:
        takers = [one for one in made.values() if isinstance(one, PairRows)]
        if not takers:
            raise UsageError(
                f"no format writes pairs, so --preferences `{request.preferences}` says nothing",
                hint=f"--to messages --to {PAIRS}",
            )
        for one in takers:
            one.preferences = request.preferences
    return made


def _wanted(source: Source) -> int | None:
    """As many records as a run was asked for."""
    if not isinstance(source, RunSource):
        return None
    with RunFolder.open(source.path, write=False) as folder:
        return wanted(folder.manifest, str(source.path))


def _document(
    layout: Layout, repo: str | None, pushed: Pushed | None, *, dry_run: bool
) -> Mapping[str, object]:
    return {
        "folder": str(layout.folder),
        "files": {path: size for path, (size, _) in layout.files.items()},
        "rows": layout.rows,
        "without": layout.without,
        "unsplit": layout.unsplit,
        "warnings": layout.warnings,
        "repo": repo,
        "dry_run": dry_run,
        "card": layout.card if dry_run else None,
        "url": pushed.url if pushed else None,
        "sent": pushed.sent if pushed else 0,
        "unchanged": pushed.unchanged if pushed else 0,
        "removed": pushed.removed if pushed else 0,
        "private": pushed.private if pushed else None,
    }


def _say(
    layout: Layout, repo: str | None, pushed: Pushed | None, *, dry_run: bool, quiet: bool
) -> None:
    for one in () if quiet else layout.warnings:
        warn(one)
    _say_left_out(layout, quiet=quiet)
    if quiet:
        return
    console = stdout()
    if dry_run:
        for path, (size, _) in layout.files.items():
            console.print(f"{size:>14,}  {path}")
        console.print(f"{layout.bytes:>14,}  bytes in {len(layout.files)} files\n")
        console.print(visible(layout.card))
        return
    for name, splits in layout.rows.items():
        said = ", ".join(f"{count:,} {split}" for split, count in splits.items())
        console.print(f"{name}: {said}")
    if pushed is None:
        console.print(f"written to {shlex.quote(str(layout.folder))}")
        return
    who = "private" if pushed.private else "public"
    console.print(
        f"{pushed.url} ({who}): {pushed.sent} files sent, {pushed.unchanged} were there"
        + (f", {pushed.removed} old ones removed" if pushed.removed else "")
    )
    console.print(f'load it: datasets.load_dataset("{repo}")')


def _say_left_out(layout: Layout, *, quiet: bool) -> None:
    notices = stderr(quiet=quiet)
    if layout.unsplit:
        notices.print(
            f"note: {layout.unsplit:,} records are in no file of the split and are left out"
        )
    for name, count in layout.without.items():
        notices.print(
            f"note: {count:,} records have nothing for `{name}` and are not in it", soft_wrap=True
        )
