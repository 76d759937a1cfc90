"""Bad input: a message that says what, a hint, an exit code, no traceback, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from magpie_core import NamedModel, hookimpl
from magpie_core.plugins import load_plugins
from magpie_core.run.folder import RunFolder


def check(said, *parts: str, code: int) -> None:
    assert said.code == code, said.err
    assert said.out == ""
    assert said.err.startswith(("error: ", "note: ", "opening "))
    assert "Traceback" not in said.err
    for part in parts:
        assert part in said.err


def test_unknown_family(magpie, tmp_path):
    check(
        magpie("run", "--family", "lama3", "-o", tmp_path / "r"),
        "`lama3`",
        "hint: did you mean `llama3`?",
        code=2,
    )
    assert not (tmp_path / "r").exists()


def test_family_that_is_not_installed(magpie, uninstall):
    uninstall("magpie-adapter-gemma")
    said = magpie("run", "--family", "gemma2")
    check(said, "`gemma2`", "hint: pip install magpie-adapter-gemma", code=2)


def test_unknown_backend(magpie):
    check(
        magpie("run", "--backend", "transformer"),
        "`transformer`",
        "did you mean `transformers`?",
        code=2,
    )


def test_unknown_command(magpie):
    check(magpie("rnu"), "unknown command `rnu`", "did you mean `magpie run`?", code=2)


def test_unknown_option(magpie):
    said = magpie("run", "--famly", "x")
    assert said.code == 2
    assert "--family" in said.err


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["-n", 0], "-n 0"),
        (["-n", -5], "-n -5"),
        (["--temperature", -1], "--temperature -1"),
        (["--top-p", 0], "--top-p 0"),
        (["--max-attempts", 0], "--max-attempts 0"),
        (["--seed", -1], "--seed -1"),
        (["--form", "naked"], "--form 'naked': invalid enum value 'naked' (known: default, bare)"),
        (["--engine-option", "x"], "`x` is not KEY=VALUE"),
    ],
)
def test_values_out_of_range(magpie, flags, named):
    check(magpie("run", *flags), named, "hint:", code=2)


@pytest.mark.parametrize(
    "option",
    [
        "family",
        "checkpoint",
        "respond-with",
        "backend",
        "format",
        "form",
        "date",
        "output",
        "device",
        "dtype",
    ],
)
def test_an_empty_name_is_no_wish_for_the_default(magpie, option):
    """As a shell writes it for a variable that is not set."""
    said = magpie("run", f"--{option}", "", "--dry-run")
    check(said, f"--{option} ''", "hint: a shell variable that is not set?", code=2)


def test_an_empty_checkpoint_is_not_healthy(magpie):
    said = magpie("doctor", "--checkpoint", "")
    assert said.code == 4
    assert "checkpoint folder `` does not exist" in said.out


def test_an_empty_name_in_a_recipe(magpie, tmp_path):
    (tmp_path / "r.toml").write_text("[run]\nn = 3\nfamily = ''\n")
    said = magpie("run", tmp_path / "r.toml", "--dry-run")
    check(said, "line 3: `run.family`: expected a text, got an empty one", code=2)


def test_an_empty_system_prompt_takes_the_place_of_the_default_one(magpie, checkpoint, tmp_path):
    folder = Path(checkpoint)
    said = magpie("run", "--checkpoint", folder, "--system", "", "--dry-run", "--json")
    assert said.code == 0, said.err
    assert "system" in json.loads(said.out)["instruction"]["prompt"]


def test_a_slip_in_a_short_name_is_told_the_nearest(magpie, monkeypatch):
    models = [NamedModel(name=f"toy-{n}", path=f"./{n}", family="chatml") for n in ("one", "two")]
    plugin = SimpleNamespace(magpie_register_models=hookimpl(lambda: models))
    monkeypatch.setattr("magpie_core.cli.load.load_plugins", lambda: load_plugins({"mine": plugin}))
    said = magpie("run", "--checkpoint", "toy-twoo")
    check(said, "`toy-twoo`", "hint: the nearest short names are `toy-two`, `toy-one`", code=4)
    said = magpie("probe", "toy-twoo", "--as-family")
    check(said, "hint: the nearest short names are `toy-two`, `toy-one`", code=4)
    assert "toy-" not in magpie("run", "--checkpoint", "else-where").err


def test_checkpoint_folder_that_does_not_exist(magpie):
    check(magpie("run", "--checkpoint", "./nowhere"), "`./nowhere` does not exist", "hint:", code=4)


def test_folder_that_is_no_checkpoint(magpie, tmp_path):
    check(magpie("run", "--checkpoint", tmp_path), "no config.json", "hint:", code=4)


def test_checkpoint_without_chat_template(magpie, checkpoint, tmp_path, copy_of):
    bare = copy_of(checkpoint, tmp_path / "bare", None)
    check(
        magpie("run", "--checkpoint", bare, "--backend", "fake"),
        "no chat template",
        "hint:",
        code=4,
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('this model does not chat') }}",
        "{% for m in messages %}{{ m.content.nothing.at.all }}{% endfor %}",
        "{% for m in messages %}{{ m.content|upper }}{% endfor %}",
        "{% if %}",
        "",
        "the same words always",
    ],
)
def test_template_that_raises_or_makes_no_sense(magpie, checkpoint, tmp_path, template, copy_of):
    odd = copy_of(checkpoint, tmp_path / "odd", template)
    said = magpie("run", "--checkpoint", odd, "--backend", "fake", "-o", tmp_path / "r")
    check(said, "chat template", "hint:", code=4)
    assert not (tmp_path / "r").exists()


def test_folder_in_use_by_another_process(magpie, fake_run, checkpoint):
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from magpie_core.run.folder import RunFolder\n"
            "folder = RunFolder.open(sys.argv[1], write=True)\nprint('held', flush=True); input()",
            str(fake_run),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        said = magpie(
            "run", "--checkpoint", checkpoint, "--backend", "fake", "-n", 50, "-o", fake_run
        )
        check(said, "in use", str(held.pid), "hint:", code=5)
        assert magpie("status", fake_run).code == 0, "reading is always possible"
    finally:
        held.communicate("\n")
    assert magpie("resume", fake_run, "-n", 13).code == 0


def test_folder_of_another_run(magpie, fake_run, checkpoint):
    before = (fake_run / "run.toml").read_bytes()
    said = magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "--seed", 9, "-o", fake_run
    )
    check(said, "holds another run: its seed is 0, not 9", "magpie resume", code=5)
    assert (fake_run / "run.toml").read_bytes() == before


def test_folder_that_holds_something_else(magpie, checkpoint, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-o", tmp_path)
    check(said, str(tmp_path), "hint:", code=5)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_output_with_a_name_too_long(magpie, checkpoint):
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-o", "y" * 300)
    check(said, "file name too long", "hint:", code=5)


def test_output_that_is_a_file(magpie, checkpoint, tmp_path):
    (tmp_path / "f").write_text("x")
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-o", tmp_path / "f")
    check(said, "hint:", code=5)
    assert (tmp_path / "f").read_text() == "x"


@pytest.mark.parametrize(("error", "words"), [(28, "no space left"), (30, "read-only")])
def test_full_or_read_only_disk(magpie, checkpoint, tmp_path, monkeypatch, error, words):
    import os

    write = os.write

    def refuse(descriptor: int, data: bytes) -> int:
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".jsonl"):
            raise OSError(error, os.strerror(error))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", refuse)
    said = magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "-n", 5, "-o", tmp_path / "r"
    )
    check(said, words, "hint:", code=5)
    monkeypatch.undo()
    assert not list((tmp_path / "r").rglob("*.jsonl")) or RunFolder.open(
        tmp_path / "r", write=False
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[run\nn = 5", ["line 1", "[run"]),
        ("[run]\nn = \n", ["line 2", "n ="]),
        ("[run]\nn = 5\nfamly = 'x'", ["line 3", "run.famly", "did you mean `family`?"]),
        ("[run]\n\nn = 'many'", ["line 3", "run.n", "expected `int`"]),
        ("[instruction]\ntemperature = -1", ["line 2", "instruction.temperature"]),
        ("[rnu]\nn = 5", ["line 1", "rnu", "did you mean `run`?"]),
        ("[filters.lenght]\nshortest = 5", ["`lenght`", "did you mean `length`?"]),
        ("[filters.length]\nshort = 5", ["`length`", "short", "options: "]),
        ("[run]\nn = 5\nn = 6", ["line 3"]),
    ],
)
def test_malformed_recipe(magpie, checkpoint, tmp_path, text, parts):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(text)
    said = magpie(
        "run", recipe, "--checkpoint", checkpoint, "--backend", "fake", "-o", tmp_path / "r"
    )
    check(said, *parts, code=2)
    assert not (tmp_path / "r").exists()


def test_recipe_that_does_not_exist(magpie, tmp_path):
    check(magpie("run", tmp_path / "none.toml"), "cannot be read", "hint:", code=2)


def test_recipe_that_is_not_text(magpie, tmp_path):
    (tmp_path / "r.toml").write_bytes(b"\xff\xfe\x00")
    check(magpie("run", tmp_path / "r.toml"), "cannot be read", code=2)


@pytest.mark.parametrize("command", ["resume", "status", "show"])
def test_run_folder_that_does_not_exist(magpie, tmp_path, command):
    check(magpie(command, tmp_path / "none"), "none", "hint:", code=5)


def test_export_to_an_unknown_format(magpie, fake_run, tmp_path):
    said = magpie("export", fake_run, "--to", "sharegtp", "--out", tmp_path / "x")
    check(said, "`sharegtp`", "did you mean `sharegpt`?", code=2)


def test_export_never_replaces_a_file_unasked(magpie, fake_run, tmp_path):
    (tmp_path / "x.jsonl").write_text("mine")
    said = magpie("export", fake_run, "--to", "jsonl", "--out", tmp_path / "x.jsonl")
    check(said, "x.jsonl", "--overwrite", code=2)
    assert (tmp_path / "x.jsonl").read_text() == "mine"
    assert (
        magpie(
            "export", fake_run, "--to", "jsonl", "--out", tmp_path / "x.jsonl", "--overwrite"
        ).code
        == 0
    )


def test_a_system_prompt_where_the_template_has_no_place(magpie, checkpoint, tmp_path, copy_of):
    refusing = copy_of(
        checkpoint,
        tmp_path / "refusing",
        "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}"
        "{% endif %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content }}<|eot_id|>"
        "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n"
        "{% endif %}",
    )
    said = magpie("run", "--checkpoint", refusing, "--backend", "fake", "--system", "Be brief.")
    check(said, "no place for a system prompt", "hint:", code=4)
