"""What ``magpie tag --list`` prints: taggers, what they need, the columns they fill."""

from __future__ import annotations

from typing import Any

from magpie_core.cli.console import print_json, stdout, visible
from magpie_core.plugins import Plugins
from magpie_core.run.recipe import Recipe
from magpie_core.tagging.choosing import one_tagger
from magpie_core.tagging.custom import is_custom

NEEDS = {
    None: "no engine",
    "answer": "a checkpoint that answers",
    "score": "a checkpoint that scores",
}


def list_taggers(plugins: Plugins, recipe: Recipe, *, as_json: bool) -> None:
    """Print the installed taggers and those of the recipe."""
    own = [name for name, options in recipe.taggers.items() if is_custom(options)]
    found = [
        _described(name, recipe, plugins) for name in dict.fromkeys([*plugins.taggers(), *own])
    ]
    if as_json:
        print_json({"taggers": found}, indent=2)
        return
    console = stdout()
    for one in found:
        console.print(visible(f"{one['name']:12} {one['description']}"))
        console.print(visible(f"{'':12} columns: {', '.join(one['columns'])}"))
        console.print(f"{'':12} needs {NEEDS[one['needs']]}, looks at the {one['looks_at']}")
    if not found:
        console.print("no tagger is installed: pip install magpie-tagger-llm")


def _described(name: str, recipe: Recipe, plugins: Plugins) -> dict[str, Any]:
    kind = plugins.taggers().get(name) or type(one_tagger(name, recipe.taggers, plugins))
    said = (kind.__doc__ or "").strip().splitlines()
    return {
        "name": name,
        "description": said[0] if said else "",
        "columns": list(kind.schema.get("properties", {})),
        "needs": kind.needs,
        "looks_at": kind.looks_at,
    }
