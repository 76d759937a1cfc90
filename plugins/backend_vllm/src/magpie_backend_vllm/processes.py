"""Processes that an engine starts: notice when one dies, leave none behind. Knows no vLLM.

vLLM's synchronous client waits for ever when its engine process is killed, and its processes live on
when ours is. Both are seen from outside, by process id, which no version of vLLM can change.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

REAPER = Path(__file__).with_name("reaper.py")


class Watch:
    """Around the opening of an engine: which processes did it start?

    On leaving, a small process is started that kills them when ours is gone, however it went.
    """

    def __init__(self) -> None:
        self.processes: list[BaseProcess] = []
        """Direct children."""
        self._ids: list[str] = []
        """All of them, as the reaper names processes."""
        self._reaper: subprocess.Popen[bytes] | None = None
        self._before = {one.pid for one in multiprocessing.active_children()}

    def __enter__(self) -> None:
        self._before = {one.pid for one in multiprocessing.active_children()}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from magpie_backend_vllm.reaper import descendants, identity

        self.processes = self._started()
        pids = [one.pid for one in self.processes if one.pid]
        self._ids = [identity(pid) for pid in (*pids, *descendants(pids))]
        if self._ids and error is None:
            self._reaper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(REAPER), *self._ids],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
            )

    def any_alive(self) -> bool:
        """Whether one that was started since is still there."""
        return bool(self._started())

    def give_up(self) -> None:
        """Kill what was started so far: an engine that is being opened fails of it."""
        from magpie_backend_vllm.reaper import descendants, identity, kill

        pids = [one.pid for one in self._started() if one.pid]
        kill([identity(pid) for pid in (*pids, *descendants(pids))])

    def _started(self) -> list[BaseProcess]:
        children = multiprocessing.active_children()
        return [one for one in children if one.pid not in self._before]

    def end(self) -> None:
        """Kill what is still there, and the reaper with it."""
        from magpie_backend_vllm.reaper import kill

        kill(self._ids)
        for one in self.processes:
            with suppress(Exception):  # a child that somebody else has waited for
                one.join(1.0)
        if self._reaper is not None:
            with suppress(OSError):
                os.kill(self._reaper.pid, signal.SIGKILL)
            with suppress(Exception):
                self._reaper.communicate(timeout=5.0)
            self._reaper = None
        self._ids = []


def wait_for_a_death(processes: Sequence[BaseProcess], seconds: float | None = None) -> str | None:
    """Wait until one of the processes ends; how it ended, in words, or None when none did in time."""
    ended = wait([one.sentinel for one in processes], seconds)
    if not ended:
        return None
    first = next(one for one in processes if one.sentinel in ended)
    with suppress(Exception):
        first.join(1.0)
    code = first.exitcode
    if code is None:
        return "nobody knows how"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
