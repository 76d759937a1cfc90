"""The ``openai`` backend. Importing this module loads neither an HTTP client nor transformers."""

from __future__ import annotations

from magpie_backend_openai.backend import OpenAIBackend
from magpie_core import Backend, hookimpl

__version__ = "0.1.0"

__all__ = ["OpenAIBackend", "__version__", "magpie_register_backends"]


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the openai backend."""
    return [OpenAIBackend]
