"""``magpie`` in a process of its own, to be killed and interrupted. Knows no command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PATIENCE_SECONDS = 300.0
"""On a busy machine a start alone may take a minute."""
# A shell that starts tests in the background ignores SIGINT, and what it starts inherits that.
_HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
_MAIN = "from magpie_core.cli import main; main()"


def start_magpie(*arguments: object, first: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start ``magpie`` in a session of its own, offline, its output piped.

    Args:
        arguments: as on the command line.
        first: Python that it runs before, to make it slow or to stop it at a certain place.
        environment: more variables.
    """
    script = "\n".join((_HEARD, first, _MAIN))
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> bool:
    """Wait until ``condition`` holds; False where the process ended before it did.

    Raises:
        TimeoutError: neither came to pass; the process is killed, so that no test hangs.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None:
        if condition():
            return True
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            raise TimeoutError(process.communicate()[1])
        time.sleep(0.002)
    return bool(condition())
