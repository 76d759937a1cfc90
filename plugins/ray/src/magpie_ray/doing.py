"""Work of an actor, whose expected failures come back as values: Ray would wrap them. Knows no Ray."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, TypeVar

from magpie_core.errors import MagpieError

T = TypeVar("T")


def does(loop: asyncio.Runner, work: Coroutine[Any, Any, T], name: str) -> T | MagpieError:
    """What comes of ``work``, or why nothing does, with the worker called ``name`` and its machine."""
    try:
        return loop.run(work)
    except MagpieError as error:
        return said_where(error, name)


def said_where(error: MagpieError, name: str) -> MagpieError:
    """``error`` with the worker called ``name`` and its machine."""
    error.message = f"{error.message} (worker `{name}` on `{socket.gethostname()}`)"
    error.args = (error.message,)
    return error
