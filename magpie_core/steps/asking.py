"""Ask an engine for samples of one prompt, again when it fails. Knows no record and no run."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from magpie_core.backend import Backend, Completion
from magpie_core.errors import BackendError, EngineDeadError, RequestError
from magpie_core.sampling import Sampling

RETRIES = 2
"""A request that fails is tried again this often before it is given up."""


async def ask(backend: Backend, prompt: Sequence[int], sampling: Sampling, seed: int) -> Completion:
    """One seeded sample. Raises what ``ask_several`` does."""
    return (await ask_several(backend, prompt, sampling, seed, 1))[0]


async def ask_several(
    backend: Backend, prompt: Sequence[int], sampling: Sampling, seed: int, n: int
) -> list[Completion]:
    """``n`` samples of one prompt, sample k seeded ``seed + k`` (unseeded where the engine has no seeds).

    Raises:
        EngineDeadError: the engine is gone.
        RequestError: the request was refused.
        BackendError: it failed every time.
    """
    request = replace(sampling, seed=seed if backend.capabilities.seeds else None)
    for attempt in range(RETRIES + 1):
        try:
            return await backend.complete(prompt, request, n)
        except (
            EngineDeadError,
            RequestError,
        ):  # the one cannot help, the other would be refused again
            raise
        except BackendError:
            if attempt == RETRIES:
                raise
    raise AssertionError("unreachable")
