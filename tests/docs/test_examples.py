"""The pieces of code and recipes on the how-to pages do what the page says."""

from __future__ import annotations

import asyncio
import re
import types
from pathlib import Path

from magpie_core import Draft
from magpie_core.plugins import load_plugins
from magpie_core.record import Record

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def code(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (HOWTO / page).read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def plugin(page: str) -> types.ModuleType:
    module = types.ModuleType("magpie_of_the_page")
    exec(code(page, "python"), vars(module))
    return module


def test_the_tagger():
    tagger = load_plugins({"of-the-page": plugin("my-tagger.md")}).taggers()["shouting"]()
    record = Record(id="a", index=0, instruction="HALF here", response="x")
    assert asyncio.run(tagger.tag([record], None)) == [{"capitals": 4 / 9}]


def test_the_filter():
    kind = load_plugins({"of-the-page": plugin("my-filter.md")}).filters()["shouting"]
    draft = Draft(index=0, instruction="LOUD")
    assert kind().reject(draft) == "shouting"
    assert kind(most=1.0).reject(draft) is None


def test_the_tagger_that_is_a_prompt(magpie, fake_run, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(code("my-tagger.md", "toml"), "utf-8")
    said = magpie(
        "tag", fake_run, "clarity", "--recipe", recipe, "--checkpoint", "tiny", "--dry-run"
    )
    assert said.code == 0, said.err
    assert "How clear is this instruction?" in said.out
    assert "clarity_why" in said.out
