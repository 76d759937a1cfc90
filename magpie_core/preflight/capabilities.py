"""What an open engine can do, held against what the sampling asks of it."""

from __future__ import annotations

from magpie_core.backend import Backend
from magpie_core.errors import PreflightError
from magpie_core.plan import Side
from magpie_core.preflight.check import Check


def require_capabilities(backend: Backend, side: Side) -> None:
    """Refuse a backend that cannot do what the sampling asks for.

    Raises:
        PreflightError: names what is missing and how to do without it.
    """
    can, sampling = backend.capabilities, side.sampling
    if sampling.first_token is not None and not can.first_token_rules:
        raise PreflightError(
            f"backend `{side.backend}` cannot apply the first-token rule `{sampling.first_token.name}`",
            hint='choose another --backend, or go without: [instruction] first_token = "none"',
        )
    if sampling.additive_penalties and not can.penalties:
        raise PreflightError(
            f"backend `{side.backend}` has no presence or frequency penalty, and the sampling asks for one",
            hint="choose another --backend, or go without: presence_penalty = 0 and frequency_penalty = 0 "
            "under [instruction] or [response]",
        )
    if sampling.stop_strings and not can.stop_strings:
        raise PreflightError(
            f"backend `{side.backend}` cannot stop at strings, and this format's roles are plain text",
            hint="choose another --backend",
        )


def engine_notes(backend: Backend, side: Side) -> list[Check]:
    """What an open engine cannot do and a run goes on without, to be read before it is paid for."""
    if backend.capabilities.seeds:
        return []
    detail = (
        f"backend `{side.backend}` draws samples without seeds: another run gives other samples"
    )
    return [Check("seeds", "note", detail)]
