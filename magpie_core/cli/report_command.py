"""``magpie report``: one page of figures and records of a run, or of several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from magpie_core.cli.limits import price_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magpie_core.dataset.source import Source
    from magpie_core.report.make import Report

EXAMPLES = """
\b
Examples:
  magpie report runs/first                             runs/first/report.html, opens offline
  magpie report runs/first runs/second data.jsonl -o both.html    side by side
  magpie report runs/first --figures figures --format svg         each figure as a file, too
  magpie report runs/first --json > numbers.json       every number, no page
  magpie report runs/first --price-per-gpu-hour 2.5    what it cost
  magpie report runs/first --no-map --rows 100         faster, smaller

\b
What is not there yet is left out, and the page says what makes it:
  magpie tag runs/first quality difficulty category    their distributions, the heat map
  magpie tag runs/first language reward                theirs
  magpie dedup runs/first                              distances, the map, the Vendi score
"""
INSTALL = "pip install 'magpie-core[report]'"
NAME = "report.html"


@click.command(name="report", epilog=EXAMPLES)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The page.  [default: report.html beside the first run's records]",
)
@click.option(
    "--rows",
    type=click.IntRange(min=0),
    default=500,
    show_default=True,
    metavar="N",
    help="Records of each data set to read on the page; 0: no text of any record.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=5),
    default=3_000,
    show_default=True,
    metavar="N",
    help="Instructions on the map, of all data sets together.",
)
@click.option("--no-map", is_flag=True, help="Leave the map out.")
@click.option(
    "--embedder", metavar="MODEL", help="Whose embeddings the map shows (default: those there)."
)
@click.option(
    "--seed", type=int, default=42, show_default=True, help="Decides which records are drawn."
)
@click.option(
    "--figures", type=click.Path(path_type=Path), metavar="FOLDER", help="Write each figure there."
)
@click.option(
    "--format", "form", metavar="png|svg", default="png", show_default=True, help="Of the figures."
)
@click.option(
    "--theme",
    metavar="light|dark",
    default="light",
    show_default=True,
    help="Of the figures; the page has both.",
)
@price_options
@click.option("--json", "as_json", is_flag=True, help="Print every number as JSON, write no page.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    sources: tuple[Path, ...],
    out: Path | None,
    rows: int,
    sample: int,
    no_map: bool,
    embedder: str | None,
    seed: int,
    figures: Path | None,
    form: str,
    theme: str,
    as_json: bool,
    show: bool,
    quiet: bool,
    **prices: Any,
) -> None:
    """Show what is in runs or data files: one page that opens without a network.

    The funnel with what was turned down; lengths, tags and rewards; near-duplicates; a map of the
    instructions; diversity; speed and cost; settings; records to read. The page asks nothing of any
    machine and may be passed on: it holds no path, no key, but the records it shows.
    """
    from magpie_core.cli.console import damage_reporter, print_json, stderr
    from magpie_core.cli.limits import take_limits
    from magpie_core.errors import UsageError
    from magpie_core.report.document import plain
    from magpie_core.report.make import Options

    limits = take_limits(prices)
    form = _one_of("--format", form, ("png", "svg"))
    theme = _one_of("--theme", theme, ("light", "dark"))
    if as_json and (out is not None or show):
        raise UsageError("--json writes no page", hint="leave out -o and --open, or --json")
    needs = ["duckdb", "pyarrow", "numpy", *([] if no_map else ["sklearn"])]
    _require(*needs, *([] if as_json and figures is None else ["altair", "vl_convert"]))
    options = Options(
        rows=0 if as_json else rows,
        on_map=0 if no_map else sample,
        embedder=embedder,
        seed=seed,
        prices=limits.prices,
    )
    from contextlib import ExitStack

    from magpie_core.cli.doing import Doing
    from magpie_core.dataset.source import open_source
    from magpie_core.neighbours.rows import refuse_twice

    with ExitStack() as stack:
        opened = [stack.enter_context(open_source(one)) for one in sources]
        refuse_twice(opened)
        target = None if as_json else _target(out, opened)
        on_damage = stack.enter_context(damage_reporter(quiet=quiet))
        for one in opened:
            one.on_damage = on_damage
        display = stack.enter_context(Doing(stderr(quiet=quiet)))
        report = _made(opened, options, display, quiet=quiet)
        drawn = _written(report, target, figures, form, theme, display)
    if as_json:
        print_json(plain(report.numbers))
        return
    assert target is not None
    if not quiet:
        _say(report, opened, target, figures, drawn)
    if show:
        click.launch(str(target.resolve()))


def _one_of(option: str, value: str, choices: Sequence[str]) -> str:
    from magpie_core.choices import nearest
    from magpie_core.errors import UsageError

    if value in choices:
        return value
    near = nearest(value.lower(), choices)
    raise UsageError(
        f"{option} `{value}` is none of {', '.join(choices)}",
        hint=f"did you mean `{near[0]}`?" if near else f"{option} {choices[0]}",
    )


def _require(*modules: str) -> None:
    """See that the libraries of the extra are there, before any work is done."""
    from importlib.util import find_spec

    from magpie_core.errors import MissingEngineError

    for module in modules:
        if find_spec(module) is None:
            raise MissingEngineError(
                f"a report needs `{module}`, which is not installed", hint=INSTALL
            )


def _target(out: Path | None, opened: Sequence[Source]) -> Path:
    """Where the page goes; never over what a source holds."""
    import shlex

    from magpie_core.dataset.source import RunSource
    from magpie_core.errors import UsageError

    first = opened[0]
    if out is None:
        return (
            first.path / NAME
            if isinstance(first, RunSource)
            else first.path.with_name(f"{first.path.name}.{NAME}")
        )
    if out.is_dir():
        raise UsageError(f"`{out}` is a folder", hint=f"-o {shlex.quote(str(out / NAME))}")
    for one in opened:
        same = out.resolve() == one.path.resolve()
        if same or (isinstance(one, RunSource) and one.owns(out)):
            raise UsageError(
                f"`{out}` belongs to `{one.path}` itself", hint=f"-o {shlex.quote(NAME)}"
            )
    return out


def _made(opened: Sequence[Source], options: Any, display: Any, *, quiet: bool) -> Report:
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.report.make import make

    figures = plugins_with_warnings(quiet=quiet).figures()
    return make(opened, figures, options, display.told)


def _written(
    report: Report, target: Path | None, folder: Path | None, form: str, theme: str, display: Any
) -> int:
    """Write the page and the figures; how many of these."""
    if target is None and folder is None:
        return 0
    from magpie_core.report.figures import figures

    display.told("drawing", 0, None)
    drawn = figures(report)
    if target is not None:
        from magpie_core.report.html import page
        from magpie_core.run.atomic import write_atomic

        write_atomic(target, page(report, drawn).encode())
    if folder is None:
        return 0
    from magpie_core.report.pictures import write_pictures

    return len(write_pictures(drawn, folder, form, theme, display.told))


def _say(
    report: Report, opened: Sequence[Source], target: Path, folder: Path | None, drawn: int
) -> None:
    from magpie_core.cli.console import stdout, visible
    from magpie_core.report.words import with_path

    console = stdout()
    size = target.stat().st_size / 1e6
    records = sum(one.records for one in report.numbers.sets)
    console.print(visible(f"{target}: {records:,} records, {size:.1f} MB"))
    if folder is not None:
        console.print(visible(f"{folder}: {drawn} figures"))
    for one, source in zip(report.numbers.sets, opened, strict=True):
        for note in one.notes:
            console.print(visible(f"note on {one.name}: {with_path(note, source)}"))
