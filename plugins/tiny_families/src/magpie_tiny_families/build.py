"""Make a family's checkpoint folder, once, in the user's cache."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from magpie_core import Family
from magpie_core.plugins import load_plugins
from magpie_tiny_families.architectures import ARCHITECTURES
from magpie_tiny_families.catalogue import Member
from magpie_tiny_families.stems import load_stem
from magpie_tiny_families.template import chat_template
from magpie_tiny_families.tokenizer import token_texts, write_tokenizer

DISTRIBUTION = "magpie-tiny-families"


def cache_folder() -> Path:
    """Where checkpoints are kept: ``MAGPIE_CACHE``, or ``magpie`` in the user's cache folder."""
    own = os.environ.get("MAGPIE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "magpie"


def checkpoint_folder(member: Member) -> Path:
    """The folder of the member's checkpoint, which is made when it is first asked for."""
    folder = cache_folder() / f"{DISTRIBUTION}-{version(DISTRIBUTION)}" / member.name
    if not folder.exists():
        _make_whole(member, folder)
    return folder


def _make_whole(member: Member, folder: Path) -> None:
    """Build beside ``folder`` and rename: nobody sees half a checkpoint, and the first of two wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        build(member, load_plugins().family(member.family), beside)
        beside.chmod(0o755)
        beside.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def build(member: Member, family: Family, folder: Path) -> None:
    """Write weights, configurations and tokenizer into ``folder``."""
    write_model(member, folder)
    chat = family.chat_format()
    write_tokenizer(
        folder,
        member.vocabulary,
        bos=chat.bos,
        template=chat_template(chat),
        swallows=member.swallows,
    )


def write_model(member: Member, folder: Path) -> None:
    """Write ``config.json``, ``generation_config.json`` and ``model.safetensors``."""
    config, weights = ARCHITECTURES[member.architecture](load_stem(member.stem))
    texts = token_texts(member.vocabulary)
    stops = [texts.index(one) for one in _end_tokens(member)]
    config.bos_token_id = 0 if "begin" in member.vocabulary else None
    config.eos_token_id = stops
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(weights)
    # Sampled as the family says; transformers' defaults of an architecture have no place here.
    model.generation_config.eos_token_id = stops
    model.to(torch.bfloat16).save_pretrained(folder)
    _complete(folder / "config.json", {"torch_dtype": "bfloat16"})


def _end_tokens(member: Member) -> list[str]:
    return [member.vocabulary[r] for r in ("end_of_turn", "end_of_text") if r in member.vocabulary]


def _complete(path: Path, added: dict[str, Any]) -> None:
    """Add what transformers 4 reads where transformers 5 writes something else."""
    content = json.loads(path.read_text("utf-8")) | added
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")
