"""Tiny checkpoints with a head, an engine that scores, and a command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the hub for anything."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def reward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model under a random head of one output."""
    return _with_head(tmp_path_factory, labels=1)


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with three outputs."""
    return _with_head(tmp_path_factory, labels=3)


def _with_head(tmp_path_factory: pytest.TempPathFactory, labels: int) -> Path:
    made = pytest.importorskip("magpie_tiny.reward", reason="needs magpie-tiny and torch")
    return Path(made.reward_checkpoint(tmp_path_factory.mktemp("reward"), labels=labels))


@pytest.fixture
def scoring_backend() -> str:
    """A backend that gives scores and whose engine is installed: vLLM in its environment, else transformers."""
    from magpie_core.plugins import load_plugins

    backends = load_plugins().backends()
    for name in ("vllm", "transformers"):
        if name in backends and backends[name].capabilities.scores and find_spec(name):
            return name
    pytest.skip("no installed backend gives scores")


@pytest.fixture
def magpie(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """``magpie(...)``: exit code, standard output, standard error."""
    from magpie_core.cli import main

    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        said = capfd.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def talks(tmp_path: Path) -> Callable[..., Path]:
    """Writes a JSON Lines file of instructions and responses."""

    def write(*pairs: tuple[str, str]) -> Path:
        path = tmp_path / "talks.jsonl"
        rows = [{"id": f"t-{k}", "instruction": a, "response": b} for k, (a, b) in enumerate(pairs)]
        path.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8"
        )
        return path

    return write
