"""Every command in the README, the tutorial and the how-to pages is run, or at least understood.

A fenced ``bash`` block is run, line by line in one folder a page, as it stands. A block that needs a network, a GPU or
something of the reader's has a comment before it, ``<!-- not run: why -->``: then each of its ``magpie`` lines must be
one that the command line takes, option by option. ``<!-- file: NAME -->`` before a block puts the TOML block above it
into that file first. Blocks of another language are not commands.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from magpie_core.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in ("tutorial.md", "publishing.md")),
    *sorted((ROOT / "docs" / "howto").glob("*.md")),
]
BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^>]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SECONDS = 900


@dataclass
class Block:
    text: str
    language: str
    mark: str
    line: int

    @property
    def commands(self) -> list[str]:
        """One a line, those that go on over several put together, comments gone."""
        joined = self.text.replace("\\\n", " ")
        return [
            one for one in joined.splitlines() if one.strip() and not one.lstrip().startswith("#")
        ]


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(f["text"], f["language"], f["mark"] or "", text.count("\n", 0, f.start()) + 1)
        for f in BLOCK.finditer(text)
    ]


def shell(page: Path, *, run: bool) -> list[Block]:
    chosen = [one for one in blocks(page) if one.language in ("bash", "sh", "console")]
    return [one for one in chosen if one.mark.startswith("not run:") != run]


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if shell(p, run=True)], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_commands_run_as_they_stand(page, tmp_path):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / ".hf"),
        "COLUMNS": "100",
    }
    before = ""
    for block in blocks(page):
        if block.language == "toml":
            before = block.text
        if block.mark.startswith("file:"):
            (tmp_path / block.mark.removeprefix("file:").strip()).write_text(before)
        if block.language != "bash" or block.mark.startswith("not run:"):
            continue
        for command in block.commands:
            done = subprocess.run(
                ["bash", "-ec", command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            where = f"{page.name}, block at line {block.line}: {command}"
            assert done.returncode == 0, f"{where}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr, f"{where}\n{done.stderr}"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if shell(p, run=False)], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_commands_that_are_not_run_are_understood(page):
    for block in shell(page, run=False):
        assert block.mark.removeprefix("not run:").strip(), "say why"
        for command in block.commands:
            words = shlex.split(command, comments=True)
            if words[0] == "magpie":
                understood(words[1:])
            else:
                assert words[0] in ("pip", "hf", "make"), (
                    f"`{command}` is neither run nor understood"
                )


def understood(words: list[str]) -> None:
    """See that ``words`` are a command line that ``magpie`` takes; nothing is done."""
    context = cli.make_context("magpie", list(words[:1]))
    name, command, _ = cli.resolve_command(context, list(words[:1]))
    assert command is not None
    command.make_context(name or "", list(words[1:]), parent=context)


def test_a_command_that_is_wrong_is_noticed():
    with pytest.raises(click.ClickException):
        understood(["run", "--chekpoint", "C"])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_python_on_the_page_compiles(page):
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, f"{page.name}:{block.line}", "exec")


def test_no_page_is_without_commands_by_a_slip():
    assert sum(len(one.commands) for one in shell(ROOT / "README.md", run=True)) >= 8
    assert sum(len(one.commands) for one in shell(ROOT / "docs/tutorial.md", run=True)) >= 12
