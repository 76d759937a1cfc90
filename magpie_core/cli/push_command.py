"""``magpie push``: publish a data set on the hub, with a card."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

EXAMPLES = """
\b
Examples:
  magpie push runs/first me/first-magpie --dry-run          the files and the card; no network
  magpie push runs/first me/first-magpie --license apache-2.0
  magpie push runs/first me/best --selection best --splits parts --public
  magpie push runs/first --to-folder out                    then: datasets.load_dataset("out")
"""


@click.command(name="push", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("repo", metavar="[OWNER/NAME]", required=False)
@click.option("--dry-run", is_flag=True, help="Print the files and the card; no network, no push.")
@click.option(
    "--to-folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write what would be pushed into an empty folder, and push nothing; no network.",
)
@click.option("--public", is_flag=True, help="Everybody may see it.  [default: only its owner]")
@click.option(
    "--to",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="Format of the rows, see `magpie export`; several become configurations, the first is the default "
    "one.  [default: messages, and trl-preference where `magpie prefer` made pairs]",
)
@click.option("--selection", metavar="NAME", help="Only the records that `magpie select` chose.")
@click.option(
    "--splits",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Splits as `magpie split` wrote them.",
)
@click.option("--preferences", metavar="NAME", help="Pairs of this set, where there are several.")
@click.option("-n", "limit", type=click.IntRange(min=1), help="Only the first N records.")
@click.option("--license", "licence", metavar="ID", help="Of the data set: apache-2.0, cc-by-4.0 …")
@click.option(
    "--model-license",
    "model_licences",
    multiple=True,
    metavar="CHECKPOINT=ID",
    help="Licence of a checkpoint whose card does not say it.",
)
@click.option("--title", help="Name for people.  [default: that of the repository]")
@click.option(
    "--shard-mb",
    type=click.IntRange(min=1),
    default=250,
    show_default=True,
    help="About how much text in a file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path,
    repo: str | None,
    dry_run: bool,
    to_folder: Path | None,
    public: bool,
    formats: tuple[str, ...],
    selection: str | None,
    splits: Path | None,
    preferences: str | None,
    limit: int | None,
    licence: str | None,
    model_licences: tuple[str, ...],
    title: str | None,
    shard_mb: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Publish a run or a file: Parquet shards and a card that says how they were made.

    The card names the models and their licences, the columns, figures, settings and limits; no path of this
    machine and no key. The files wait in RUN/exports/push until they are there: the same command after an
    interruption goes on, and nothing is seen before all of it is. You log in with `hf auth login`.
    """
    from magpie_core.cli.push_report import publish
    from magpie_core.errors import UsageError
    from magpie_core.publish.names import check_repo
    from magpie_core.publish.request import Request

    if repo is None and to_folder is None:
        raise UsageError(
            "where to? neither OWNER/NAME nor --to-folder is given",
            hint=f"magpie push {shlex.quote(str(run))} YOUR-NAME/{run.name} --dry-run",
        )
    if repo is not None:
        check_repo(repo)
    where = repo or (to_folder.name if to_folder else "")
    request = Request(
        formats=formats,
        selection=selection,
        preferences=preferences,
        splits=splits,
        limit=limit,
        shard_mb=shard_mb,
        title=title or where.rpartition("/")[2],
        where=where,
        licence=licence,
        model_licences=_pairs(model_licences),
    )
    publish(
        run, repo, request, to_folder, dry_run=dry_run, public=public, as_json=as_json, quiet=quiet
    )


def _pairs(said: tuple[str, ...]) -> dict[str, str]:
    """``CHECKPOINT=ID`` as a dictionary.

    Raises:
        UsageError: one is no such pair.
    """
    from magpie_core.errors import UsageError

    found = {}
    for one in said:
        name, _, id = one.rpartition("=")
        if not name or not id:
            raise UsageError(
                f"`{one}` is no CHECKPOINT=ID", hint="--model-license my-org/my-model=apache-2.0"
            )
        found[name] = id
    return found
