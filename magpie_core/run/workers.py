"""Several workers that write to one folder, each to parts of its own: their names and who still writes.

    FOLDER/.magpie.workers/w003/    held by the worker ``w003`` while it lives, which writes part-w003-….jsonl

The folder is a run, or what a step adds to it: tags, embeddings. Whoever opens it to write waits until all
of them are gone: a worker may outlive, by a moment, the process that led it.
"""

from __future__ import annotations

import re
import shlex
import shutil
import time
from pathlib import Path

from magpie_core.errors import RunLockedError
from magpie_core.run.atomic import make_folder
from magpie_core.run.lock import Holder, RunLock, writer
from magpie_core.run.manifest import NAME as MANIFEST

PLACE = ".magpie.workers"
PATIENCE_SECONDS = 30.0
"""Ray ends the workers of a dead driver within about two seconds; a machine that swaps may take longer."""
_LOOK_SECONDS = 0.1
_NAME = re.compile(r"part-(w\d+)-\d+\.jsonl")


def worker_name(number: int) -> str:
    """Of the worker with that number: ``w003``."""
    return f"w{number:03d}"


def hold(run: Path, name: str) -> RunLock:
    """The right to write the parts of ``name`` in ``run``, held until it is released or its process ends.

    Raises:
        RunLockedError: another process has it. StorageError: the disk refused.
    """
    folder = run / PLACE / name
    make_folder(folder)
    return RunLock(folder, busy=f"worker `{name}` of `{run}` is at work already").acquire()


def await_end(run: Path, patience: float = PATIENCE_SECONDS) -> None:
    """Wait until no worker writes to ``run``, and take away what they leave. For who holds the run's lock.

    Raises:
        RunLockedError: one still does after ``patience`` seconds.
    """
    end = time.monotonic() + patience
    while (holder := _at_work(run)) is not None:
        if time.monotonic() > end:
            raise RunLockedError(
                f"`{run}` is in use by {holder}, a worker whose leader is gone",
                hint=f"end that process there, or wait; then {_again(run)}",
            )
        time.sleep(_LOOK_SECONDS)
    shutil.rmtree(run / PLACE, ignore_errors=True)


def names(folder: Path) -> list[str]:
    """Workers that have parts in ``folder``, sorted."""
    if not folder.is_dir():
        return []
    return sorted({found[1] for one in folder.iterdir() if (found := _NAME.fullmatch(one.name))})


def _again(run: Path) -> str:
    if (run / MANIFEST).exists():
        return f"magpie resume {shlex.quote(str(run))}"
    return "give the same command again"


def _at_work(run: Path) -> Holder | None:
    place = run / PLACE
    if not place.is_dir():
        return None
    return next((one for path in sorted(place.iterdir()) if (one := writer(path))), None)
