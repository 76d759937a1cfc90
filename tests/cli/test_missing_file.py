"""A path that is not there, for the commands that take runs and files."""

import pytest


@pytest.mark.parametrize("command", ["dedup", "select", "diversity"])
def test_a_file_that_is_not_there_is_called_a_file(magpie, tmp_path, command):
    pytest.importorskip("duckdb")
    (tmp_path / "talk.jsonl").touch()
    said = magpie(
        command, tmp_path / "tlak.jsonl", *(["--sample", "1"] if command == "select" else [])
    )
    assert said.code == 5
    assert f"no file `{tmp_path / 'tlak.jsonl'}` (files there: talk.jsonl)" in said.err
    assert f"did you mean `{tmp_path / 'talk.jsonl'}`?" in said.err


def test_nor_is_its_folder(magpie, tmp_path):
    said = magpie("import", tmp_path / "no" / "talk.jsonl", "-o", tmp_path / "run")
    assert said.code == 5
    assert f"no folder `{tmp_path / 'no'}`" in said.err
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_not_there_is_called_a_run(magpie, tmp_path):
    assert "no run folder" in magpie("dedup", tmp_path / "first").err
