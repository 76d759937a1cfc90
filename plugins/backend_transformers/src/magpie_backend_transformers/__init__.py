"""The ``transformers`` backend. Importing this module loads neither torch nor transformers."""

from __future__ import annotations

from magpie_backend_transformers.backend import TransformersBackend
from magpie_core import Backend, hookimpl

__version__ = "0.1.0"

__all__ = ["TransformersBackend", "__version__", "magpie_register_backends"]


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the transformers backend."""
    return [TransformersBackend]
