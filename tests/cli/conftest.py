"""Checkpoints with odd chat templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


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
