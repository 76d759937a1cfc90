"""Families that a test registers as a plugin would, and the checkpoints they are held against."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from magpie_core import Family
from magpie_core.builtin.chatml import CHATML
from magpie_core.checkpoint import open_checkpoint
from magpie_core.plugins import load_plugins

MODULE = """
import msgspec
from magpie_core import Family, hookimpl

@hookimpl
def magpie_register_families():
    return [msgspec.json.decode({facts!r}, type=Family)]
"""
RATING = """
from magpie_core import EngineTagger, Strategy, Tagger, hookimpl

class Length(Tagger):
    name = "length"
    schema = {"type": "object", "properties": {"characters": {"type": "integer"}}}
    short: int = 0

    async def tag(self, records, engine):
        return [{"characters": max(self.short, len(r.response))} for r in records]

class Second(Strategy):
    name = "second"

    def pair(self, rated):
        best, second, *_ = sorted(rated, key=lambda one: -one.reward)
        return best, second

@hookimpl
def magpie_register_taggers():
    return [Length]

@hookimpl
def magpie_register_strategies():
    return [Second]
"""
PROMPT = "You are kind."
TEMPLATE = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\n" + PROMPT + "<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_TOKENS = ("<|im_start|>", "<|im_end|>")
Register = Callable[[Family], str]


class World(NamedTuple):
    """A checkpoint folder, and the registration that is right for it."""

    folder: Path
    right: Family
    ids: dict[str, int]

    def wrong(self, **facts: Any) -> Family:
        return msgspec.structs.replace(self.right, **facts)

    def moved(self, token: int) -> dict[str, Any]:
        """Facts with one stop token under an id that is another token's."""
        ids = list(self.right.stop_token_ids)
        ids[token] += 7
        return {"stop_token_ids": tuple(ids)}


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Offers a family by a plugin of its own, installed as pip would; returns the family's name."""
    site = tmp_path / "site"
    info = site / "magpie_adapter_mine-1.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "magpie_adapter_mine", raising=False)

    def register(family: Family) -> str:
        facts = msgspec.structs.replace(family, name="mine", aliases=())
        code = MODULE.format(facts=msgspec.json.encode(facts))
        (site / "magpie_adapter_mine.py").write_text(code)
        metadata = "Metadata-Version: 2.1\nName: magpie-adapter-mine\nVersion: 1.0\n"
        (info / "METADATA").write_text(metadata)
        (info / "entry_points.txt").write_text("[magpie]\nadapter-mine = magpie_adapter_mine\n")
        return facts.name

    return register


@pytest.fixture
def headers(checkpoint: str) -> World:
    """The embedded model, whose roles stand in headers and whose template opens with BOS."""
    if "<|start_header_id|>" not in (open_checkpoint(checkpoint).chat_template or ""):
        pytest.skip("MAGPIE_TEST_CHECKPOINT has another template")
    return _world(Path(checkpoint), load_plugins().families()["llama3"])


@pytest.fixture
def chatml(checkpoint: str, tmp_path: Path) -> World:
    """A ChatML checkpoint without weights: own special tokens, a default system prompt, no BOS."""
    folder, tokenizer = tmp_path / "chatml", open_checkpoint(checkpoint).tokenizer
    tokenizer.add_special_tokens({"additional_special_tokens": list(CHATML_TOKENS)})
    tokenizer.eos_token, tokenizer.chat_template = "<|im_end|>", TEMPLATE
    tokenizer.save_pretrained(folder)
    config = json.loads((Path(checkpoint) / "config.json").read_text())
    config |= {"vocab_size": len(tokenizer), "eos_token_id": tokenizer.eos_token_id}
    (folder / "config.json").write_text(json.dumps(config))
    block = f"<|im_start|>system\n{PROMPT}<|im_end|>\n"
    right = msgspec.structs.replace(
        CHATML,
        pre_query=block + CHATML.pre_query,
        pre_query_bare=CHATML.pre_query,
        default_system=PROMPT,
        stop_tokens=CHATML_TOKENS[::-1],
    )
    return _world(folder, right)


def _world(folder: Path, family: Family) -> World:
    """With the ids of this vocabulary, as if it were the family's released one."""
    tokenizer = open_checkpoint(str(folder)).tokenizer
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in family.stop_tokens}
    opening = family.chat_format().opening(bare=family.form == "bare")
    encoded = tuple(tokenizer.encode(opening, add_special_tokens=False))
    right = msgspec.structs.replace(
        family, stop_token_ids=tuple(ids.values()), pre_query_ids=encoded
    )
    return World(folder, right, ids)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin, installed as pip would: a tagger that needs no engine, and a strategy."""
    site = tmp_path / "site"
    info = site / "magpie_tagger_length-1.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "magpie_tagger_length", raising=False)
    (site / "magpie_tagger_length.py").write_text(RATING)
    metadata = "Metadata-Version: 2.1\nName: magpie-tagger-length\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata)
    (info / "entry_points.txt").write_text("[magpie]\ntagger-length = magpie_tagger_length\n")
    return site
