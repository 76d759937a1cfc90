"""The main job as a user does it, on the real transformers backend and the embedded model."""

from __future__ import annotations

import json

import pyarrow.parquet
import pytest

from magpie_core.record import Record

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return tmp_path_factory.mktemp("main") / "run"


def test_run(magpie, checkpoint, run):
    said = magpie(
        "run",
        "--family",
        "llama3",
        "--checkpoint",
        checkpoint,
        "-n",
        40,
        "--seed",
        3,
        "-o",
        run,
        "--json",
    )
    assert said.code == 0, said.err
    summary = json.loads(said.out)
    assert (summary["accepted"], summary["wanted"], summary["failed"]) == (40, 40, 0)
    assert summary["family"] == "llama3"
    assert 0.3 < summary["engine_share"] <= 1


def test_status(magpie, run):
    status = json.loads(magpie("status", run, "--json").out)
    assert (status["accepted"], status["wanted"], status["backend"]) == (40, 40, "transformers")
    assert status["attempts"] == 40 + sum(status["rejected"].values())


def test_the_run_folder_says_what_it_was_made_with(run):
    text = (run / "run.toml").read_text()
    for part in (
        "torch =",
        "transformers =",
        "fingerprint =",
        "seed = 3",
        "pre_query_ids",
        "created =",
    ):
        assert part in text


def test_show(magpie, run):
    said = magpie("show", run, "-n", 2)
    assert said.out.count("instruction") == 2
    assert said.out.count("response") >= 2


@pytest.mark.parametrize("format_", ["sharegpt", "messages", "alpaca", "jsonl"])
def test_export(magpie, run, tmp_path, format_):
    out = tmp_path / "data.jsonl"
    assert magpie("export", run, "--to", format_, "--out", out).code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 40
    if format_ == "jsonl":
        assert {"id", "instruction", "response"} <= set(rows[0])
        assert [row["index"] for row in rows] == sorted(row["index"] for row in rows)


def test_export_parquet(magpie, run, tmp_path):
    out = tmp_path / "data.parquet"
    assert magpie("export", run, "--to", "parquet", "--out", out).code == 0
    table = pyarrow.parquet.read_table(out)
    assert table.num_rows == 40
    assert {"id", "instruction", "response", "conversations"} <= set(table.column_names)


def test_the_same_command_again_finds_the_run_complete(magpie, checkpoint, run):
    said = magpie(
        "run", "--family", "llama3", "--checkpoint", checkpoint, "-n", 40, "--seed", 3, "-o", run
    )
    assert said.code == 0
    assert "is complete: 40 records" in said.out
    assert "opening" not in said.err, "a finished run needs no engine"


def test_instructions_are_instructions(run):
    """From the bare pre-query the embedded model writes distinct requests, and answers them."""
    import msgspec

    records = [
        msgspec.json.decode(line, type=Record)
        for part in sorted((run / "records").glob("*.jsonl"))
        for line in part.read_text().splitlines()
    ]
    assert len({record.instruction for record in records}) == 40
    assert sum(len(record.instruction) > 8 for record in records) >= 36
    assert all(record.response for record in records)


def test_without_arguments_it_runs_offline_and_says_on_what(magpie, tmp_path, monkeypatch):
    pytest.importorskip("magpie_tiny")
    monkeypatch.chdir(tmp_path)
    said = magpie("run", "-n", 3)
    assert said.code == 0, said.err
    assert "embedded demonstration model `tiny`" in said.err
    (made,) = (tmp_path / "runs").iterdir()
    assert made.name.startswith("tiny-")


def test_a_family_alone_offline_uses_the_embedded_model_and_says_so(magpie, tmp_path, monkeypatch):
    pytest.importorskip("magpie_tiny")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    said = magpie("run", "--family", "llama3", "-n", 3, "-o", tmp_path / "r")
    assert said.code == 0, said.err
    assert "meta-llama/Meta-Llama-3-8B-Instruct" in said.err
    assert "cannot be reached: using the embedded demonstration model" in said.err


def test_more_than_a_demonstration_is_not_made_with_a_stand_in(magpie, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    said = magpie("run", "--family", "llama3", "-n", 101, "-o", tmp_path / "r")
    assert said.code == 4
    assert "meta-llama/Meta-Llama-3-8B-Instruct" in said.err
    assert "--checkpoint tiny" in said.err
    assert not (tmp_path / "r").exists()


def test_another_checkpoint_may_answer(magpie, checkpoint, tmp_path):
    said = magpie(
        "run",
        "--checkpoint",
        checkpoint,
        "--respond-with",
        checkpoint,
        "-n",
        3,
        "-o",
        tmp_path / "r",
        "--json",
    )
    assert said.code == 0, said.err
    assert json.loads(said.out)["accepted"] == 3


def test_a_gpu_asked_for_and_absent(magpie, checkpoint, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    said = magpie("run", "--checkpoint", checkpoint, "--device", "cuda", "-o", tmp_path / "r")
    assert said.code == 6
    assert "hint: " in said.err
    assert "--device cpu" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "r").exists()


def test_dry_run_shows_exact_prompts_and_spends_nothing(magpie, checkpoint, tmp_path):
    said = magpie("run", "--checkpoint", checkpoint, "--dry-run", "--json", "-o", tmp_path / "r")
    plan = json.loads(said.out)
    assert (
        plan["instruction"]["prompt"]
        == "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
    )
    assert plan["response"]["prompt"].endswith("<|start_header_id|>assistant<|end_header_id|>\n\n")
    assert not (tmp_path / "r").exists()


def test_probe(magpie, checkpoint):
    found = json.loads(magpie("probe", checkpoint, "--json").out)
    wanted = (
        "family pre_query pre_query_ids pre_query_with_system default_system user_to_assistant "
    )
    wanted += "turn_append bos stop_token_ids problems"
    assert set(wanted.split()) <= set(found)
    assert found["family"] == "llama3"
    assert found["problems"] == []
