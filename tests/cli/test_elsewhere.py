"""``--on``: what is said where nobody offers it, or where it means nothing."""

from __future__ import annotations


def test_a_missing_runner_is_named_with_its_package(magpie, uninstall, checkpoint, tmp_path):
    uninstall("magpie-ray")
    run = tmp_path / "run"
    said = magpie("run", "--checkpoint", checkpoint, "--backend", "fake", "--on", "ray", "-o", run)
    assert said.code == 2
    assert "unknown runner `ray`" in said.err
    assert "pip install magpie-ray" in said.err
    assert not run.exists()


def test_workers_of_nothing_are_refused(magpie, checkpoint, tmp_path):
    said = magpie("run", "--checkpoint", checkpoint, "--workers", 2, "-o", tmp_path / "run")
    assert said.code == 2
    assert "--workers without --on" in said.err
    assert not (tmp_path / "run").exists()


def test_an_option_of_nothing_is_refused(magpie, fake_run):
    said = magpie("resume", fake_run, "--on-option", "num_gpus=1")
    assert said.code == 2
    assert "--on-option without --on" in said.err


def test_what_is_no_pair_is_refused(magpie, fake_run):
    said = magpie("resume", fake_run, "--on", "ray", "--on-option", "num_gpus")
    assert said.code == 2
    assert "`num_gpus` is not KEY=VALUE" in said.err


def test_steps_over_records_name_the_missing_package_too(magpie, uninstall, checkpoint, fake_run):
    uninstall("magpie-ray")
    judged = ("--checkpoint", checkpoint, "--backend", "fake")
    for command in (("tag", fake_run, "language", *judged), ("dedup", fake_run)):
        said = magpie(*command, "--on", "ray")
        assert said.code == 2
        assert "pip install magpie-ray" in said.err
    assert not (fake_run / "tags").exists()


def test_words_alone_need_no_workers(magpie, fake_run):
    said = magpie("dedup", fake_run, "--minhash", "--on", "ray")
    assert said.code == 2
    assert "--on is for embeddings" in said.err
