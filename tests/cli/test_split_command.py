"""``magpie split``: files in every format, and refusals before anything is written."""

import json

import pytest


def test_files_of_a_run(magpie, fake_run, tmp_path):
    out = tmp_path / "out"
    said = magpie("split", fake_run, "--test", 0.3, "--seed", 1, "--out", out)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].endswith(f"as jsonl in {out / 'train.jsonl'}")
    assert sum(int(line.split()[0]) for line in lines) == 12
    assert sorted(path.name for path in out.iterdir()) == ["test.jsonl", "train.jsonl"]


@pytest.mark.parametrize("to", ["sharegpt", "messages", "alpaca", "parquet"])
def test_every_format(magpie, fake_run, tmp_path, to):
    said = magpie("split", fake_run, "--test", 0.4, "--to", to, "--out", tmp_path / "out", "--json")
    document = json.loads(said.out)
    assert sum(document["counts"].values()) == 12
    from magpie_core.dataset.source import open_source

    for name, path in document["files"].items():
        with open_source(path) as source:
            assert len(list(source.records())) == document["counts"][name]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--train", 0.9, "--test", 0.3], "do not add up to 1"),
        ([], "only one part"),
        (["--test", 0.5, "--by", "nothing"], "no record has a column `nothing`"),
        (["--test", 0.5, "--to", "sharegpd"], "sharegpt"),
    ],
)
def test_bad_input(magpie, fake_run, tmp_path, args, message):
    said = magpie("split", fake_run, "--out", tmp_path / "out", *args)
    assert said.code == 2
    assert message in said.err
    assert not (tmp_path / "out").exists()
