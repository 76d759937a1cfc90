"""Data to write recipes for: conversations of several shapes, and pairs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SHORT = [
    {"role": "user", "content": "Name three animals."},
    {"role": "assistant", "content": "Cat, dog and owl."},
]
LONG = [
    {"role": "system", "content": "Be brief."},
    *SHORT,
    {"role": "user", "content": "And a plant?"},
    {"role": "assistant", "content": "Moss."},
]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.fixture
def conversations() -> list[list[dict[str, str]]]:
    """What ``talk`` holds."""
    return [SHORT, LONG]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A file that trainers read as it is: conversations of one and of two questions."""
    rows = [{"messages": one} for one in (SHORT, LONG)]
    return write_rows(tmp_path / "talk.jsonl", rows)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Preference rows as TRL has them."""
    rows = [
        {
            "prompt": [{"role": "user", "content": f"Count to {n}."}],
            "chosen": [{"role": "assistant", "content": " ".join(map(str, range(1, n + 1)))}],
            "rejected": [{"role": "assistant", "content": "No."}],
        }
        for n in range(3, 9)
    ]
    return write_rows(tmp_path / "pairs.jsonl", rows)


@pytest.fixture
def recipe(magpie: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Runs ``magpie recipe … --json``; what it said, with the settings read back from the file."""

    def recipe(*arguments: object) -> dict[str, Any]:
        said = magpie("recipe", *arguments, "--json")
        assert said.code == 0, said.err
        document = json.loads(said.out)
        for stage in document["stages"].values():
            written = yaml.safe_load(Path(stage["config"]).read_text(encoding="utf-8"))
            assert written == stage["settings"], "YAML says what was meant"
        return document

    return recipe
