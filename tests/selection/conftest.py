"""Small tables to select from."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import Source, open_source
from magpie_core.selection.request import Request
from magpie_core.selection.select import select

pytest.importorskip("duckdb")


@pytest.fixture
def data(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows to a file; a row without texts gets some."""

    def data(*rows: dict, name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        whole = [
            {"id": f"r{at}", "instruction": "i", "response": "r"} | row
            for at, row in enumerate(rows)
        ]
        path.write_text("".join(json.dumps(one) + "\n" for one in whole))
        return path

    return data


@pytest.fixture
def add_set() -> Callable[..., None]:
    """Adds a set of columns: by id what it says."""

    def add_set(path: Path, name: str, columns: dict[str, dict]) -> None:
        with open_source(path) as source, Columns(source, name, {}) as writer:
            for id, one in columns.items():
                writer.add(id, one)

    return add_set


def chosen(path: Path | Source, **request) -> list[str]:
    """Ids a request chooses, in the order they are written."""
    source = path if isinstance(path, Source) else open_source(path)
    with source, select(source, Request(**request)) as selection:
        return list(selection.ids())


def records(path: Path, **request):
    with open_source(path) as source, select(source, Request(**request)) as selection:
        return list(selection.records())


@pytest.fixture(name="chosen")
def _chosen():
    return chosen


@pytest.fixture(name="records")
def _records():
    return records
