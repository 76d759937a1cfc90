"""``--thinking``: what the user is shown, told and kept from; with a template that has a switch."""

from __future__ import annotations

import json
import tomllib

import pytest

SWITCHED = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% else %}<think>\n{% endif %}{% endif %}"
)
OFF = "<|end_header_id|>\n\n<think>\n\n</think>\n\n"
ON = "<|end_header_id|>\n\n<think>\n"


@pytest.fixture
def switched(checkpoint, tmp_path, copy_of):
    return copy_of(checkpoint, tmp_path / "switched", SWITCHED)


def ending(magpie, checkpoint, *args):
    said = magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "--dry-run", "--json", *args
    )
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert "think" not in found["instruction"]["prompt"]
    return found["response"]["thinking"], found["response"]["prompt"]


@pytest.mark.parametrize(
    ("args", "thinking", "end"),
    [((), None, ON), (("--thinking", "on"), True, ON), (("--thinking", "off"), False, OFF)],
)
def test_a_dry_run_shows_how_answers_are_asked_for(magpie, switched, args, thinking, end):
    told, prompt = ending(magpie, switched, *args)
    assert told is thinking
    assert prompt.endswith(end)


def test_a_flag_overrides_the_recipe(magpie, switched, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text("[response]\nthinking = true\n")
    assert ending(magpie, switched, recipe)[0] is True
    assert ending(magpie, switched, recipe, "--thinking", "off")[0] is False


def test_a_dry_run_says_so_in_words(magpie, switched):
    said = magpie(
        "run", "--checkpoint", switched, "--backend", "fake", "--dry-run", "--thinking", "off"
    )
    assert "  think   off" in said.out


def test_probe_shows_both_forms_and_the_chosen_one(magpie, switched):
    found = json.loads(magpie("probe", switched, "--json", "--thinking", "off").out)
    assert found["user_to_assistant_think"].endswith(ON)
    assert found["user_to_assistant_no_think"].endswith(OFF)
    assert found["user_to_assistant"].endswith(ON)  # untold
    assert found["thinking"] is False
    assert found["answer_opening"] == found["user_to_assistant_no_think"]
    lines = magpie("probe", switched).out.splitlines()
    (opening,) = [line for line in lines if line.startswith("answer_opening ")]
    assert opening.rstrip().endswith("<think>\\n'")


def test_a_run_keeps_its_form(magpie, switched, tmp_path):
    run = tmp_path / "run"
    begin = ("run", "--checkpoint", switched, "--backend", "fake", "-o", run)
    said = magpie(*begin, "-n", 3, "--thinking", "off")
    assert said.code == 0, said.err
    stored = tomllib.loads((run / "run.toml").read_text())
    assert stored["recipe"]["response"]["thinking"] is False
    assert stored["response"]["chat_format"]["thinking"] is False
    assert stored["response"]["chat_format"]["user_to_assistant_no_think"].endswith(OFF)
    assert "thinking" not in stored["instruction"]["chat_format"]
    assert magpie("resume", run, "-n", 5).code == 0
    assert magpie(*begin, "-n", 6, "--thinking", "off").code == 0
    said = magpie(*begin, "-n", 7, "--thinking", "on")
    assert said.code != 0
    assert "holds another run: its response.chat_format.thinking is False, not True" in said.err
    lines = [one for path in (run / "records").iterdir() for one in path.read_text().splitlines()]
    assert len(lines) == 6


def test_no_switch(magpie, checkpoint):
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "--thinking", "off")
    assert said.code == 4
    assert "--thinking off: the chat template has no switch for reasoning" in said.err
    assert "`enable_thinking`, `thinking`" in said.err
    assert "hint: leave --thinking out" in said.err
    assert "Traceback" not in said.err


def test_neither_on_nor_off(magpie, checkpoint):
    said = magpie("run", "--checkpoint", checkpoint, "--thinking", "maybe")
    assert said.code == 2
    assert "--thinking `maybe` is neither on nor off" in said.err
    assert "Traceback" not in said.err
