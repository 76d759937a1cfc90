"""A Ray cluster of several nodes on this machine, started as its users start one; each can be killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 120.0


class Machines:
    """Nodes that ``ray start`` made; the first has the head.

    Args:
        folder: for what they say.
        cpus: of each, as Ray counts them.
    """

    def __init__(self, folder: Path, cpus: int = 2) -> None:
        self._folder = folder
        self._cpus = cpus
        self._nodes: list[subprocess.Popen[bytes]] = []
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.environment = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    @property
    def address(self) -> str:
        """For ``--on-option address=``."""
        return f"127.0.0.1:{self.port}"

    def add(self) -> int:
        """Start one more node; its number."""
        number = len(self._nodes)
        where = (
            [f"--address={self.address}"]
            if self._nodes
            else ["--head", f"--port={self.port}", "--include-dashboard=false"]
        )
        said = self._folder / f"node-{number}.txt"
        command = [str(Path(sys.executable).with_name("ray")), "start", *where, "--block"]
        command += [f"--num-cpus={self._cpus}", "--object-store-memory=80000000"]
        with said.open("wb") as file:
            node = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._nodes.append(node)
        end = time.monotonic() + PATIENCE_SECONDS
        while b"Ray runtime started" not in said.read_bytes():
            if node.poll() is not None or time.monotonic() > end:
                raise TimeoutError(said.read_text())
            time.sleep(0.1)
        return number

    def kill(self, number: int) -> None:
        """Let a node be gone from one moment to the next, with everything that runs there."""
        node = self._nodes[number]
        for one in (*_children(node.pid), node.pid):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        node.wait(timeout=PATIENCE_SECONDS)

    def stop(self) -> None:
        """End all nodes."""
        for number in reversed(range(len(self._nodes))):
            self.kill(number)


def _children(of: int) -> list[int]:
    """Ids of the processes that ``of`` began, and of those that these began, the youngest last."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text()
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(
                    int(entry.name)
                )
    found, waiting = [], [of]
    while waiting:
        more = parents.get(waiting.pop(), [])
        found += more
        waiting += more
    return found
