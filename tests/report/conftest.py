"""A browser, shared with the tests of the viewer, and data sets with everything a report shows."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.neighbours.cache import Cache
from magpie_core.plugins import load_plugins
from magpie_core.record import Provenance, Record, Rejection
from magpie_core.report.make import Options, Report, make
from magpie_core.run.folder import RunFolder
from magpie_core.testing import command

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import browser, page, seen

__all__ = ["browser", "page", "seen"]

talks = command.talks

KEY = "0123456789ab"
CATEGORIES = ("Math", "Planning", "Editing")
LEVELS = ("very easy", "easy", "medium", "hard", "very hard")
HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)> <b>bold</b> &lt;i&gt; "
    '\x1b[31mred\x1b[0m \u202egnp.exe\u202c \x00 $E=mc^2$ {{ 7*7 }} =HYPERLINK("http://example.com") <!-- '
    "\u2028 end"
)
"""Tags, an end of a script, entities, escapes of a terminal, a text direction, formulas, line separators."""


def make_run(
    path: Path, n: int = 60, *, seed: int = 1, hostile: bool = False, secret: str = ""
) -> Path:
    """A finished run with rejections, events, four sets of tags, distances and embeddings."""
    dice = random.Random(seed)
    manifest = {
        "key": KEY,
        "created": "2026-01-31T12:00:00+00:00",
        "recipe": {"run": {"n": n, "seed": seed, "output": "/srv/somebody/runs/first"}},
        "instruction": {
            "checkpoint": "/srv/somebody/models/tiny-llama",
            "family": "llama3",
            "backend": "openai",
            "chat_format": {"pre_query": "<|user|>\n"},
        },
        "engine": {
            "base_url": f"https://somebody:{secret}@example.org/v1?key=1",
            "api_key": secret,
        },
        "judges": {"length": {"longest": 100 if hostile else 8000}},
        "versions": {"magpie-core": "0.1.0"},
    }
    with RunFolder.create(path, manifest) as run:
        for index in range(n):
            text = (
                HOSTILE if hostile and index % 2 else f"What is {dice.randint(1, 99)} and {index}?"
            )
            run.append(
                Record(
                    id=f"{KEY}-{index:04}",
                    index=index,
                    instruction=f"{text} {index}",
                    response=(HOSTILE if hostile else "It is so. ") * dice.randint(1, 9),
                    provenance=Provenance(
                        run=KEY,
                        seed=index,
                        instruction_tokens=9,
                        response_tokens=dice.randint(3, 90),
                        response_finish="stop" if index else "length",
                    ),
                )
            )
        for number in range(10):
            run.append(
                Rejection(
                    index=n + number,
                    step="instruction" if number < 7 else "response",
                    filter="colon" if number < 7 else "role_marker",
                    reason="ends_with_colon" if number < 7 else "role_marker",
                    text=HOSTILE if hostile else f"Do this {number}:",
                )
            )
    events = [
        ("started", 2.0, 0),
        ("progress", 32.0, n // 2),
        ("progress", 62.0, n),
        ("ended", 62.5, n),
    ]
    lines = [
        {"time": f"2026-01-31T12:{int(s // 60):02}:{s % 60:06.3f}Z", "step": "generate", "event": event,
         "seconds": s, "pid": 1, "accepted": accepted, "rejected": 10, "sampled_tokens": 100 * accepted,
         "prompt_tokens": 50 * accepted}
        for event, s, accepted in events
    ]  # fmt: skip
    (path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    with open_source(path) as source:
        texts = [one.instruction for one in source.records()]
        tags = {
            "tags/category": lambda i: {"task_category": HOSTILE[:50] if hostile else CATEGORIES[i % 3],
                                        "task_category_generator": "a judge"},
            "tags/difficulty": lambda i: {"difficulty": LEVELS[i % 5]},
            "tags/reward": lambda i: {"instruct_reward": dice.gauss(0, 3)},
            "neighbours/minilm": lambda i: {"min_neighbor_distance": i / n, "repeat_count": int(i < 2),
                                            "duplicate_keep": i > 0},
        }  # fmt: skip
        for name, made in tags.items():
            with Columns(source, name, {"made": "up"}) as columns:
                for index in range(n):
                    columns.add(f"{KEY}-{index:04}", made(index))
    vectors = np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    Cache(path / "embeddings" / "minilm", "weights").add(texts, vectors)
    return path


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 60 records that has everything."""
    return make_run(tmp_path_factory.mktemp("runs") / "tagged")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with texts that would do harm where they are taken for more than text."""
    folder = tmp_path_factory.mktemp("runs")
    return make_run(folder / "hostile", hostile=True, secret="hunter2hunter2")


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., Path]:
    """Makes one, see ``make_run``."""
    return lambda name="run", **options: make_run(tmp_path / name, **options)


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    """Works the numbers of some data sets out."""

    def report(*paths: Path, **options: Any) -> Report:
        sources = [open_source(one) for one in paths]
        return make(sources, load_plugins().figures(), Options(**options), lambda *_: None)

    return report
