"""What the processes of an engine say: into a file, and the last error out of it again. Knows no vLLM.

vLLM finds ``STREAM`` by its variable ``VLLM_LOGGING_STREAM`` and imports this in every process of its own, as
one of the first things there: from then on standard output and error of that process are the file that
``LOG`` names. So nothing is written over the display of a run, and why an engine did not open can be told.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

LOG = "MAGPIE_VLLM_LOG"
"""``PID:PATH``: the process that opens an engine, and the file for the engine's processes."""
RUN_AGAIN = "ScriptIsRunAgainError: by a process of the engine that it opens"
"""What such a process leaves there, in the form of an error."""
STREAM = sys.stderr
"""Where vLLM's log goes."""
ERROR = re.compile(
    r"^(?:\([^)\n]*\) )?(?:ERROR [^\]\n]*\] )?((?:\w+\.)*\w*(?:Error|Exception|Interrupt)): (\S.*)$",
    re.MULTILINE,
)
"""The last line of a traceback, behind what vLLM puts before it."""
POINTS_ELSEWHERE = re.compile(
    r"root cause|initialization failed|see stack trace|cancelled", re.IGNORECASE
)


def value_for(path: Path) -> str:
    """What ``LOG`` is set to by the process that opens an engine."""
    return f"{os.getpid()}:{path}"


def last_error(path: Path) -> Exception | None:
    """A stand-in for the exception that an engine's process ended with, of the same name and words."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return None
    found = [one for one in ERROR.findall(text) if not POINTS_ELSEWHERE.search(one[1])]
    if not found:
        return None
    kind, words = found[-1]
    stand_in: type[Exception] = type(kind.rpartition(".")[2], (Exception,), {})
    return stand_in(words)


def note(line: str) -> None:
    """Add a line to the file, in a process of an engine."""
    with Path(os.environ[LOG].partition(":")[2]).open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")


def _write_to_the_log() -> None:
    opener, _, path = os.environ.get(LOG, "").partition(":")
    if not path or opener == str(os.getpid()):
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)


_write_to_the_log()
