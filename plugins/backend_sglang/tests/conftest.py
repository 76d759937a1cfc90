"""A running SGLang server and an engine, where SGLang is installed (see ../install.sh)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CPU: dict[str, Any] = {
    "attention_backend": "torch_native",
    "sampling_backend": "pytorch",
    "max_total_tokens": 16384,
    "sleep_on_idle": True,  # an idle scheduler would take a whole core from the others
}
"""Options of a small engine on a processor."""
ROWS = 16
HEALTHY = 180.0
"""Seconds that a server may take to come up."""


def pytest_configure() -> None:
    """Engines and servers inherit the environment."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads wait for each other on a busy machine
    os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")  # compiling the penalties takes half a minute


@pytest.fixture(scope="session")
def checkpoint() -> str:
    if found := os.environ.get("MAGPIE_TEST_CHECKPOINT"):
        return found
    return str(pytest.importorskip("magpie_tiny").CHECKPOINT)


@pytest.fixture(scope="session")
def sglang_installed() -> None:
    if find_spec("sglang") is None:
        pytest.skip("SGLang is not installed here: install.sh makes an environment with it")


class Server:
    """A real server on a port of its own; it can be killed and started again."""

    def __init__(self, checkpoint: str, folder: Path, *more: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        options = {**CPU, "max_running_requests": ROWS, "log_level": "warning", "host": "127.0.0.1"}
        options |= {
            "port": self.port,
            "model_path": checkpoint,
            "device": "cpu",
            "dtype": "float32",
        }
        self.command = [sys.executable, "-m", "sglang.launch_server", *more]
        for name, value in options.items():
            flag = f"--{name.replace('_', '-')}"
            self.command += [flag] if value is True else [flag, str(value)]

    def start(self) -> None:
        import httpx

        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + HEALTHY
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            with suppress(httpx.TransportError):
                if httpx.get(self.url + "/health", timeout=20).status_code == 200:
                    return
            time.sleep(0.5)
        pytest.fail(f"the server is not up after {HEALTHY:g} seconds")

    def kill(self) -> None:
        """End every process of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def make_server(
    sglang_installed: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers, given a checkpoint and further flags; all end with the session."""
    made: list[Server] = []

    def make(checkpoint: str, *flags: str) -> Server:
        made.append(Server(checkpoint, tmp_path_factory.mktemp("server"), *flags))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Server], checkpoint: str) -> Server:
    flags = "--enable-custom-logit-processor", "--constrained-json-disable-any-whitespace"
    return make_server(checkpoint, *flags)


@pytest.fixture(scope="session")
def cpu_options() -> dict[str, Any]:
    return dict(CPU)
