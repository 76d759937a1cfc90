"""``magpie estimate``, and where a run stops that may cost only so much."""

from __future__ import annotations

import json

import pytest


def records(run):
    return [
        json.loads(line)
        for part in sorted((run / "records").glob("*.jsonl"))
        for line in part.read_text("utf-8").splitlines()
    ]


@pytest.fixture
def fake(checkpoint):
    return ("--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0")


def test_an_estimate_leaves_nothing_and_adds_up(magpie, fake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = magpie(
        "estimate", *fake, "-n", "1000", "--samples", "20", "--price-per-gpu-hour", "3", "--json"
    )
    assert said.code == 0, said.err
    found = json.loads(said.out)
    pilot = found["pilot"]
    assert (found["records"], pilot["records"]) == (1000, 20)
    assert found["sampled_tokens"] == 50 * pilot["sampled_tokens"] > 0
    assert found["bytes"] == 50 * pilot["bytes"] > 0
    assert found["money"] == pytest.approx(3 * found["hours"], abs=2e-4)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("samples", "short"), [(31, True), (32, False)])
def test_a_pilot_too_short_to_fill_the_engine_says_so(magpie, fake, samples, short):
    said = magpie("estimate", *fake, "-n", "1000", "--samples", samples, "--in-flight", 8)
    assert said.code == 0, said.err
    assert ("--samples 32" in said.err) == short


def test_kept_records_are_the_first_of_the_run(magpie, fake, tmp_path):
    run, whole = tmp_path / "run", tmp_path / "whole"
    said = magpie("estimate", *fake, "-n", "30", "--samples", "10", "-o", run)
    assert said.code == 0, said.err
    assert "30 records take about" in said.out
    assert str(run) in said.out
    first = records(run)
    assert len(first) == 10
    assert magpie("run", *fake, "-n", "30", "-o", run, "-q").code == 0
    assert magpie("run", *fake, "-n", "30", "-o", whole, "-q").code == 0
    assert records(run)[:10] == first
    key = {one["index"]: one["instruction"] for one in records(run)}
    assert key == {one["index"]: one["instruction"] for one in records(whole)}


@pytest.mark.parametrize("kept", [True, False])
def test_an_engine_that_dies_leaves_what_goes_on_only_where_it_is_kept(
    magpie, fake, tmp_path, kept
):
    run = tmp_path / "run"
    words = ("estimate", *fake, "-n", "300", "--json", *(("-o", run) if kept else ()))
    said = magpie(*words, "--engine-option", "die_after=90")
    assert said.code == 6
    assert ("the same command again goes on" in said.err) is kept
    assert run.exists() is kept


def test_with_nothing_new_there_is_nothing_to_estimate_by(magpie, fake, tmp_path):
    assert magpie("run", *fake, "-n", "10", "-o", tmp_path / "run", "-q").code == 0
    said = magpie("estimate", *fake, "-n", "30", "--samples", "10", "-o", tmp_path / "run")
    assert said.code == 2
    assert "none was made to estimate by" in said.err


def test_no_stand_in_is_taken_for_a_model(magpie, monkeypatch):
    said = magpie("estimate", "--family", "llama3.1", "-n", "3000", "--samples", "5")
    assert said.code == 4


@pytest.mark.parametrize(
    "limit",
    [
        ("--max-hours", "0.0002"),
        ("--max-budget", "0.001", "--price-per-gpu-hour", "20"),
        ("--max-budget", "0.001", "--price-per-million", "0,20"),
    ],
)
def test_a_run_stops_at_its_limit_and_goes_on(magpie, fake, tmp_path, limit):
    run = tmp_path / "run"
    assert magpie("run", *fake, "-n", "5", "-o", run, "-q").code == 0  # or nothing may be done yet
    said = magpie("resume", run, "--engine-option", "delay=0.1", "-n", "400", *limit)
    assert said.code == 9, said.err
    assert f"{limit[0]} {limit[1]} is reached, with " in said.err
    assert "of 400 records" in said.err
    assert f"magpie resume {run}" in said.err
    before = records(run)
    assert 5 <= len(before) < 400
    assert magpie("resume", run, "--engine-option", "delay=0", "-q").code == 0
    assert records(run)[: len(before)] == before
    assert len(records(run)) == 400


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--max-budget", "3"], "nothing has a price"),
        (["--max-hours", "0"], "no number above 0"),
        (["--max-hours", "nan"], "no number above 0"),
        (["--gpus", "2"], "says what is paid for"),
        (["--price-per-million", "1,2,3"], "is no price"),
    ],
)
def test_limits_that_cannot_be_meant(magpie, fake, args, words):
    said = magpie("run", *fake, *args)
    assert said.code == 2
    assert words in said.err
