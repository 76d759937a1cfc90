"""``magpie diversity``: say how diverse data sets are, side by side."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magpie_core.diversity.measured import Measured
    from magpie_core.embedded import Figure

EXAMPLES = """
\b
Examples:
  magpie diversity runs/first                              its instructions
  magpie diversity runs/first runs/second data.jsonl       side by side, from samples of one size
  magpie diversity runs/first --embedder minilm            smaller, faster, works offline
  magpie diversity runs/first --sample 2000 --seed 1 --json

\b
Figures, the higher the more diverse; all of them depend on the number of records:
  mean min_neighbor_distance  of all records, from the columns of `magpie dedup`
  distinct-1, distinct-2      different words, and pairs of words, per word and pair of the sample
  Vendi score                 of the sample's embeddings: so many different texts in effect
"""


@click.command(name="diversity", epilog=EXAMPLES)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--embedder",
    metavar="MODEL",
    help="mpnet, minilm, a folder, or owner/name (default: whose embeddings are there, else mpnet).",
)
@click.option(
    "--sample",
    type=int,
    default=10_000,
    show_default=True,
    metavar="N",
    help="Records that words and embeddings are of, at most.",
)
@click.option("--seed", type=int, default=42, show_default=True, help="Decides which records.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print the figures and errors only.")
def command(
    sources: tuple[Path, ...],
    embedder: str | None,
    sample: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how diverse the instructions of runs or data files are.

    Embeddings are those of `magpie dedup`, kept beside each source; what is missing is made. Nothing
    else is written. Interrupted, the same command goes on where the embeddings ended. All samples have
    the size of the smallest source where that has fewer than --sample records.
    """
    from magpie_core.cli.console import damage_reporter, print_json, stderr
    from magpie_core.cli.doing import Doing
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.dataset.source import open_source
    from magpie_core.diversity.measured import measure
    from magpie_core.neighbours.rows import refuse_twice
    from magpie_core.neighbours.vectors import chosen_embedder

    figures = plugins_with_warnings(quiet=quiet).figures()
    with ExitStack() as stack:
        opened = [stack.enter_context(open_source(one)) for one in sources]
        refuse_twice(opened)
        on_damage = stack.enter_context(damage_reporter(quiet=quiet))
        for one in opened:
            one.on_damage = on_damage
        model = chosen_embedder(opened, embedder)
        display = stack.enter_context(Doing(stderr(quiet=quiet or as_json)))
        found = measure(opened, figures, model, display.told, size=sample, seed=seed)
    if as_json:
        print_json(_document(found, model.name, seed))
        return
    _print(found, figures, model.name)
    if not quiet:
        _say_what_is_missing(found, figures)


def _document(found: Sequence[Measured], embedder: str, seed: int) -> dict[str, Any]:
    return {
        "embedder": embedder,
        "seed": seed,
        "sources": [
            {
                "source": str(one.source.path),
                "records": one.records,
                "sample": one.sample,
                "mean_min_neighbor_distance": one.distance,
                "min_neighbor_distance_of": one.distance_of,
                **{f"distinct_{n}": value for n, value in one.distinct.items()},
                "figures": one.figures,
            }
            for one in found
        ],
    }


def _print(found: Sequence[Measured], figures: Mapping[str, type[Figure]], embedder: str) -> None:
    from magpie_core.cli.console import stdout, visible

    sample = f"of {found[0].sample:,}"
    rows = [
        ("", [visible(one.source.path.name) for one in found]),
        ("records", [f"{one.records:,}" for one in found]),
        ("mean min_neighbor_distance", [_number(one.distance) for one in found]),
        *((f"distinct-{n}, {sample}", [_number(one.distinct[n]) for one in found])
          for n in found[0].distinct),
        *((f"{kind.what}, {sample} ({embedder})", [_number(one.figures[name]) for one in found])
          for name, kind in figures.items()),
    ]  # fmt: skip
    wide = max(len(label) for label, _ in rows)
    each = [max(len(values[at]) for _, values in rows) for at in range(len(found))]
    for label, values in rows:
        shown = "  ".join(f"{value:>{size}}" for value, size in zip(values, each, strict=True))
        stdout().print(f"{label:<{wide}}  {shown}")


def _say_what_is_missing(found: Sequence[Measured], figures: Mapping[str, type[Figure]]) -> None:
    import shlex

    from magpie_core.cli.console import stderr, visible
    from magpie_core.known import offered_by

    console = stderr()
    for one in found:
        if one.distance is None:
            path = shlex.quote(visible(str(one.source.path)))
            console.print(f"no min_neighbor_distance: magpie dedup {path}", soft_wrap=True)
    known = offered_by("figure")
    if known and not figures:
        console.print(f"no figure of embeddings ({known[0]}): pip install {known[1]}")


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
