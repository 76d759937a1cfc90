"""One worker that embeds: texts to vectors in parts of its own beside the source. Knows no Ray."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import msgspec

from magpie_core.errors import CheckpointError, MagpieError, RunFolderError
from magpie_core.neighbours.cache import Cache
from magpie_core.neighbours.embedders import Embedder, require
from magpie_core.run.workers import hold
from magpie_ray.doing import said_where


class EmbedWork(msgspec.Struct, frozen=True):
    """Everything a worker must know to embed what it is handed."""

    name: str
    """Of the model, as ``Embedder`` takes it."""
    identity: str
    """Of its weights."""
    device: str | None


class EmbedWorker:
    """One embedding model.

    Args:
        work: what to do.
        name: of its parts.
    """

    def __init__(self, work: EmbedWork, name: str) -> None:
        self._work = work
        self._name = name
        self._embedder: Embedder | None = None
        self._held: set[str] = set()
        self._locks = ExitStack()  # let go when the process ends
        self._done = 0

    def open(self) -> MagpieError | None:
        """Load the model; why not, where it is not there or has other weights than the driver's."""
        try:
            require("torch", "sentence_transformers")
            embedder = Embedder(self._work.name, self._work.device)
            if embedder.identity != self._work.identity:
                raise CheckpointError(
                    f"the embedding model `{self._work.name}` has other weights here: "
                    f"`{embedder.identity}`, not `{self._work.identity}`",
                    hint="have the same model on all machines",
                )
            embedder.embed(["Loaded?"])
        except MagpieError as error:
            return said_where(error, self._name)
        self._embedder = embedder
        return None

    def embed(self, folder: str, texts: list[str]) -> MagpieError | None:
        """Write the vectors of ``texts`` as one part in ``folder``; all of them or none."""
        assert self._embedder is not None, "opened first"
        self._done = 0
        try:
            self._hold(folder)
            cache = Cache(Path(folder), self._work.identity, writer=self._name)
            cache.append(texts, self._embedder.embed, self._note)
        except MagpieError as error:
            return said_where(error, self._name)
        return None

    def done(self) -> int:
        """How many texts of the part it is at are embedded."""
        return self._done

    def _note(self, more: int) -> None:
        self._done += more

    def _hold(self, folder: str) -> None:
        if folder in self._held:
            return
        if not Path(folder).is_dir():
            raise RunFolderError(
                f"machine `{socket.gethostname()}` does not see `{folder}`",
                hint="put the records on a file system that all machines share",
            )
        self._locks.callback(hold(Path(folder), self._name).release)
        self._held.add(folder)
