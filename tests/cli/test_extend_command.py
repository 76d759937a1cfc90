"""``magpie extend``: what is printed, what is on disk, what comes out of an export."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def whole(fake_run):
    """Everything in the run folder, by path."""

    def whole():
        paths = [
            one
            for one in fake_run.rglob("*")
            if one.is_file() and not {"turns", "events.jsonl"} & {*one.parts}
        ]
        return {one: one.read_bytes() for one in paths if one.name != "lock"}

    return whole


def columns(run, name="extended"):
    parts = sorted((run / "turns" / name).glob("part-*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text().splitlines()]


def test_conversations_grow_and_the_run_is_not_touched(magpie, fake_run, whole):
    before = whole()
    said = magpie("extend", fake_run, "--turns", 3)
    assert said.code == 0, said.err
    assert "12 of 3 turns" in said.out
    assert whole() == before
    found = columns(fake_run)
    assert len(found) == 12
    assert {one["columns"]["exchanges"] for one in found} == {3}
    again = magpie("extend", fake_run, "--turns", 3)
    assert "complete, 12 conversations" in again.out
    assert len(columns(fake_run)) == 12


def test_every_format_writes_them_whole(magpie, fake_run, tmp_path):
    assert magpie("extend", fake_run, "--turns", 2, "-q").code == 0
    for name, key, length in (("messages", "messages", 4), ("sharegpt", "conversations", 4)):
        out = tmp_path / f"{name}.jsonl"
        assert magpie("export", fake_run, "--to", name, "--out", out).code == 0
        assert {len(json.loads(line)[key]) for line in out.read_text().splitlines()} == {length}
    out = tmp_path / "chosen.jsonl"
    said = magpie("select", fake_run, "--where", "exchanges = 2", "--to", "messages", "--out", out)
    assert said.code == 0, said.err
    assert {len(json.loads(line)["messages"]) for line in out.read_text().splitlines()} == {4}


def test_an_interrupted_one_goes_on(magpie, fake_run):
    assert magpie("extend", fake_run, "--turns", 2, "-n", 5, "-q").code == 0
    first = columns(fake_run)
    assert len(first) == 5
    said = magpie("extend", fake_run, "--turns", 2, "--json")
    document = json.loads(said.out)
    assert (document["before"], document["extended"]) == (5, 7)
    assert columns(fake_run)[:5] == first


def test_the_same_twice_gives_the_same_words(magpie, fake_run):
    assert magpie("extend", fake_run, "--turns", 3, "-q").code == 0
    said = magpie("extend", fake_run, "--turns", 3, "--as", "again", "--in-flight", 1, "-q")
    assert said.code == 0, said.err
    by_id = [
        {one["id"]: one["columns"] for one in columns(fake_run, name)}
        for name in ("extended", "again")
    ]
    assert by_id[0] == by_id[1]


def test_other_settings_need_another_name(magpie, fake_run):
    assert magpie("extend", fake_run, "--turns", 2, "-q").code == 0
    said = magpie("extend", fake_run, "--turns", 3)
    assert said.code != 0
    assert "turns = 2, not 3" in said.err
    assert "--as" in said.err
    assert magpie("extend", fake_run, "--turns", 3, "--as", "longer", "-q").code == 0


def test_of_two_sets_the_longer_conversation_is_exported(magpie, fake_run, tmp_path):
    for turns, name in ((3, "longer"), (2, "shorter")):
        assert magpie("extend", fake_run, "--turns", turns, "--as", name, "-q").code == 0
    out = tmp_path / "m.jsonl"
    assert magpie("export", fake_run, "--to", "messages", "--out", out).code == 0
    assert {len(json.loads(line)["messages"]) for line in out.read_text().splitlines()} == {6}


def test_a_file_needs_a_checkpoint(magpie, checkpoint, tmp_path):
    file = tmp_path / "data.jsonl"
    rows = [
        {
            "messages": [
                {"role": "user", "content": "Hi there"},
                {"role": "assistant", "content": "Yes?"},
            ]
        },
        {"messages": [{"role": "user", "content": "Only asked"}]},
    ]
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    said = magpie("extend", file, "--turns", 2)
    assert said.code == 2
    assert "with which checkpoint" in said.err
    said = magpie(
        "extend", file, "--turns", 2, "--checkpoint", checkpoint, "--backend", "fake", "--json"
    )
    assert said.code == 0, said.err
    document = json.loads(said.out)
    assert (document["extended"], document["failed"]) == (1, 1)
    [failure] = (tmp_path / "data.jsonl.magpie/turns/extended/failures").glob("*.jsonl")
    assert "does not end with an answer" in failure.read_text()


def test_the_first_prompt_can_be_looked_at(magpie, fake_run):
    said = magpie("extend", fake_run, "--turns", 2, "--dry-run", "--json")
    document = json.loads(said.out)
    assert (document["to_do"], document["before"]) == (12, 0)
    assert document["prompt"].endswith("<|start_header_id|>user<|end_header_id|>\n\n")
    assert not (fake_run / "turns").exists()


@pytest.mark.parametrize("args", [("--turns", 1), ()])
def test_one_turn_is_what_there_is(magpie, fake_run, args):
    assert magpie("extend", fake_run, *args).code == 2


def test_a_run_makes_whole_conversations(magpie, checkpoint, tmp_path):
    def run(name, *more):
        out = tmp_path / f"{name}.jsonl"
        said = magpie(
            *(
                "run",
                "--checkpoint",
                checkpoint,
                "--backend",
                "fake",
                "-n",
                6,
                "-o",
                tmp_path / name,
            ),
            *("--turns", 3, *more),
        )
        assert said.code == 0, said.err
        assert magpie("export", tmp_path / name, "--to", "messages", "--out", out).code == 0
        return [json.loads(line)["messages"] for line in out.read_text().splitlines()]

    together = run("together")
    assert [len(one) for one in together] == [6] * 6
    assert run("alone", "--in-flight", 1) == together
    asked = run("asked", "--follow-up-system", "multi-round")
    assert [one[:2] for one in asked] != together  # another key, the same first exchange
    assert [one[:2] for one in asked] == [one[:2] for one in together]


def test_a_run_of_conversations_is_resumed(magpie, checkpoint, tmp_path):
    base = ("run", "--checkpoint", checkpoint, "--backend", "fake", "--turns", 2)
    assert magpie(*base, "-n", 8, "-o", tmp_path / "whole").code == 0
    dying = ("--engine-option", "die_after=24", "--in-flight", 2)
    assert magpie(*base, "-n", 8, "-o", tmp_path / "died", *dying).code != 0
    said = magpie("resume", tmp_path / "died", "--engine-option", "die_after=1000000")
    assert said.code == 0, said.err
    found = []
    for name in ("whole", "died"):
        out = tmp_path / f"{name}.jsonl"
        assert magpie("export", tmp_path / name, "--to", "messages", "--out", out).code == 0
        found.append([json.loads(line)["messages"] for line in out.read_text().splitlines()])
    assert found[0] == found[1]


def test_merged_runs_keep_their_conversations(magpie, fake_run, checkpoint, tmp_path):
    other = tmp_path / "other"
    base = (
        "run",
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "-n",
        4,
        "--seed",
        5,
        "-o",
        other,
    )
    assert magpie(*base).code == 0
    for run, turns in ((fake_run, 2), (other, 3)):
        assert magpie("extend", run, "--turns", turns, "-q").code == 0
    said = magpie("merge", fake_run, other, "-o", tmp_path / "both")
    assert said.code == 0, said.err
    assert "left behind" not in said.err
    out = tmp_path / "both.jsonl"
    assert magpie("export", tmp_path / "both", "--to", "messages", "--out", out).code == 0
    lengths = [len(json.loads(line)["messages"]) for line in out.read_text().splitlines()]
    assert sorted(lengths) == [4] * 12 + [6] * 4
