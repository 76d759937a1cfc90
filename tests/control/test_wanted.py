"""Files and weights that a recipe's ``[control]`` names, and what is wrong with them."""

from __future__ import annotations

import pytest

from magpie_core import SettingsError, UnknownNameError, UsageError
from magpie_core.control.wanted import make_control, parse_weights
from magpie_core.run.recipe import ControlSection


def test_nothing_asked_for_is_nothing():
    assert make_control(ControlSection()) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("math", {"math": 1.0}),
        ("math=2,code", {"math": 2.0, "code": 1.0}),
        (" math = 0.5 , code = 1e1 ", {"math": 0.5, "code": 10.0}),
        ("Brazilian Portuguese=3", {"Brazilian Portuguese": 3.0}),
    ],
)
def test_weights(typed, found):
    assert parse_weights(typed) == found


@pytest.mark.parametrize(
    "typed",
    ["", ",", "math,", "math=", "math=no", "math=0", "math=-1", "math=inf", "math=nan", "=2"],
)
def test_weights_that_are_none(typed):
    with pytest.raises(UsageError, match="no name with a weight above 0"):
        parse_weights(typed)


def test_a_name_twice():
    with pytest.raises(UsageError, match="comes twice"):
        parse_weights("math=1,math=2")


def test_a_slip_is_told_what_is_meant():
    with pytest.raises(UnknownNameError, match="unknown task `maths`") as caught:
        make_control(ControlSection(tasks="maths=2"))
    assert "math" in str(caught.value.hint)


def test_prompts_of_ones_own(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text('[riddles]\ntext = "A riddle."\nweight = 3\n[jokes]\ntext = "A joke."\n')
    control = make_control(ControlSection(prompts=str(file)))
    assert control.decisive() == {
        "tasks": [["riddles", "A riddle.", 3.0], ["jokes", "A joke.", 1.0]]
    }
    with pytest.raises(UsageError, match="both asked for"):
        make_control(ControlSection(prompts=str(file), tasks="math"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        "[a]\nweight = 1",
        "[a]\ntext = ''",
        "[a]\ntext = 'x'\nweight = 0",
        "[a]\ntext = 'x'\nwait = 1",
        "text = 'x'",
    ],
)
def test_files_of_prompts_that_are_none(tmp_path, text):
    file = tmp_path / "p.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        make_control(ControlSection(prompts=str(file)))
    assert str(file) in caught.value.message
    assert "[riddles]" in str(caught.value.hint)


def test_personas_a_line_each_or_a_column(tmp_path):
    (tmp_path / "p.txt").write_text("a nurse\n\n  a pilot \n")
    (tmp_path / "p.jsonl").write_text(
        '{"persona": "a nurse"}\n\n{"persona": "a\\npilot", "x": 1}\n'
    )
    for name in ("p.txt", "p.jsonl"):
        control = make_control(ControlSection(personas=str(tmp_path / name)))
        assert control.personas == ("a nurse", "a pilot")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.txt", "\n \n", "no persona"),
        ("p.jsonl", '{"persona": "x"}\n{"name": "y"}\n', "line 2"),
        ("p.jsonl", "a nurse\n", "line 1"),
    ],
)
def test_files_of_personas_that_are_none(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=said):
        make_control(ControlSection(personas=str(tmp_path / name)))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        make_control(ControlSection(personas=str(tmp_path / "none.txt")))


@pytest.mark.parametrize("typed", ["ultra=2", "math=2,ultra"])
def test_a_mixture_stands_alone(typed):
    with pytest.raises(UsageError, match="stands alone") as caught:
        make_control(ControlSection(tasks=typed))
    assert "information=0.05" in caught.value.hint


@pytest.mark.parametrize(
    "text", ['[a]\ntext = "  "', '[a]\ntext = "x"\nweight = inf', '[a]\ntext = "x"\nweight = nan']
)
def test_blank_prompts_and_endless_weights_are_none(tmp_path, text):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(SettingsError, match="no file of system prompts"):
        make_control(ControlSection(prompts=str(tmp_path / "mine.toml")))


@pytest.mark.parametrize("persona", ["null", "3", '["a nurse"]'])
def test_a_persona_is_a_text(tmp_path, persona):
    (tmp_path / "p.jsonl").write_text(f'{{"persona": {persona}}}\n')
    with pytest.raises(SettingsError, match="line 1: no object with a text as `persona`"):
        make_control(ControlSection(personas=str(tmp_path / "p.jsonl")))


def test_a_line_separator_inside_a_persona_ends_no_line(tmp_path):
    (tmp_path / "p.jsonl").write_text('{"persona": "a nurse\u2028who works nights"}\n', "utf-8")
    control = make_control(ControlSection(personas=str(tmp_path / "p.jsonl")))
    assert control.personas == ("a nurse who works nights",)
