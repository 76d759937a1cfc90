"""The ``vllm`` backend. Importing this module loads neither torch nor vLLM."""

from __future__ import annotations

from magpie_backend_vllm.backend import VllmBackend
from magpie_core import Backend, hookimpl

__version__ = "0.1.0"

__all__ = ["VllmBackend", "__version__", "magpie_register_backends"]


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the vLLM backend."""
    return [VllmBackend]
