"""Kills the processes named on the command line once standard input ends, that is, once our process is gone.

Run as a script, with nothing but the standard library. A process is named ``PID:START``, so that
another one which got the same id later is left alone. Without ``/proc`` nothing is named or killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def identity(pid: int) -> str:
    """``PID:START``, the start in clock ticks since the machine's (``man proc_pid_stat``, field 22)."""
    return f"{pid}:{_stat(pid)[19] if _stat(pid) else ''}"


def descendants(pids: Iterable[int]) -> list[int]:
    """Children of these processes, their children and so on."""
    parents: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        if fields := _stat(int(entry.name)):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    level = list(pids)
    while level:
        level = [child for pid in level for child in parents.get(pid, [])]
        found += level
    return found


def kill(identities: Iterable[str]) -> None:
    """Kill the processes that are still the ones named."""
    for name in identities:
        pid, _, start = name.partition(":")
        if start and identity(int(pid)) == name:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """Fields of ``/proc/PID/stat`` behind the name, which may hold spaces; none when it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


if __name__ == "__main__":
    sys.stdin.buffer.read()
    kill(sys.argv[1:])
