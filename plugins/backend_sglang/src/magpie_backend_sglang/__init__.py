"""The ``sglang`` backend. Importing this module loads neither SGLang nor torch."""

from __future__ import annotations

from magpie_backend_sglang.backend import SGLangBackend
from magpie_core import Backend, hookimpl

__version__ = "0.1.0"

__all__ = ["SGLangBackend", "__version__", "magpie_register_backends"]


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the SGLang backend."""
    return [SGLangBackend]
