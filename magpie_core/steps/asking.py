"""Ask an engine for one sample, again when it fails. Knows no record and no run."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from magpie_core.backend import Backend, Completion
from magpie_core.errors import BackendError, EngineDeadError, RequestError
from magpie_core.sampling import Sampling

RETRIES = 2
"""A request that fails is tried again this often before it is given up."""


async def ask(backend: Backend, prompt: Sequence[int], sampling: Sampling, seed: int) -> Completion:
    """One seeded sample (unseeded where the engine has no seeds).

    Raises:
        EngineDeadError: the engine is gone.
        RequestError: the request was refused.
        BackendError: it failed every time.
    """
    request = replace(sampling, seed=seed if backend.capabilities.seeds else None)
    for attempt in range(RETRIES + 1):
        try:
            return (await backend.complete(prompt, request))[0]
        except (
            EngineDeadError,
            RequestError,
        ):  # the one cannot help, the other would be refused again
            raise
        except BackendError:
            if attempt == RETRIES:
                raise
    raise AssertionError("unreachable")
