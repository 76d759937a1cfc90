"""The power fails: what was put on the disk stays, of what was written later any part may be gone.

The promise is in ``magpie_core/run/parts.py`` (``PartWriter``). Here a process notes the size of each file whenever
it is put on the disk; it is killed, and its files are cut to what a power cut may leave: anything between what
was put there and what was written, with NUL bytes where some file systems have room and no data.
"""

from __future__ import annotations

import json
import os
import random
import signal

import pytest

from magpie_core.run.folder import RunFolder
from magpie_core.testing.processes import start_magpie, wait_for

NOTED = """
import os, json
import magpie_core.run.parts as parts
parts.SYNC_SECONDS = 0.2
parts.PartWriter.__init__.__kwdefaults__["sync_seconds"] = 0.2
whole = os.fsync
def fsync(descriptor):
    name = os.readlink(f"/proc/self/fd/{descriptor}")
    size = os.fstat(descriptor).st_size
    whole(descriptor)
    with open(os.environ["NOTED"], "a") as notes:
        notes.write(json.dumps([name, size]) + "\\n")
os.fsync = fsync
"""


def synced(notes) -> dict[str, int]:
    """Bytes of each file that were on the disk when the power failed."""
    lines = notes.read_text().splitlines() if notes.exists() else []
    return dict(json.loads(line) for line in lines)


def cut_power(run, notes, draw) -> int:
    """Take away what may be lost; returns the records that must still be there."""
    kept, safe = synced(notes), 0
    for part in run.rglob("part-*.jsonl"):
        data = part.read_bytes()
        sure = kept.get(str(part), 0)
        assert sure <= len(data)
        if part.parent.name == "records":
            safe += data[:sure].count(b"\n")
        left = draw.randint(sure, len(data))
        nothing = b"\0" * draw.choice((0, 0, 1, 700, 70_000))
        part.write_bytes(data[:left] + nothing)
        if not sure and draw.random() < 0.3:
            part.write_bytes(b"")
    return safe


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="reads /proc")
def test_what_was_put_on_the_disk_stays_and_the_rest_is_made_again(magpie, fake, tmp_path):
    draw, run, notes = random.Random(7), tmp_path / "run", tmp_path / "notes"
    whole = tmp_path / "whole"
    assert magpie("run", *fake, "-n", "250", "-o", whole, "-q").code == 0
    cuts = safest = 0
    command = [
        "run",
        *fake,
        "-n",
        "250",
        "-o",
        run,
        "--engine-option",
        "delay=0.02",
        "--in-flight",
        "6",
    ]
    for _ in range(4):
        process = start_magpie(*command, "-q", first=NOTED, NOTED=str(notes))
        command = ["resume", run]
        wanted = draw.randint(1, 60)
        before = records(run)
        wait_for(lambda w=wanted, b=before: records(run) >= b + w, process)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            cuts += 1
        process.communicate()
        safe = cut_power(run, notes, draw)
        notes.unlink(missing_ok=True)
        with RunFolder.open(run, write=False) as folder:
            settled = folder.settled()
        assert len(settled.accepted) >= safe
        assert settled.duplicates == 0
        safest = max(safest, safe)
    assert cuts >= 2, "it was through before the power could fail"
    assert safest > 0, "nothing had been put on the disk, so nothing was shown"
    assert magpie("resume", run, "-q").code == 0
    assert contents(run) == contents(whole)


def records(run) -> int:
    return sum(part.read_bytes().count(b"\n") for part in run.glob("records/part-*.jsonl"))


def contents(run) -> list[str]:
    with RunFolder.open(run, write=False) as folder:
        return [
            f"{one.index} {one.instruction} {one.response}" for one in folder.records_in_order()
        ]


def test_run_toml_is_on_the_disk_before_the_first_record_and_before_it_has_its_name(
    magpie, fake, tmp_path, monkeypatch
):
    """Else a power cut could leave records that nobody knows the settings of."""
    done = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor):
        done.append(("fsync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))
        fsync(descriptor)

    def noted_replace(one, other, **more):
        done.append(("replace", os.path.basename(other)))
        replace(one, other, **more)

    from pathlib import Path

    whole = Path.replace
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(
        Path,
        "replace",
        lambda self, to: (done.append(("replace", Path(to).name)), whole(self, to))[1],
    )
    assert magpie("run", *fake, "-n", "3", "-o", tmp_path / "run").code == 0
    named = done.index(("replace", "run.toml"))
    assert done[named - 1][0] == "fsync"
    assert done[named - 1][1].startswith(".magpie-")
    assert done[named + 1] == ("fsync", "run"), "the folder's list of names is put there too"
    first = next(k for k, one in enumerate(done) if one == ("fsync", "part-00000.jsonl"))
    assert named < first
