"""``magpie families``: what is installed, what could be, and everything about one family."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from magpie_core.cli.families_command import _list, _show
from magpie_core.cli.family_facts import facts, literal, sampled_from
from magpie_core.known import ADAPTERS
from magpie_core.plugins import load_plugins

FAMILIES = load_plugins().families()


def plain(screen: io.StringIO, **more: Any) -> Console:
    return Console(file=screen, markup=False, emoji=False, highlight=False, **more)


def test_one_line_a_family_that_fits_80_columns(magpie):
    said = magpie("families")
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    for family in FAMILIES.values():
        (line,) = [one for one in lines if one.split()[:1] == [family.name]]
        assert line.split() == [family.name, family.status, family.default_checkpoint]
    assert "not installed" not in said.out
    assert "magpie families NAME" in lines[-2]


def test_families_stand_under_what_brings_them(magpie):
    blocks = [block.splitlines() for block in magpie("families").out.split("\n\n")]
    shown = {block[0]: [line.split()[0] for line in block[1:]] for block in blocks[:-1]}
    for name, families in ADAPTERS:
        assert shown[name] == list(families)
    assert "chatml" in shown["magpie-core"]


def test_what_could_be_installed(magpie, uninstall):
    uninstall("magpie-adapter-yi")
    blocks = magpie("families").out.split("\n\n")
    assert "magpie-adapter-yi (not installed)\nyi-1.5\npip install magpie-adapter-yi" in blocks
    assert not [block for block in blocks if block.startswith("yi-1.5 ")]
    document = json.loads(magpie("families", "--json").out)
    assert document["not_installed"] == [
        {
            "distribution": "magpie-adapter-yi",
            "families": ["yi-1.5"],
            "why": "not installed",
            "hint": "pip install magpie-adapter-yi",
        }
    ]
    said = magpie("families", "yi")
    assert said.code == 2
    assert "pip install magpie-adapter-yi" in said.err


def test_what_is_switched_off(magpie, monkeypatch):
    monkeypatch.setenv("MAGPIE_DISABLE", "adapter-deepseek")
    said = magpie("families")
    assert "magpie-adapter-deepseek (switched off)\ndeepseek-coder, " in said.out
    assert "take adapter-deepseek out of MAGPIE_DISABLE" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_what_could_be_is_grey(monkeypatch):
    monkeypatch.setenv("MAGPIE_DISABLE", "adapter-yi")
    screen = io.StringIO()
    _list(load_plugins(), plain(screen, force_terminal=True, color_system="standard"))
    assert "\x1b[2myi-1.5\x1b[0m" in screen.getvalue()
    assert "\x1b[2mqwen2.5" not in screen.getvalue()


def test_json_holds_every_fact(magpie):
    document = json.loads(magpie("families", "--json").out)
    assert document["not_installed"] == []
    assert [one["name"] for one in document["families"]] == list(FAMILIES)
    for one in document["families"]:
        family = FAMILIES[one["name"]]
        assert one["source"] == family.source
        assert one["status"] == family.status
        assert one["pre_query"] == family.pre_query
        assert one["distribution"].startswith("magpie-")
        assert one["version"]


@pytest.mark.parametrize("name", FAMILIES)
def test_one_family_is_shown_with_all_that_is_known_of_it(magpie, monkeypatch, name):
    said = magpie("families", name)
    family = FAMILIES[name]
    assert said.code == 0
    told = " ".join(said.out.split())
    for text in (family.title, family.source, *family.aliases, *family.checkpoints, *family.quirks):
        assert " ".join(text.split()) in told
    assert f"status {family.status}" in told
    for one in family.stop_token_ids:
        assert f" {one}" in told
    assert json.loads(magpie("families", name, "--json").out)["name"] == name


def test_one_family_by_what_people_type(magpie):
    assert magpie("families", "Llama 3.1").out.startswith("llama3.1 (magpie-adapter-llama ")
    said = magpie("families", "gema2")
    assert said.code == 2
    assert "hint: did you mean `gemma2`?" in said.err


def test_one_family_fits_80_columns(monkeypatch):
    screen = io.StringIO()
    plugins = load_plugins()
    for family in plugins.families().values():
        _show(family, plugins, plain(screen, width=80, soft_wrap=True))
    assert max(map(len, screen.getvalue().splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<s>[INST] ", "`<s>[INST]␣`"),
        (" [/INST]", "`␣[/INST]`"),
        ("user\n\n", "`user\\n\\n`"),
        ("a b", "`a b`"),
        ("a `tick`", "`` a `tick` ``"),
        ("back\\slash", "`back\\\\slash`"),
    ],
)
def test_tokens_as_text(text, shown):
    assert literal(text) == shown


def test_what_instructions_are_sampled_from_is_the_form_of_the_family():
    assert sampled_from(FAMILIES["llama3.1"]) == FAMILIES["llama3.1"].pre_query_bare
    assert sampled_from(FAMILIES["qwen2.5"]) == FAMILIES["qwen2.5"].pre_query


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_no_piece_is_left_out(family):
    shown = dict(facts(family))
    for text in shown.values():
        assert "\n" not in text
    assert shown["answer opens with"] == literal(family.user_to_assistant)
    assert literal(family.turn_append) == shown["next user turn"]
    assert len([row for row in facts(family) if row[0] == "note"]) == len(family.quirks)
