"""Nothing listens beyond this machine unless it is asked to.

What else opens ports says so itself: ``magpie view`` in ``tests/view``, Ray in ``plugins/ray/tests``. The engines
that Magpie starts (transformers, vLLM, SGLang) run in its own processes and serve nobody.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from magpie_core.cli.metrics import serve_metrics
from magpie_core.testing.processes import start_magpie, wait_for

LISTENING = "0A"


def listening(pid: int) -> set[str]:
    """Addresses a process listens on, in the kernel's hexadecimal; Linux only."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = link.readlink().name
        except OSError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in sockets:
                found.add(fields[1].partition(":")[0])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("more", "expected"), [((), set()), (("--metrics", "0"), {"0100007F"})])
def test_a_run_listens_to_nobody_or_to_this_machine(checkpoint, tmp_path, more, expected):
    if more:
        pytest.importorskip("prometheus_client")
    run = tmp_path / "run"
    process = start_magpie(
        *("run", "--checkpoint", checkpoint, "--backend", "fake", "--pilot", "0", "-n", "100"),
        *("-o", run, "--engine-option", "delay=0.05", *more),
    )
    try:
        assert wait_for(lambda: any(run.glob("records/part-*")), process)
        assert listening(process.pid) == expected
    finally:
        process.kill()
        process.communicate()


def test_others_hear_it_when_they_are_meant_to():
    """Else the test above could not fail."""
    pytest.importorskip("prometheus_client")
    code = (
        "import sys\n"
        "from magpie_core.cli.metrics import serve_metrics\n"
        "with serve_metrics('0.0.0.0:0', dict):\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if sys.platform == "linux":
            assert listening(process.pid) == {"00000000"}
        process.communicate()
    with serve_metrics("0", dict) as address:
        assert address.startswith("127.0.0.1:")
