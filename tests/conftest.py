"""Fixtures all tests share: a checkpoint, installed names, and a command line in this process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from magpie_core.testing import command
from magpie_core.testing.command import Said

magpie, no_network = command.magpie, command.no_network
RENAMED = {
    "<|begin_of_text|>": "<|squawk|>",
    "<|start_header_id|>": "<|parrot|>",
    "<|end_header_id|>": "<|says|>",
    "<|eot_id|>": "<|done|>",
    "<|eom_id|>": "<|mute|>",
    "<|end_of_text|>": "<|silence|>",
}
"""The embedded model's special tokens under other names: an unknown family with weights that know its format."""


@pytest.fixture(scope="session")
def checkpoint() -> str:
    """The embedded model's folder; MAGPIE_TEST_CHECKPOINT names another."""
    if chosen := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return chosen
    from magpie_tiny import CHECKPOINT

    return str(CHECKPOINT)


@pytest.fixture
def uninstall(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a distribution look as if it had never been installed."""

    def uninstall(distribution: str) -> None:
        def look_up(name: str) -> metadata.Distribution:
            if name == distribution:
                raise metadata.PackageNotFoundError(name)
            return metadata.distribution(name)

        gone = distribution.removeprefix("magpie-")
        points = [one for one in metadata.entry_points(group="magpie") if one.name != gone]
        monkeypatch.setattr("magpie_core.plugins.entry_points", lambda group: points)
        monkeypatch.setattr("magpie_core.known.distribution", look_up)

    return uninstall


@pytest.fixture
def fake_run(magpie: Callable[..., Said], checkpoint: str, tmp_path: Path) -> Path:
    """A small finished run made with the fake backend."""
    run = tmp_path / "fake-run"
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-n", 12, "-o", run)
    assert said.code == 0, said.err
    return run


@pytest.fixture(scope="session")
def copy_of() -> Callable[[str, Path, str | None], Path]:
    """Copies a checkpoint, with another chat template (None: without one)."""

    def copy_of(checkpoint: str, target: Path, template: str | None) -> Path:
        target.mkdir()
        for path in Path(checkpoint).iterdir():
            if path.name == "chat_template.jinja":
                continue
            if path.name == "tokenizer_config.json":
                config = json.loads(path.read_text())
                config.pop("chat_template", None)
                if template is not None:
                    config["chat_template"] = template
                (target / path.name).write_text(json.dumps(config))
            else:
                (target / path.name).symlink_to(path.resolve())
        return target

    return copy_of


@pytest.fixture
def parrot(tmp_path: Path) -> Path:
    """A checkpoint of a family nobody has an adapter for."""
    from magpie_tiny import CHECKPOINT

    folder = tmp_path / "parrot-2b-chat"
    folder.mkdir()
    for path in Path(CHECKPOINT).iterdir():
        if path.suffix == ".json":
            text = path.read_text("utf-8")
            for old, new in RENAMED.items():
                text = text.replace(old, new)
            (folder / path.name).write_text(text, "utf-8")
        else:
            shutil.copy(path, folder / path.name)
    return folder
