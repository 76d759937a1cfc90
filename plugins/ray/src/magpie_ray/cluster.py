"""Join a Ray cluster, or start one on this machine for the time of a run. Knows no worker."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from magpie_core.errors import BackendError, UsageError

LOCAL = "local"
OBJECT_STORE_BYTES = 80 * 1024**2
"""About the smallest Ray takes: what workers and the coordinator say is small and never goes through it."""


@contextmanager
def joined(address: str | None, cpus: float) -> Iterator[str]:
    """Be a driver of a cluster while the block runs; a cluster that was started for it ends with it.

    Args:
        address: as Ray has it; None for what ``RAY_ADDRESS`` says, or a cluster of our own.
        cpus: what a cluster of our own should count, if this machine has fewer.

    Yields:
        where it is, in words.

    Raises:
        UsageError: no cluster answers there. BackendError: none can be started here.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told of our runs
    address = address or os.environ.get("RAY_ADDRESS") or LOCAL
    if address == LOCAL:
        _with_a_token()
    import ray

    if ray.is_initialized():  # a script's own
        yield "as the script set it up"
        return
    with _standard_output_kept():
        try:
            if address == LOCAL:
                _start(cpus)
                yield "on this machine"
            else:
                yield _join(address)
        finally:
            ray.shutdown()


def _with_a_token() -> None:
    """Let only who has the token use a cluster of our own: Ray opens its ports to the whole network.

    Ray reads this when it is imported, so it is set before and stays.
    """
    if "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


@contextmanager
def _standard_output_kept() -> Iterator[None]:
    """Let nothing come to standard output while the block runs: what does goes to standard error.

    Ray prints there what happens to its processes (`(raylet) A worker died …`), and has no switch for it. It
    prints from a thread, and processes it starts inherit the descriptor, so it is the descriptor that is
    turned. `--json` is one document then, whatever died.
    """
    with suppress(ValueError, OSError):
        sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # closed by who started us
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        with suppress(ValueError, OSError):
            sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _start(cpus: float) -> None:
    import ray

    try:
        ray.init(
            address=LOCAL,
            num_cpus=max(os.cpu_count() or 1, int(cpus + 0.999)),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=OBJECT_STORE_BYTES,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise BackendError(
            f"Ray does not start on this machine: {_first_line(error)}",
            hint="see what it says itself: ray start --head --block",
        ) from error


def _join(address: str) -> str:
    import ray

    try:
        found: Any = ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"no Ray cluster answers at `{address}`: {_first_line(error)}",
            hint="on the first machine: ray start --head; on the others: ray start --address HOST:6379",
        ) from error
    return str(found.address_info["gcs_address"])


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
