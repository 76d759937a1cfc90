"""The device that embeds and searches, checked before anything is loaded onto it."""

from __future__ import annotations

from magpie_core.errors import UsageError


def checked_device(device: str | None) -> str | None:
    """``device`` as it was given; None leaves the choice to the libraries.

    Raises:
        UsageError: torch does not know it, or this machine has none.
    """
    if device is None or device == "cpu":
        return device
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"device `{device}` cannot be used: {reason}", hint="--device cpu"
        ) from error
    return device
