"""``magpie dedup``: find near-duplicate instructions."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from magpie_core.cli.elsewhere import elsewhere_options, take_elsewhere

if TYPE_CHECKING:
    from magpie_core.neighbours.kind import Kind, Report
    from magpie_core.runner import Runner

EXAMPLES = """
\b
Examples:
  magpie dedup runs/first                              columns beside the run, nothing is rewritten
  magpie dedup runs/first runs/second data.jsonl       across all of them
  magpie dedup runs/first --embedder minilm            smaller, faster, works offline
  magpie dedup runs/first --best instruct_reward       of each group the highest reward stays
  magpie dedup runs/first --minhash                    the same words, no model needed
  magpie dedup runs/first --on ray --workers 8         embedded on eight GPUs, searched here
  magpie select runs/first --where duplicate_keep --out data.jsonl --to messages

\b
Columns (of squared L2 distances between unit vectors, 2 - 2 cosine):
  min_neighbor_distance        to the nearest other record
  repeat_count                 records nearer than --threshold, itself not counted
  min_similar_conversation_id  the first of the record and those; empty without any
  duplicate_group              the first record of its group: near ones, theirs, and so on
  duplicate_keep               whether it is the one of its group that stays
"""


@click.command(name="dedup", epilog=EXAMPLES)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--embedder",
    default="mpnet",
    show_default=True,
    metavar="MODEL",
    help="mpnet, minilm, a folder, or owner/name of a sentence-transformers model.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 2, min_open=True, max_open=True),
    metavar="DISTANCE",
    help="Near-duplicates are nearer than this (default 0.05: cosine 0.975).",
)
@click.option("--best", metavar="COLUMN", help="Keep the highest of COLUMN, not the first record.")
@click.option("--minhash", is_flag=True, help="Compare words, not meaning; columns text_*.")
@click.option(
    "--similarity",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="With --minhash: duplicates share this much of their word sequences (default 0.8).",
)
@click.option(
    "--as",
    "name",
    metavar="NAME",
    help="Name of the columns: neighbours/NAME (default: the model's).",
)
@click.option(
    "--approximate-above",
    type=click.IntRange(min=0),
    metavar="ROWS",
    help="More rows are searched approximately on a CPU, with the recall said (default 2,000,000).",
)
@click.option("--exact", is_flag=True, help="Never approximate.")
@click.option("--device", metavar="DEVICE", help="cpu or cuda; default: a GPU where there is one.")
@elsewhere_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    sources: tuple[Path, ...],
    embedder: str,
    threshold: float | None,
    best: str | None,
    minhash: bool,
    similarity: float | None,
    name: str | None,
    approximate_above: int | None,
    exact: bool,
    device: str | None,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Find records whose instructions say the same, and say which one of each group stays.

    Embeds the instructions (beginnings of very long ones: what the model reads), keeps the embeddings
    beside the source, and searches all pairs. Nothing is removed: `magpie select` does that. The same
    command again does nothing; after records were added it replaces the columns. Killed or
    interrupted, it goes on where the embeddings ended.
    """
    from magpie_core.cli.console import damage_reporter, print_json
    from magpie_core.cli.going_on import said_when_stopped
    from magpie_core.dataset.source import open_source
    from magpie_core.errors import UsageError
    from magpie_core.neighbours.dedup import THRESHOLD, Options, dedup
    from magpie_core.neighbours.minhash import THRESHOLD as SIMILARITY
    from magpie_core.run.events import events_of

    elsewhere = take_elsewhere(flags)
    _check(minhash, threshold, similarity, name, exact, approximate_above)
    if minhash and elsewhere.on is not None:
        raise UsageError("--on is for embeddings, and --minhash makes none", hint="leave out --on")
    runner = None
    if elsewhere.on is not None:
        from magpie_core.cli.load import plugins_with_warnings

        runner = elsewhere.runner(plugins_with_warnings(quiet=quiet))
    kind, default = _kind(minhash, embedder, approximate_above, exact, device, runner)
    level = (similarity or SIMILARITY) if minhash else (threshold or THRESHOLD)
    options = Options(threshold=level, best=best, name=name or default)
    with ExitStack() as stack:
        opened = [stack.enter_context(open_source(one)) for one in sources]
        on_damage = stack.enter_context(damage_reporter(quiet=quiet))
        for one in opened:
            one.on_damage = on_damage
        stack.enter_context(said_when_stopped(lambda: _what_is_kept(minhash=minhash), quiet=quiet))
        with events_of(opened[0].place, "dedup") as facts:
            report = dedup(opened, kind, options, _shown(quiet=quiet or as_json))
            facts |= {"name": options.name, "rows": report.rows, "near": report.near}
    if as_json:
        print_json(_document(report))
    elif not quiet:
        _print(report, kind, sources)


def _check(
    minhash: bool,
    threshold: float | None,
    similarity: float | None,
    name: str | None,
    exact: bool,
    approximate_above: int | None,
) -> None:
    from magpie_core.errors import UsageError
    from magpie_core.neighbours.embedders import folder_name

    if similarity is not None and not minhash:
        raise UsageError("--similarity is of --minhash", hint="of embeddings: --threshold 0.05")
    if threshold is not None and minhash:
        raise UsageError("--threshold is of embeddings", hint="of --minhash: --similarity 0.8")
    if exact and approximate_above is not None:
        raise UsageError("--exact and --approximate-above exclude each other", hint="give one")
    if name is not None and folder_name(name) != name:
        raise UsageError(f"`{name}` is no name for a folder", hint=f"--as {folder_name(name)}")


def _kind(
    minhash: bool,
    embedder: str,
    approximate_above: int | None,
    exact: bool,
    device: str | None,
    runner: Runner | None,
) -> tuple[Kind, str]:
    """What searches, and the name of its columns."""
    from magpie_core.neighbours.approximate import ABOVE
    from magpie_core.neighbours.by_embedding import ByEmbedding
    from magpie_core.neighbours.by_text import ByText
    from magpie_core.neighbours.devices import checked_device
    from magpie_core.neighbours.embedders import Embedder, require

    if minhash:
        require("numpy", "scipy", "datasketch")
        return ByText(), "minhash"
    require("numpy", "scipy", "torch", "sentence_transformers")
    chosen = Embedder(embedder, checked_device(device))
    above = None if exact else ABOVE if approximate_above is None else approximate_above
    return ByEmbedding(chosen, above, device, runner), chosen.name


def _shown(*, quiet: bool) -> Any:
    """What shows the progress of each piece of work."""
    from magpie_core.cli.counting import counting

    @contextmanager
    def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        with counting(what, total, quiet=quiet) as tick:
            shown = 0

            def tell(done: int) -> None:
                nonlocal shown
                for _ in range(done - shown):
                    tick()
                shown = max(shown, done)

            yield tell

    return progress


def _what_is_kept(*, minhash: bool) -> str:
    if minhash:
        return "nothing was written. The same command begins again."
    return "the embeddings made so far are kept. Go on with the same command."


def _document(report: Report) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "near": report.near,
        "groups": report.groups,
        "largest_group": report.largest,
        "kept": report.kept,
        "removed": report.removed,
        "without": report.without,
        "mean_distance": report.mean_distance,
        "embedded": report.embedded,
        "up_to_date": report.up_to_date,
        "recall": report.recall,
        "folders": [str(one) for one in report.folders],
    }


def _print(report: Report, kind: Kind, sources: Sequence[Path]) -> None:
    from magpie_core.cli.console import stdout, visible

    console = stdout()
    if report.up_to_date:
        console.print("up to date: nothing was added or changed since")
    share = report.near / report.rows
    console.print(f"{report.rows:,} records, {report.near:,} with a near-duplicate ({share:.1%})")
    console.print(
        f"{report.groups:,} groups, the largest of {report.largest:,}; one of each stays: "
        f"{report.kept:,} kept, {report.removed:,} not"
    )
    if report.mean_distance is not None:
        console.print(f"mean {kind.columns['distance']} {report.mean_distance:.4f}")
    if report.without and kind.all_pairs:
        console.print(f"{report.without:,} records have nothing to be compared with")
    if report.recall is not None:
        near, nearest = report.recall["near"], report.recall["nearest"]
        console.print(
            f"the search was approximate: it found {near:.2%} of the near-duplicates and "
            f"{nearest:.2%} of the nearest neighbours of a sample (--exact finds all)"
        )
    for folder in report.folders:
        console.print(visible(f"columns in {shlex.quote(str(folder))}"))
    first = shlex.quote(str(sources[0]))
    console.print(
        visible(f"\nnext: magpie select {first} --where {kind.columns['keep']} --out data.jsonl")
    )
