"""``magpie new``: a complete distribution for a plugin of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from magpie_core.plugins import Plugins
    from magpie_core.scaffold.files import Wanted
    from magpie_core.scaffold.names import Names

EXAMPLES = """
\b
Examples:
  magpie new adapter parrot --from ./parrot-2b-chat    facts read off the checkpoint: nothing left to fill in
  magpie new adapter parrot                            facts to be filled in
  magpie new filter shouting --author "Jo Doe" --url https://example.org/shouting
  magpie new tagger politeness --into ~/code
  magpie new backend my-engine --dry-run               what would be written, and nothing is

\b
KIND is one of
  adapter   a family of models: chat format, stop tokens, sampling defaults
  filter    turns instructions or responses down, with a reason
  tagger    adds columns to finished records
  backend   an engine: token ids in, token ids out
"""
HOUSE_AUTHOR = "The Magpie developers"


@click.command(name="new", epilog=EXAMPLES)
@click.argument("kind")
@click.argument("name")
@click.option(
    "--from",
    "checkpoint",
    metavar="CHECKPOINT",
    help="Of an adapter: fill the facts in from this checkpoint's chat template.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the new folder into DIR.  [default: here; in Magpie's own repository where its kind stands]",
)
@click.option("--title", metavar="TEXT", help="Name for tables.  [default: made of NAME]")
@click.option("--author", metavar="TEXT", help="Who stands in pyproject.toml.")
@click.option("--url", metavar="URL", help="Home page, for pyproject.toml.")
@click.option("--dry-run", is_flag=True, help="List the files and write none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    kind: str,
    name: str,
    checkpoint: str | None,
    into: Path | None,
    title: str | None,
    author: str | None,
    url: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write a distribution of KIND called NAME: pyproject.toml, package, contract test, README, changelog.

    It installs as it is. What only its author knows is left to fill in; until then its test says what.
    Nothing is ever written over.
    """
    from magpie_core.choices import nearest
    from magpie_core.cli.console import print_json, stdout, visible
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.errors import UnknownNameError, UsageError
    from magpie_core.scaffold.files import KINDS, Wanted, rendered
    from magpie_core.scaffold.names import checked_text, names_of
    from magpie_core.scaffold.place import (
        check_free,
        folder_for,
        in_house,
        refuse_what_is_there,
        write,
    )

    if kind not in KINDS:
        near = nearest(kind, KINDS) or KINDS[:1]
        raise UnknownNameError(
            f"unknown kind of plugin `{kind}` (there are: {', '.join(KINDS)})",
            hint=f"magpie new {near[0]} {name}",
        )
    names = names_of(kind, name)
    if checkpoint is not None and kind != "adapter":
        raise UsageError(
            f"--from reads the facts of a model family, and a {kind} has none",
            hint=f"magpie new {kind} {name}",
        )
    folder = folder_for(names, into)
    refuse_what_is_there(folder)
    house = into is None and in_house(Path())
    said = {"--title": title, "--author": author, "--url": url}
    given = {
        option: checked_text(option, text) for option, text in said.items() if text is not None
    }
    plugins = plugins_with_warnings(quiet=as_json)
    check_free(names, plugins)
    title, facts = given.get("--title", names.title), None
    if checkpoint is not None:
        title, facts = _facts(names, checkpoint, given.get("--title"), plugins)
    wanted = Wanted(
        names=names,
        title=title,
        facts=facts,
        author=given.get("--author", HOUSE_AUTHOR if house else None),
        url=given.get("--url"),
        house=house,
    )
    files, following = rendered(wanted), _next_commands(wanted, folder)
    if not dry_run:
        write(files, folder)
    if as_json:
        print_json(
            {"folder": str(folder), "files": list(files), "written": not dry_run, "next": following}
        )
        return
    console = stdout()
    console.print(visible(f"{'would write' if dry_run else 'wrote'} {folder}/"))
    for path in files:
        console.print(visible(f"  {path}"))
    console.print("\nnext:")
    for line in following:
        console.print(visible(f"  {line}"))


def _facts(names: Names, checkpoint: str, title: str | None, plugins: Plugins) -> tuple[str, str]:
    """Title and module of an adapter's family, derived from ``checkpoint``."""
    import msgspec

    from magpie_core.cli.as_family import as_python, derived_family
    from magpie_core.cli.options import build_recipe
    from magpie_core.opening import absolute

    place = absolute(checkpoint)  # a folder, found from wherever the adapter is used
    recipe = build_recipe(None, {"checkpoint": place, "backend": "fake"})
    family, notes = derived_family(recipe, plugins, name=names.name)
    if title is None:
        derived = family.title.replace('"', "").replace("\\", "")
        title = derived if derived != derived.lower() else names.title
    family = msgspec.structs.replace(family, title=title)
    return title, as_python(family, notes)


def _next_commands(wanted: Wanted, folder: Path) -> list[str]:
    """What to type next, in order."""
    names, where = wanted.names, shlex.quote(str(folder))
    module = f"src/{names.package}/{names.snake}.py"
    fill_in = {
        "adapter": f"magpie probe CHECKPOINT --as-family --name {names.name} > {module}",
        "filter": f"$EDITOR {module} tests/test_contract.py   # what it turns down, and what it keeps",
        "tagger": f"$EDITOR {module} tests/test_contract.py   # its columns, and what they follow from",
        "backend": f"$EDITOR {module}   # open and complete",
    }[names.kind]
    install = "pip install -e '.[test]'"
    if wanted.house:
        install = "pip install --no-build-isolation --no-deps -e ."
    use = {
        "adapter": f"magpie run --family {names.name} --backend fake -n 10 -o runs/{names.name}",
        "filter": rf"printf '[filters.{names.snake}]\nenabled = true\n' > try.toml"
        f" && magpie run try.toml -n 10 -o runs/{names.name}",
        "tagger": f"magpie tag runs/first {names.snake}",
        "backend": f"magpie run --backend {names.name} --checkpoint tiny -n 10 -o runs/{names.name}",
    }[names.kind]
    steps = [
        f"cd {where}",
        fill_in,
        install,
        "python -m pytest -x   # says what is left to fill in",
        use,
    ]
    if wanted.facts:
        steps.remove(fill_in)
    if wanted.house:
        steps.append("cd ../.. && make docs   # and see CONTRIBUTING.md: known.py, tiny_families")
    return steps
