"""Counts of a run: what is on disk when a session begins, and what it adds."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from magpie_core.errors import ExhaustedError
from magpie_core.run.settled import Settled


@dataclass
class Tally:
    """Counts of a run in progress, for whoever displays it."""

    wanted: int
    accepted: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(step, reason) -> how many."""
    failed: int = 0
    instructions: int = 0
    """Instructions sampled in this session."""
    tokens: int = 0
    """Tokens sampled in this session."""
    response_tokens: int = 0
    """Those of responses, the ones that were turned down included."""
    in_flight: int = 0
    resumed: int = 0
    """Records that were on disk when this session began."""
    workers: int = 0
    """Workers at work; 0 where this process does it all itself."""
    lost: int = 0
    """Workers that were lost in this session, whether others took their places or not."""

    @property
    def attempts(self) -> int:
        """Indexes that are settled, one way or another."""
        return self.accepted + self.rejected.total() + self.failed


def tally_of(settled: Settled, wanted: int) -> Tally:
    """The counts a session begins with: what earlier ones left on disk."""
    tally = Tally(wanted=wanted, accepted=len(settled.accepted), resumed=len(settled.accepted))
    for (step, _filter, reason), number in settled.reasons.items():
        tally.rejected[step, reason] += number
    return tally


def exhausted(
    tally: Tally, run: Path, missing: Mapping[tuple[str, ...], int] | None = None
) -> ExhaustedError:
    """The error for a run whose attempts are used up: how many, what they came to, and what is missing.

    Args:
        tally: the counts.
        run: the run folder.
        missing: of each kind that there should be by weight, how many more.
    """
    reasons = ", ".join(
        f"{reason} {number} ({step})" for (step, reason), number in tally.rejected.most_common(6)
    )
    return ExhaustedError(
        f"{tally.attempts} attempts gave {tally.accepted} of {tally.wanted} records; "
        f"rejected: {reasons or 'none'}; failed: {tally.failed}{_said(missing or {})}",
        hint=f"magpie show {shlex.quote(str(run))} --rejected   # then change filters or sampling in a "
        "new run, or raise --max-attempts",
    )


def _said(missing: Mapping[tuple[str, ...], int]) -> str:
    """What is still wanted of each kind, the most first."""
    most = sorted(missing.items(), key=lambda one: -one[1])[:6]
    listed = ", ".join(f"{' '.join(kind)} {number}" for kind, number in most)
    return f"; still wanted: {listed}" if listed else ""
