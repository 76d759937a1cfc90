"""Fixtures for a ``conftest.py``: the command line in a test's own process, and data for it.

from magpie_core.testing import command

magpie, no_network = command.magpie, command.no_network
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest


class Said(NamedTuple):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def magpie(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Said]:
    """Runs ``magpie`` with its arguments in this process, in 200 columns.

    A traceback is a failed test, since only ``SystemExit`` may leave.
    """
    from magpie_core.cli import main

    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        code, printed = ended.value.code, capfd.readouterr()
        return Said(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the hub for anything, nor waits for the client's attempts to reach it."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if constants := sys.modules.get("huggingface_hub.constants"):  # read when it was imported
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture
def talks(tmp_path: Path) -> Callable[..., Path]:
    """Writes ``talks.jsonl`` of instructions and responses, see ``write_talks``."""
    return partial(write_talks, tmp_path / "talks.jsonl")


def write_talks(path: Path, *pairs: tuple[str, str]) -> Path:
    """Write instructions and their responses as JSON Lines, ids ``t-0``, ``t-1`` …; the path again."""
    rows = (
        {"id": f"t-{number}", "instruction": instruction, "response": response}
        for number, (instruction, response) in enumerate(pairs)
    )
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(lines, encoding="utf-8")
    return path
