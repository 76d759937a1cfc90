"""The folders that are built: formats, tokens, files; built once, whole, and always the same."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from transformers import AutoTokenizer

from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.plugins import load_plugins
from magpie_tiny_families.build import build
from magpie_tiny_families.cache import checkpoint_folder
from magpie_tiny_families.catalogue import MEMBERS, Member
from magpie_tiny_families.vocabularies import NOT_SPECIAL, ROLES

every_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.family)


def test_every_installed_family_has_a_checkpoint() -> None:
    assert {member.family for member in MEMBERS} == set(load_plugins().families())


@every_member
def test_the_template_says_what_the_family_registers(member: Member) -> None:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint_folder(member))
    derived = msgspec.to_builtins(derive_from_tokenizer(tokenizer))
    registered = msgspec.to_builtins(load_plugins().family(member.family).chat_format())
    # Who wrote it; and a bare form with a system prompt is policy, which no template shows.
    for name in ("source", "pre_query_with_system_bare"):
        del derived[name], registered[name]
    assert derived == registered


@every_member
def test_special_tokens(member: Member) -> None:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint_folder(member))
    for role, text in member.vocabulary.items():
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert ids == [ROLES.index(role)]
        shown = tokenizer.decode(ids, skip_special_tokens=True)
        assert shown == (text if text in NOT_SPECIAL else "")
    assert (
        tokenizer.decode(tokenizer.encode("1 + 1 = 二", add_special_tokens=False)) == "1 + 1 = 二"
    )


@pytest.mark.parametrize("family", ["phi3-mini", "phi4-mini"])
def test_phi3_swallows_the_newline(family: str) -> None:
    member = next(m for m in MEMBERS if m.family == family)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint_folder(member))
    ids = tokenizer.encode("<|user|>\nHello", add_special_tokens=False)
    bare = tokenizer.encode("<|user|>Hello", add_special_tokens=False)
    assert (ids == bare) == member.swallows


def test_architecture_is_the_real_one() -> None:
    for member in MEMBERS:
        config = json.loads((checkpoint_folder(member) / "config.json").read_text())
        assert config["model_type"] == member.architecture


def test_built_twice_is_the_same(tmp_path: Path) -> None:
    member = next(m for m in MEMBERS if m.family == "qwen3.5")
    family = load_plugins().family(member.family)
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        build(member, family, folder)
    names = {path.name for path in folders[0].iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_several_at_once_see_one_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGPIE_CACHE", str(tmp_path))
    member = MEMBERS[0]
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(checkpoint_folder, [member] * 4))
    assert len(folders) == 1
    [folder] = folders
    assert list(folder.parent.iterdir()) == [folder]
