"""One check, and what stops where one failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from magpie_core.errors import PreflightError

State = Literal["ok", "note", "fail"]


class Check(msgspec.Struct, frozen=True):
    """One check: ``ok``, a ``note`` worth reading, or ``fail``, which stops the run."""

    name: str
    """What was checked; of a wrong registration, the mistake: ``extra space``, ``role typo``."""
    state: State
    detail: str
    hint: str | None = None
    """What to do where it failed, if it is not always the same."""


def require(checks: Sequence[Check]) -> None:
    """Stop where a check failed.

    Raises:
        PreflightError: names every failed check.
    """
    failed = [check for check in checks if check.state == "fail"]
    if failed:
        hints = [check.hint for check in failed if check.hint]
        raise PreflightError(
            "preflight failed: " + "; ".join(f"{one.name}: {one.detail}" for one in failed),
            hint=hints[0] if hints else "magpie probe CHECKPOINT",
        )
