"""Options under headings: each once, none lost, and no heading for an option that is gone."""

from __future__ import annotations

import re

import click

from magpie_core.cli.run_command import SECTIONS, command
from magpie_core.cli.sections import sectioned


def test_every_option_of_run_stands_under_one_heading(magpie):
    said = magpie("run", "--help").out
    names = {one.name for one in command.params if isinstance(one, click.Option)}
    listed = [name for section in SECTIONS.values() for name in section]
    assert len(listed) == len(set(listed))
    assert set(listed) <= names
    assert names - set(listed) == {"dry_run", "as_json", "quiet"}
    flags = [flag for one in command.params if isinstance(one, click.Option) for flag in one.opts]
    for flag in flags:
        assert len(re.findall(rf"^  .*{flag}\b", said, re.MULTILINE)) >= 1, flag
    assert [line[:-1] for line in said.splitlines() if line in {f"{one}:" for one in SECTIONS}] == (
        list(SECTIONS)
    )


def test_what_stands_under_no_heading_comes_last():
    @click.command(cls=sectioned({"First": ["b"], "Empty": ["none"]}))
    @click.option("--a", help="the a")
    @click.option("--b", help="the b")
    @click.argument("c")
    def some(**_: str) -> None:
        """Do something."""

    text = some.get_help(click.Context(some))
    assert text.index("First:") < text.index("the b") < text.index("Options:") < text.index("the a")
    assert "Empty" not in text
