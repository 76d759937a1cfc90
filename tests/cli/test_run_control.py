"""``magpie run --task``, ``--steer``, ``--language``, ``--personas``: what is asked, stored and resumed."""

from __future__ import annotations

import json

from magpie_core.run.folder import RunFolder


def records(run):
    with RunFolder.open(run, write=False) as folder:
        return list(folder.records_in_order())


def steered(magpie, checkpoint, run, *more):
    return magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "-o", run, *more)


def test_records_say_what_they_were_steered_to(magpie, checkpoint, tmp_path):
    run = tmp_path / "r"
    said = steered(
        magpie, checkpoint, run, "-n", 12, "--task", "math=2,code", "--language", "German"
    )
    assert said.code == 0, said.err
    found = records(run)
    assert {one.extra["control_task"] for one in found} == {"math", "code"}
    assert {one.extra["control_language"] for one in found} == {"German"}
    assert {one.system for one in found} == {None}, "the response does not see it"


def test_the_prompt_can_be_looked_at(magpie, checkpoint, tmp_path):
    said = steered(magpie, checkpoint, tmp_path / "r", "--task", "math", "--dry-run")
    assert "steered: tasks math 100.0%" in said.out
    assert "The user asks a question of mathematics" in said.out
    said = steered(magpie, checkpoint, tmp_path / "r", "--task", "math", "--dry-run", "--json")
    assert json.loads(said.out)["control"]["tasks"][0][0] == "math"


def test_it_is_resumed_with_the_same_personas_or_not_at_all(
    magpie, checkpoint, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    personas = tmp_path / "p.txt"
    personas.write_text("a nurse\na pilot\n")
    whole, run = tmp_path / "whole", tmp_path / "r"
    for path, n in ((whole, 9), (run, 4)):
        assert steered(magpie, checkpoint, path, "-n", n, "--personas", "p.txt").code == 0
    monkeypatch.chdir("/")
    assert magpie("resume", run, "-n", 9).code == 0
    assert records(run) == records(whole)
    personas.write_text("a nurse\na sailor\n")
    said = magpie("resume", run, "-n", 12)
    assert said.code != 0
    assert "others than when" in said.err


def test_a_template_without_a_place_for_it(magpie, checkpoint, tmp_path, copy_of):
    refuses = (
        "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}"
        "{% endif %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>"
        "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
    )
    folder = copy_of(checkpoint, tmp_path / "c", refuses)
    said = steered(magpie, folder, tmp_path / "r", "--task", "math")
    assert said.code != 0
    assert "no place for a system prompt" in said.err
    assert "Traceback" not in said.err


def test_a_schedule_is_in_the_records_and_in_the_key(magpie, checkpoint, tmp_path):
    run = tmp_path / "r"
    said = steered(magpie, checkpoint, run, "-n", 12, "--schedule", "0.7,1.2:0.9")
    assert said.code == 0, said.err
    drawn = {
        (one.extra["instruction_temperature"], one.extra["instruction_top_p"])
        for one in records(run)
    }
    assert drawn == {(0.7, 1.0), (1.2, 0.9)}
    said = steered(magpie, checkpoint, run, "-n", 14, "--schedule", "0.7,1.3:0.9")
    assert said.code == 5
    assert "holds another run" in said.err
    assert magpie("resume", run, "-n", 14).code == 0
    said = steered(magpie, checkpoint, run, "--schedule", "pro", "--dry-run")
    assert "schedule: T 1 top-p 1 30.0%" in said.out
