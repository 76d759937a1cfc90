"""Real servers for tests, ``vllm serve`` and SGLang's: found, started, killed."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "SGLANG_CPU_OMP_THREADS_BIND": "0",
    "TORCHDYNAMO_DISABLE": "1",  # compiling SGLang's penalties takes half a minute
}
VLLM = [
    *("--dtype", "float32", "--enforce-eager", "--generation-config", "vllm"),
    *("--max-num-seqs", "64", "--host", "127.0.0.1", "--no-enable-log-requests"),
    *("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}'),
]
SGLANG = [
    *("--device", "cpu", "--dtype", "float32", "--attention-backend", "torch_native"),
    *("--sampling-backend", "pytorch", "--disable-cuda-graph", "--max-total-tokens", "16384"),
    *("--max-running-requests", "32", "--context-length", "1024", "--host", "127.0.0.1"),
    *("--log-level", "warning", "--constrained-json-disable-any-whitespace"),
]
PATIENCE = 1200.0
"""Seconds for a start; 25 where nobody else works."""


def installed(engine: str) -> bool:
    """Whether this environment has ``engine``: another one beside the sources may be half made."""
    return importlib.util.find_spec(engine) is not None


class Serve:
    """One server process on a port of its own."""

    def __init__(self, engine: str, checkpoint: str, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [sys.executable, str(HERE / "vllm_serve.py"), "serve", checkpoint, *VLLM]
        if engine == "sglang":
            self._command = [sys.executable, "-m", "sglang.launch_server", *SGLANG]
            self._command += ["--model-path", checkpoint]
        self._command += ["--port", str(self.port)]
        self._log = log
        self._process: subprocess.Popen[Any] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start without waiting."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Return when it answers."""
        assert self._process is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self._process.poll() is None, (
                f"the server ended:\n{self._log.read_text()[-3000:]}"
            )
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.5)
        raise AssertionError(f"the server is not ready:\n{self._log.read_text()[-3000:]}")

    def kill(self) -> None:
        """``kill -9`` of the server with its engine."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
