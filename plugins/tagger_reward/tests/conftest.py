"""Tiny checkpoints with a head, an engine that scores, and a command line in this process."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from magpie_core.testing import command

magpie, no_network, talks = command.magpie, command.no_network, command.talks


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
