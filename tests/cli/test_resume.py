"""What a later session may change, what it may not, and what it takes from the run itself."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from magpie_core import CheckpointError, hookimpl
from magpie_core.builtin.fake import FakeBackend
from magpie_core.plugins import load_plugins
from magpie_core.run.folder import RunFolder

HEADERS = (
    "{{ bos_token }}{% if messages[0].role != 'system' %}<|start_header_id|>system<|end_header_id|>\n\n"
    "Today is {{ strftime_now('%H:%M:%S.%f') }}<|eot_id|>{% endif %}"
    "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content|trim }}"
    "<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>"
    "\n\n{% endif %}"
)


def instructions(run: Path) -> list[str]:
    with RunFolder.open(run, write=False) as folder:
        return [record.instruction for record in folder.records_in_order()]


def fake(magpie, run, *more, checkpoint="tiny"):
    return magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-o", run, *more)


def test_a_template_that_writes_the_time_can_be_resumed(magpie, checkpoint, tmp_path, copy_of):
    dated = copy_of(checkpoint, tmp_path / "dated", HEADERS)
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint=dated).code == 0
    before = instructions(tmp_path / "r")
    said = magpie("resume", tmp_path / "r", "-n", 6)
    assert said.code == 0, said.err
    assert instructions(tmp_path / "r")[:3] == before


def test_a_family_whose_checkpoint_is_a_relative_folder(magpie, checkpoint, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine").symlink_to(checkpoint)
    (tmp_path / "elsewhere").mkdir()
    family = msgspec.structs.replace(
        load_plugins().family("chatml"), name="mine", default_checkpoint="models/mine"
    )
    plugin = SimpleNamespace(magpie_register_families=hookimpl(lambda: [family]))
    monkeypatch.setattr("magpie_core.cli.load.load_plugins", lambda: load_plugins({"mine": plugin}))
    monkeypatch.chdir(tmp_path)
    said = magpie("run", "--family", "mine", "--backend", "fake", "-n", 3, "-o", "r")
    assert said.code == 0, said.err
    monkeypatch.chdir(tmp_path / "elsewhere")
    said = magpie("resume", tmp_path / "r", "-n", 6)
    assert said.code == 0, said.err
    assert len(instructions(tmp_path / "r")) == 6


def test_a_run_keeps_its_filters_whatever_is_installed_later(
    magpie, checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setenv("MAGPIE_DISABLE", "filter-repetition")
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint=checkpoint).code == 0
    monkeypatch.delenv("MAGPIE_DISABLE")
    said = magpie("resume", tmp_path / "r", "-n", 6)
    assert said.code == 0, said.err
    assert "[judges.repetition]" not in (tmp_path / "r" / "run.toml").read_text()


def test_a_filter_of_the_run_that_is_gone_is_named(magpie, checkpoint, tmp_path, monkeypatch):
    pytest.importorskip("magpie_filter_repetition")
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint=checkpoint).code == 0
    monkeypatch.setenv("MAGPIE_DISABLE", "filter-repetition")
    said = magpie("resume", tmp_path / "r", "-n", 6)
    assert said.code == 2
    assert "unknown filter `repetition`" in said.err


def test_other_engine_options_are_another_run(magpie, checkpoint, tmp_path):
    run = tmp_path / "r"
    assert (
        fake(magpie, run, "-n", 3, "--engine-option", "delay=0.001", checkpoint=checkpoint).code
        == 0
    )
    said = fake(magpie, run, "-n", 6, "--engine-option", "delay=0.002", checkpoint=checkpoint)
    assert said.code == 5
    assert "0.001" in said.err
    assert magpie("resume", run, "-n", 6, "--engine-option", "delay=0.002").code == 0, (
        "asked for by name"
    )


def test_other_engine_options_may_be_given_again_and_again(magpie, checkpoint, tmp_path):
    run = tmp_path / "run"
    assert fake(magpie, run, "-n", 3, checkpoint=checkpoint).code == 0
    for n, delay in ((5, 0.001), (7, 0.002)):
        said = magpie(
            "resume", run, "-n", n, "--engine-option", f"delay={delay}", "--device", "cpu"
        )
        assert said.code == 0, said.err
    assert magpie("resume", run, "-n", 9).code == 0, "the last options are kept"
    assert tomllib.loads((run / "run.toml").read_text())["recipe"]["engine"]["options"] == {
        "delay": 0.002
    }
    said = fake(magpie, run, "-n", 11, checkpoint=checkpoint)
    assert said.code == 0, f"the first command again: {said.err}"


@pytest.mark.parametrize("begun", [(), ("--engine-option", "lora=one")])
def test_another_lora_is_never_the_same_run(magpie, checkpoint, tmp_path, begun):
    run = tmp_path / "r"
    assert fake(magpie, run, "-n", 3, *begun, checkpoint=checkpoint).code == 0
    for given in (("--engine-option", "lora=two"), ("--engine-option", "quantization=fp8")):
        said = magpie("resume", run, "-n", 6, *given)
        assert said.code == 2
        assert "its records would come from two models" in said.err
        assert "hint: " in said.err
    assert magpie("resume", run, "-n", 6).code == 0


def test_an_edited_run_toml_is_refused_and_no_hint_leads_in_a_circle(magpie, fake_run):
    toml = fake_run / "run.toml"
    toml.write_text(re.sub(r"shortest = \d+", "shortest = 77", toml.read_text()))
    said = magpie("resume", fake_run, "-n", 20)
    assert said.code == 5
    assert "was edited" in said.err
    assert "magpie resume" not in said.err


def test_asking_for_fewer_records_hides_none(magpie, checkpoint, tmp_path):
    fake(magpie, tmp_path / "r", "-n", 9, checkpoint=checkpoint)
    assert fake(magpie, tmp_path / "r", "-n", 4, checkpoint=checkpoint).code == 0
    status = json.loads(magpie("status", tmp_path / "r", "--json").out)
    assert (status["wanted"], status["accepted"]) == (9, 9)


def test_a_relative_checkpoint_is_found_from_anywhere(
    magpie, checkpoint, tmp_path, monkeypatch, copy_of
):
    copy_of(
        checkpoint, tmp_path / "mine", HEADERS.replace("{{ strftime_now('%H:%M:%S.%f') }}", "x")
    )
    monkeypatch.chdir(tmp_path)
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint="./mine").code == 0
    assert fake(magpie, tmp_path / "r", "-n", 4, checkpoint="mine").code == 0, "the same folder"
    monkeypatch.chdir("/")
    assert magpie("resume", tmp_path / "r", "-n", 5).code == 0


def test_an_exhausted_run_says_so_without_opening_the_engine(magpie, checkpoint, tmp_path):
    run = tmp_path / "r"
    options = [
        "--engine-option",
        'texts=["Name three rivers."]',
        "--max-attempts",
        30,
        "--pilot",
        0,
    ]
    assert fake(magpie, run, "-n", 5, *options, checkpoint=checkpoint).code == 8
    said = magpie("resume", run)
    assert said.code == 8
    assert "opening" not in said.err
    assert "30 attempts gave 1 of 5" in said.err


class TestWhatAFailedStartLeaves:
    @pytest.fixture(autouse=True)
    def _no_weights(self, monkeypatch):
        async def refuse(settings):
            raise CheckpointError("no weights")

        monkeypatch.setattr(FakeBackend, "open", refuse)

    def test_a_new_folder_is_removed(self, magpie, checkpoint, tmp_path):
        assert fake(magpie, tmp_path / "r", checkpoint=checkpoint).code == 4
        assert not (tmp_path / "r").exists()

    def test_a_folder_that_was_there_stays_and_is_empty_again(self, magpie, checkpoint, tmp_path):
        (tmp_path / "mine").mkdir(mode=0o700)
        assert fake(magpie, tmp_path / "mine", checkpoint=checkpoint).code == 4
        assert os.listdir(tmp_path / "mine") == []


def test_a_run_that_exists_stays_when_a_later_session_cannot_start(magpie, fake_run, monkeypatch):
    async def refuse(settings):
        raise CheckpointError("no weights")

    monkeypatch.setattr(FakeBackend, "open", refuse)
    assert magpie("resume", fake_run, "-n", 99).code == 4
    assert len(instructions(fake_run)) == 12


def test_responses_from_another_engine_default_to_the_same_checkpoint(magpie, checkpoint, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[response_engine]\nmax_batch = 2\n")
    said = magpie(
        "run",
        recipe,
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "-n",
        2,
        "-o",
        tmp_path / "r",
    )
    assert said.code == 0, said.err


def test_a_system_prompt_that_fills_the_context_is_found_before_the_run(
    magpie, checkpoint, tmp_path
):
    said = fake(magpie, tmp_path / "r", "--system", "word " * 3000, checkpoint=checkpoint)
    assert said.code == 7
    assert "context" in said.err


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"temperature = 1\.0", 'temperature = "x"'),
        (r'form = "default"', ""),
        (r'system_role = "native"', 'system_role = "x"'),
        (r"\[instruction\.chat_format\]", "[instruction.chat]"),
        (r"\[judges\.colon\]", "[judges]\ncolon = 3"),
        (r'(\[instruction\]\n)checkpoint = "[^"]*"', r"\1checkpoint = 3"),
        (r"\[recipe\.run\]", "[recipe]\nrun = 3\n[x]"),
    ],
)
def test_a_run_toml_edited_into_nonsense_is_an_error_not_a_traceback(
    magpie, fake_run, pattern, replacement
):
    toml = fake_run / "run.toml"
    edited = re.sub(pattern, replacement, toml.read_text(), count=1)
    assert edited != toml.read_text()
    toml.write_text(edited)
    said = magpie("resume", fake_run, "-n", 20)
    assert said.code == 5, said.err
    assert "run.toml" in said.err


def test_other_weights_in_the_same_folder_are_refused(magpie, checkpoint, tmp_path, copy_of):
    mine = copy_of(checkpoint, tmp_path / "mine", None)
    (mine / "tokenizer_config.json").unlink()
    (mine / "tokenizer_config.json").write_bytes(
        (Path(checkpoint) / "tokenizer_config.json").read_bytes()
    )
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint=mine).code == 0
    weights = (mine / "model.safetensors").read_bytes()
    (mine / "model.safetensors").unlink()
    (mine / "model.safetensors").write_bytes(weights[:-4] + b"\1\2\3\4")
    said = magpie("resume", tmp_path / "r", "-n", 6)
    assert said.code == 5
    assert "other weights" in said.err
    assert fake(magpie, tmp_path / "r", "-n", 6, checkpoint=mine).code == 5


def test_the_same_command_tomorrow_continues_the_run(
    magpie, checkpoint, tmp_path, copy_of, monkeypatch
):
    template = HEADERS.replace("%H:%M:%S.%f", "%d %b %Y")
    dated = copy_of(checkpoint, tmp_path / "dated", template)
    monkeypatch.setattr("magpie_core.plan.today", lambda: "20 Nov 2026")
    assert fake(magpie, tmp_path / "r", "-n", 3, checkpoint=dated).code == 0
    monkeypatch.setattr("magpie_core.plan.today", lambda: "21 Nov 2026")
    said = fake(magpie, tmp_path / "r", "-n", 6, checkpoint=dated)
    assert said.code == 0, said.err
    assert "20 Nov 2026" in (tmp_path / "r" / "run.toml").read_text()


def test_a_bound_on_attempts_ends_with_its_session(magpie, checkpoint, tmp_path):
    run = tmp_path / "r"
    assert fake(magpie, run, "-n", 5, "--max-attempts", 10, checkpoint=checkpoint).code == 0
    assert fake(magpie, run, "-n", 30, checkpoint=checkpoint).code == 0
    assert magpie("resume", run, "-n", 40).code == 0


def test_flags_of_resume_are_meant_for_both_engines():
    from magpie_core.run.recipe import parse_recipe
    from magpie_core.run.stored import without_own_engine

    recipe = parse_recipe(
        "[engine]\nmax_batch = 4\n[response_engine]\nmax_batch = 64\ndtype = 'float16'"
    )
    other = without_own_engine(recipe, ["max_batch"]).response_engine
    assert other.over(recipe.engine).max_batch == 4
    assert other.dtype == "float16"
