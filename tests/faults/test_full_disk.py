"""A disk that is really full: a small file system in memory. ``make soak`` fills disks at random moments, too."""

from __future__ import annotations

import json

import pytest

from magpie_core.dataset.source import open_source

ANSWERS = ["Thinking. The answer is 4.", "The answer is 5.", "I say 4. The answer is 4."]


def contents(path) -> list[str]:
    with open_source(path) as source:
        return [f"{one.id} {one.instruction} {one.response}" for one in source.records()]


def refused(said, path) -> None:
    assert said.code == 5, said.err
    assert f"cannot write to `{path}" in said.err
    assert "no space left on device" in said.err
    assert "free some space" in said.err
    assert "Traceback" not in said.err


def test_a_run_says_so_keeps_what_it_has_and_goes_on(magpie, fake, disk, tmp_path):
    small = disk(120)
    run = small.path / "run"
    refused(magpie("run", *fake, "-n", "400", "-o", run), run)
    kept = contents(run)
    assert 50 < len(kept) < 400
    said = magpie("resume", run)
    refused(said, run)
    assert f"magpie resume {run}" in said.err
    assert contents(run) == kept
    status = json.loads(magpie("status", run, "--json").out)
    assert (status["accepted"], status["damaged_lines"]) == (len(kept), 0)
    small.remount("size=4m")
    assert magpie("resume", run, "-q").code == 0
    assert magpie("run", *fake, "-n", "400", "-o", tmp_path / "whole", "-q").code == 0
    assert contents(run) == contents(tmp_path / "whole")


def test_a_disk_without_room_for_a_single_line_holds_no_run(magpie, fake, disk):
    none = disk(16)
    (none.path / "filler").write_bytes(b"x" * 16 * 1024)
    said = magpie("run", *fake, "-n", "2", "-o", none.path / "run")
    assert said.code == 5
    assert "no space left" in said.err
    assert not (none.path / "run" / "run.toml").exists()


@pytest.mark.parametrize(
    "step",
    [
        ["export", "{run}", "--to", "jsonl", "--out", "{disk}/out.jsonl"],
        ["export", "{run}", "--to", "parquet", "--out", "{disk}/out.parquet"],
        ["import", "{file}", "-o", "{disk}/imported"],
        ["merge", "{run}", "{other}", "-o", "{disk}/merged"],
        ["split", "{run}", "--test", "0.1", "--out", "{disk}/parts"],
        ["tag", "{beside}", "language", "--recipe", "{recipe}"],
        ["prefer", "{beside}", "--by", "majority", "--samples", "3", "--checkpoint", "{checkpoint}",
         "--backend", "fake", "--engine-option", "texts=" + json.dumps(ANSWERS)],
    ],
    ids=lambda step: "-".join(step[::3][:2]) if step[0] == "export" else step[0],
)  # fmt: skip
def test_every_step_says_so_and_leaves_nothing_half_written(
    magpie, fake, disk, tmp_path, checkpoint, step
):
    run, file, small = tmp_path / "run", tmp_path / "data.jsonl", disk(120)
    other = tmp_path / "other"
    assert magpie("run", *fake, "-n", "150", "-o", run, "-q").code == 0
    if step[0] == "merge":
        assert magpie("run", *fake, "--seed", "6", "-n", "150", "-o", other, "-q").code == 0
    assert magpie("export", run, "--to", "messages", "--out", file).code == 0
    (tmp_path / "recipe.toml").write_text('[taggers.language]\namong = ["EN", "DE"]\n')
    beside = small.path / "link.jsonl"  # a file's columns stand beside it: here on the small disk
    beside.symlink_to(file)
    (small.path / "filler").write_bytes(b"x" * 104 * 1024)
    names = {
        "other": other,
        "run": run,
        "file": file,
        "beside": beside,
        "disk": small.path,
        "checkpoint": checkpoint,
    }
    words = [str(one) for one in step]
    words = [
        one.format(recipe=tmp_path / "recipe.toml", **names) if "[" not in one else one
        for one in words
    ]
    said = magpie(*words)
    assert said.code == 5, f"{said.code} {said.err}"
    assert "no space left on device" in said.err
    assert "hint" in said.err
    for out in small.path.glob("out.*"):
        pytest.fail(f"half an export was left: {out}")
    assert not list(small.path.rglob(".magpie-*")), "a temporary file was left"
    small.remount("size=8m")
    assert magpie(*words).code == 0, "with room it goes through"
