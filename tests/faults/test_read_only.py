"""A disk that turns read-only, as the kernel does where a disk fails: between two sessions, and within one."""

from __future__ import annotations

import shutil

import pytest

from magpie_core.run.folder import RunFolder
from magpie_core.testing.processes import start_magpie

TURNS = """
import errno, os
left = 40
whole, sync = os.write, os.fsync
def refused(*_):
    raise OSError(errno.EROFS, "Read-only file system")
def write(descriptor, data):
    global left
    if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".jsonl"):
        left -= 1
        if left <= 0:
            os.fsync = os.ftruncate = refused
            refused()
    return whole(descriptor, data)
os.write = write
"""


@pytest.fixture
def run_on_disk(magpie, fake, disk):
    """A finished run on a disk that then is read-only."""
    small = disk(4096)
    run = small.path / "run"
    assert magpie("run", *fake, "-n", "30", "-o", run, "-q").code == 0
    small.remount("ro")
    return run


@pytest.mark.parametrize(
    "words",
    [
        ["resume", "{}", "-n", "60"],
        ["tag", "{}", "language", "--recipe", "{recipe}"],
        ["select", "{}", "--where", "length(response) > 1", "--as", "some"],
        ["extend", "{}", "--turns", "2"],
        ["export", "{}", "--to", "jsonl", "--out", "{}/out.jsonl"],
        ["run", "--checkpoint", "{checkpoint}", "--backend", "fake", "-n", "3", "-o", "{}-other"],
    ],
    ids=lambda words: words[0],
)
def test_writing_is_refused_with_a_way_out(magpie, run_on_disk, tmp_path, checkpoint, words):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[taggers.language]\namong = ["EN", "DE"]\n')
    said = magpie(*(one.format(run_on_disk, recipe=recipe, checkpoint=checkpoint) for one in words))
    assert said.code == 5, f"{said.code} {said.err}"
    assert "read-only file system" in said.err.lower()
    assert "hint: choose a folder on a disk that is not read-only" in said.err
    assert "Traceback" not in said.err


def test_reading_goes_on(magpie, run_on_disk, tmp_path):
    for words in (
        ["status", run_on_disk],
        ["show", run_on_disk],
        ["export", run_on_disk, "--to", "jsonl", "--out", tmp_path / "out.jsonl"],
        ["show", run_on_disk, "--rejected"],
    ):
        said = magpie(*words)
        assert said.code == 0, said.err
    assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 30


def test_a_copy_elsewhere_goes_on(magpie, run_on_disk, tmp_path):
    """What ``docs/faults.md`` says to do."""
    copy = tmp_path / "copy"
    shutil.copytree(run_on_disk, copy)
    assert magpie("resume", copy, "-n", "40", "-q").code == 0
    with RunFolder.open(copy, write=False) as folder:
        assert len(folder.settled().accepted) == 40


def test_a_disk_that_turns_read_only_in_the_middle(magpie, fake, tmp_path):
    run = tmp_path / "run"
    process = start_magpie("run", *fake, "-n", "200", "-o", run, "--in-flight", "4", first=TURNS)
    _, said = process.communicate()
    assert process.returncode == 5, said
    assert "read-only file system" in said
    assert f"magpie resume {run}" in said
    assert "Traceback" not in said
    with RunFolder.open(run, write=False) as folder:
        settled = folder.settled()
        assert len(settled.accepted) + len(settled.rejected) >= 30
        assert settled.damaged == settled.duplicates == 0
    assert magpie("resume", run, "-q").code == 0
