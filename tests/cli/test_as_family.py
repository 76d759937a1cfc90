"""``magpie probe --as-family``: the code it prints, run again, is what was derived from the checkpoint."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from magpie_core import ChatFormat, Family, Turn, hookimpl
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.checkpoint import open_checkpoint
from magpie_core.cli.as_family import as_python, family_from
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.testing import toys
from magpie_core.testing.contracts import family as contract

TAGS = (
    "{% for m in messages %}{{ '<|tag_start|>' + m.role + '\n' + m.content + '<|tag_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|tag_start|>assistant\n' }}{% endif %}"
)
WORDY = (
    'You are a patient helper who answers in plain words, says "I don\'t know" where it must,\n'
    "and never writes more than it was asked for, however long the user's own words may be."
)
DEFAULT = (
    "{% if messages[0].role != 'system' %}{{ '<|tag_start|>system\n' + words + '<|tag_end|>\n' }}{% endif %}"
    + TAGS
)
MODEL_TURNS = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}{{ '<turn>' + ('model' if m.role == 'assistant' else m.role) + '\n'"
    " + m.content | trim + '</turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<turn>model\n' }}{% endif %}"
)
BRACKETS = (
    "{{ bos_token }}{% set found = namespace(system='') %}{% for m in messages %}"
    "{% if m.role == 'system' %}{% set found.system = m.content + '\n\n' %}"
    "{% elif m.role == 'user' %}{{ '[ASK] ' + (found.system if loop.last else '') + m.content + ' [/ASK]' }}"
    "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
)
THINKING = TAGS.replace(
    "{{ '<|tag_start|>assistant\n' }}",
    "{{ '<|tag_start|>assistant\n' }}{% if not enable_thinking|default(true) %}{{ '<think></think>' }}{% endif %}",
)
TOYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Tag-7B-Instruct": (
        toys.byte_level(TAGS, bos=None, eos="<|tag_end|>", special=["<|tag_start|>"]),
        {"model_type": "tag"},
    ),
    "Wordy-v1.5-chat": (
        toys.byte_level(
            "{% set words = " + repr(WORDY) + " %}" + DEFAULT,
            eos="<|tag_end|>",
            special=["<|tag_start|>"],
        ),
        {},
    ),
    "turns-2-9b-it": (
        toys.byte_level(MODEL_TURNS, bos="<first>", eos="<last>", special=["<turn>", "</turn>"]),
        {"model_type": "turns2"},
    ),
    "plain_brackets": (toys.sentence_piece(BRACKETS, special=["[ASK]", "[/ASK]"]), {}),
    "thinker": (
        toys.byte_level(THINKING, bos=None, eos="<|tag_end|>", special=["<|tag_start|>"]),
        {"model_type": None},
    ),
}


@pytest.fixture(params=TOYS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    tokenizer, config = TOYS[request.param]
    return toys.toy_checkpoint(tmp_path / request.param, tokenizer, config=config)


def printed(magpie: Any, *args: object) -> tuple[Family, str]:
    said = magpie("probe", *args, "--as-family")
    assert said.code == 0, said.err
    names: dict[str, Any] = {}
    exec(said.out, names)
    (family,) = (one for one in names.values() if isinstance(one, Family))
    return family, said.out


def pieces(chat: ChatFormat) -> dict[str, Any]:
    shared = {field.name for field in msgspec.structs.fields(Family)} - {"source"}
    return {name: getattr(chat, name) for name in chat.__struct_fields__ if name in shared}


def test_the_printed_code_is_what_was_derived(folder: Path, magpie: Any) -> None:
    family, _ = printed(magpie, folder)
    opened = open_checkpoint(str(folder))
    derived = derive_from_tokenizer(opened.tokenizer)
    assert pieces(family.chat_format()) == pieces(derived)
    assert len(pieces(derived)) >= 10
    talk = [Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "Bye")]
    for turns in (talk[:1], talk):
        assert family.chat_format().render(turns) == derived.render(turns)
    assert family == family_from(opened, load_plugins().families().values())
    assert opened.tokenizer.eos_token in family.stop_tokens
    ids = opened.tokenizer.convert_tokens_to_ids(list(family.stop_tokens))
    assert tuple(ids) == family.stop_token_ids
    assert family.status == "unverified"


def test_ids_of_a_long_pre_query_are_left_out(tmp_path: Path, magpie: Any) -> None:
    families = {}
    for name in ("Tag-7B-Instruct", "Wordy-v1.5-chat"):
        tokenizer, config = TOYS[name]
        toys.toy_checkpoint(tmp_path / name, tokenizer, config=config)
        families[name], text = printed(magpie, tmp_path / name)
        assert len(text.splitlines()) < 40
    assert families["Tag-7B-Instruct"].pre_query_ids is not None
    assert families["Wordy-v1.5-chat"].pre_query_ids is None


def test_the_embedded_model(magpie: Any) -> None:
    family, text = printed(magpie, "tiny")
    assert family.default_checkpoint == "tiny"
    assert pieces(family.chat_format()) == pieces(load_plugins().family("llama3").chat_format()) | {
        "trims": family.trims
    }
    assert "`llama3` already fits" in text


def test_names_are_those_of_the_family_not_of_the_size(tmp_path: Path, magpie: Any) -> None:
    found = {}
    for name, (tokenizer, config) in TOYS.items():
        one, _ = printed(magpie, toys.toy_checkpoint(tmp_path / name, tokenizer, config=config))
        found[name] = (one.name, one.name_pattern, one.model_types, one.template_markers)
    assert found == {
        "Tag-7B-Instruct": ("tag", "tag", ("tag",), ("<|tag_start|>",)),
        "Wordy-v1.5-chat": ("wordy-v1.5", r"wordy[-_]?v1\.5", ("llama",), ("<|tag_start|>",)),
        "turns-2-9b-it": ("turns-2", "turns[-_]?2", ("turns2",), ("<turn>", "</turn>")),
        "plain_brackets": ("plain-brackets", "plain[-_]?brackets", ("llama",), ("[ASK]", "[/ASK]")),
        "thinker": ("thinker", "thinker", (), ("<|tag_start|>",)),
    }


def test_shared_tokens_are_no_markers(tmp_path: Path, magpie: Any) -> None:
    tokenizer = toys.byte_level(
        TAGS.replace("tag_", "im_"), bos=None, eos="<|im_end|>", special=["<|im_start|>"]
    )
    family, text = printed(magpie, toys.toy_checkpoint(tmp_path / "another", tokenizer))
    assert family.template_markers == ()
    assert "tell it apart in magpie_guess_family" in text


def test_the_bare_form(tmp_path: Path, magpie: Any) -> None:
    folder = toys.toy_checkpoint(tmp_path / "wordy", TOYS["Wordy-v1.5-chat"][0])
    family, _ = printed(magpie, folder, "--form", "bare")
    assert family.form == "bare"
    assert family.default_system == WORDY
    tokenizer = open_checkpoint(str(folder)).tokenizer
    assert tokenizer.decode(family.pre_query_ids) == family.pre_query_bare


def test_the_printed_code_is_formatted(folder: Path, magpie: Any, tmp_path: Path) -> None:
    _, text = printed(magpie, folder)
    check = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "-"]
    done = subprocess.run(check, input=text, capture_output=True, text=True)
    if "No module named ruff" in done.stderr:
        pytest.skip("ruff is not installed")
    assert done.returncode == 0, done.stderr
    assert done.stdout == text


def test_strings_of_every_kind_come_back(tmp_path: Path) -> None:
    base = family_from(
        open_checkpoint(str(toys.toy_checkpoint(tmp_path / "x", TOYS["Tag-7B-Instruct"][0])))
    )
    nasty = 'a "quoted" \\ back\\slash\'s\ttab \u202e ▁｜潮 \x00 ' + "word " * 60 + "x" * 300
    one = msgspec.structs.replace(
        base, default_system=nasty, quirks=(nasty, "'", '"'), name_pattern='a"b\\.c'
    )
    names: dict[str, Any] = {}
    exec(as_python(one), names)
    assert names["X"] == one


def test_the_contract_holds(folder: Path, magpie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    family, _ = printed(magpie, folder)
    opened = open_checkpoint(str(folder))
    monkeypatch.setattr(contract, "load_plugins", lambda: with_family(family))
    checks = type(
        "Checks",
        (contract.FamilyContract,),
        {"family": family, "released_vocabulary": True, "tokenizer": lambda self: opened.tokenizer},
    )
    run = [
        name for name, _ in inspect.getmembers(checks, inspect.isfunction) if name[:5] == "test_"
    ]
    passed = 0
    for name in run:
        try:
            getattr(checks(), name)()
            passed += 1
        except pytest.skip.Exception:
            continue
    assert passed >= 12


def with_family(family: Family) -> Plugins:
    """The installed plugins, and one more that offers ``family``."""

    @hookimpl
    def magpie_register_families() -> list[Family]:
        return [family]

    plugins = load_plugins()
    plugins._offers.clear()
    plugins.manager.register(
        SimpleNamespace(magpie_register_families=magpie_register_families), name="adapter-new"
    )
    return plugins


@pytest.mark.parametrize(
    "options", [("--family", "llama3"), ("--format", "registered"), ("--thinking", "on")]
)
def test_options_that_say_what_the_facts_are(options: tuple[str, str], magpie: Any) -> None:
    said = magpie("probe", "tiny", "--as-family", *options)
    assert said.code == 2
    assert options[0] in said.err
    assert "hint: magpie probe tiny --as-family" in said.err


def test_a_checkpoint_without_a_template(tmp_path: Path, magpie: Any) -> None:
    folder = toys.toy_checkpoint(tmp_path / "base", toys.byte_level())
    said = magpie("probe", folder, "--as-family")
    assert said.code == 4
    assert "no chat template" in said.err
    assert said.out == ""
