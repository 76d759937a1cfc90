"""Runs ``magpie`` and our own scripts as a user would: a process each, its words in a log. Knows no step."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from paths import HERE

MAGPIE = Path(sys.executable).with_name("magpie")
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Training on a processor: keep freed memory instead of giving it back after every batch.
    "MALLOC_MMAP_THRESHOLD_": str(2**33),
    "MALLOC_TRIM_THRESHOLD_": str(2**34),
}


class Runner:
    """Runs commands one after the other and counts what they cost."""

    def __init__(self, log: Path) -> None:
        """Commands and what they say are added to ``log``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.commands: list[str] = []

    def magpie(self, *arguments: object, executable: Path = MAGPIE) -> None:
        """One ``magpie`` command.

        Raises:
            SystemExit: it failed; what it said last stands in the message.
        """
        words = [str(one) for one in arguments]
        self.commands.append(" ".join(["magpie", *words]))
        self._run([str(executable), *words])

    def script(self, name: str, *arguments: object) -> None:
        """One of the scripts beside this one.

        Raises:
            SystemExit: it failed; what it said last stands in the message.
        """
        self._run([sys.executable, str(HERE / name), *map(str, arguments)])

    def _run(self, words: list[str]) -> None:
        shown = " ".join(words)
        print(f"$ {shown}", flush=True)
        begin = self.log.stat().st_size if self.log.exists() else 0
        start, before = time.monotonic(), _processor_seconds()
        with self.log.open("ab") as log:
            log.write(f"$ {shown}\n".encode())
            log.flush()
            environment = os.environ | ENVIRONMENT
            ended = subprocess.run(words, stdout=log, stderr=log, env=environment, check=False)
        said = self.log.read_bytes()[begin:].decode(errors="replace")
        if ended.returncode:
            raise SystemExit(f"{said[-3000:]}\nfailed: {shown}\nall it said: {self.log}")
        seconds, processor = time.monotonic() - start, _processor_seconds() - before
        print(f"  {seconds:.0f} s, {processor:.0f} s of processor time", flush=True)


def _processor_seconds() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
