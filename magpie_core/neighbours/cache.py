"""Embeddings on disk, by the text they are of. Knows no record and no model, only the model's identity.

    PLACE/embeddings/minilm/  embeddings.toml  part-00000.npy  part-00000.texts.npy …
                              part-w003-00000.npy … where several workers embed (``run/workers.py``)

A part is float32 vectors [texts, dimension] and the digests of their texts [texts, 16]. A vector is
found by its text: of a record that was changed, the old one is never used. Each part is there
completely or not at all, so that killing the process loses the last part at most.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import tomli_w

from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.atomic import replacing, storage_errors, write_atomic
from magpie_core.run.toml import parse_toml

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDINGS = "embeddings"
"""Folder beside a source; one inside it for each model."""
NAME = "embeddings.toml"
FORMAT_VERSION = 1
DIGEST = 16
"""Bytes of a text's digest."""
PART = 4096
"""Texts in a part: some seconds of work on a GPU, a minute or two on two cores."""
STEP = 256
"""Texts embedded at once: often enough for a display."""

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]


def digests(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """Digest of each text; of equal texts they are equal."""
    import numpy as np

    joined = b"".join(
        blake2b(one.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest() for one in texts
    )
    return np.frombuffer(joined, f"S{DIGEST}")


class Cache:
    """The embeddings of one model beside one source. Only one process at a time may use it.

    Args:
        folder: made when the first vectors are written.
        identity: of the model's weights.
        writer: name of the parts that are written, where several write, each to parts of its own.

    Raises:
        UsageError: the folder holds vectors of other weights.
        RunFolderError: it cannot be read. StorageError: the disk refused.
    """

    def __init__(self, folder: Path, identity: str, writer: str | None = None) -> None:
        self.folder = folder
        self._identity = identity
        self._prefix = "part-" if writer is None else f"part-{writer}-"
        if any(folder.glob("part-*.npy")):
            found = self._read(folder / NAME).get("model")
            if found != identity:
                raise UsageError(
                    f"the embeddings in `{folder}` are of another model: `{found}`, not `{identity}`",
                    hint=f"remove them, they can be made again: rm -r {shlex.quote(str(folder))}",
                )

    def missing(self, wanted: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Places in ``wanted`` (digests) of texts without a vector, each text once."""
        import numpy as np

        _, places = np.unique(wanted, return_index=True)
        have = [known for known, _ in self._parts()]
        if have:
            places = places[~np.isin(wanted[places], np.concatenate(have))]
        return np.sort(places)

    def fill(
        self,
        texts: Sequence[str],
        wanted: NDArray[np.bytes_],
        embed: Embed,
        on_progress: Callable[[int], None] | None = None,
    ) -> int:
        """Embed the texts that have no vector yet, the longest first; how many those were.

        Args:
            texts: of all rows.
            wanted: their digests.
            embed: texts to unit vectors.
            on_progress: told how many more texts are done.
        """
        places = sorted(self.missing(wanted).tolist(), key=lambda place: -len(texts[place]))
        number = self._next()
        for begin in range(0, len(places), PART):
            some = places[begin : begin + PART]
            self._write(number, wanted[some], self._embedded(texts, some, embed, on_progress))
            number += 1
        return len(places)

    def append(
        self, texts: Sequence[str], embed: Embed, on_progress: Callable[[int], None] | None = None
    ) -> None:
        """Embed ``texts``, none of which has a vector, as one part."""
        vectors = self._embedded(texts, range(len(texts)), embed, on_progress)
        self._write(self._next(), digests(texts), vectors)

    def add(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write vectors that were made elsewhere as a part; a text may have one already."""
        self._write(self._next(), digests(texts), vectors)

    def read(self, wanted: NDArray[np.bytes_], out: NDArray[np.float32]) -> None:
        """Write the vector of each digest into ``out`` [wanted, dimension]; all must be there."""
        import numpy as np

        order = np.argsort(wanted)
        ordered = wanted[order]
        got = 0
        for known, vectors in self._parts():
            begin = np.searchsorted(ordered, known, "left")
            times = np.searchsorted(ordered, known, "right") - begin
            which = np.repeat(np.arange(len(known)), times)
            place = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
            out[order[begin[which] + place]] = vectors[which]
            got += len(which)
        assert got >= len(wanted), "a text has no vector"

    @property
    def dimension(self) -> int:
        """Entries of a vector; 0 while there is none."""
        return next((vectors.shape[1] for _, vectors in self._parts()), 0)

    def _embedded(
        self,
        texts: Sequence[str],
        places: Sequence[int],
        embed: Embed,
        on_progress: Callable[[int], None] | None,
    ) -> NDArray[np.float32]:
        import numpy as np

        done = []
        for begin in range(0, len(places), STEP):
            some = [texts[place] for place in places[begin : begin + STEP]]
            done.append(embed(some))
            if on_progress is not None:
                on_progress(len(some))
        return np.concatenate(done)

    def _write(self, number: int, known: NDArray[np.bytes_], vectors: NDArray[np.float32]) -> None:
        import numpy as np

        if number == 0:
            with storage_errors(self.folder, "make"):
                self.folder.mkdir(parents=True, exist_ok=True)
            said = {"format": FORMAT_VERSION, "model": self._identity}
            write_atomic(self.folder / NAME, tomli_w.dumps(said).encode())
        for suffix, array in ((".texts.npy", known), (".npy", vectors)):
            path = self.folder / f"{self._prefix}{number:05d}{suffix}"
            with storage_errors(path), replacing(path) as temporary:
                # np.save itself would raise an error without a number where the disk is full
                with temporary.open("wb") as file:
                    np.lib.format.write_array_header_1_0(
                        file, np.lib.format.header_data_from_array_1_0(array)
                    )
                    file.write(np.ascontiguousarray(array).data)

    def _next(self) -> int:
        """Number of this writer's next part; at 0 the model is bound."""
        named = re.compile(re.escape(self._prefix) + r"(\d+)(\.texts)?\.npy")
        found = (named.fullmatch(one.name) for one in self.folder.glob("part-*.npy"))
        return max((int(one[1]) for one in found if one), default=-1) + 1

    def _parts(self) -> Iterator[tuple[NDArray[np.bytes_], NDArray[np.float32]]]:
        """Digests and memory-mapped vectors of each part that is whole."""
        import numpy as np

        for path in sorted(self.folder.glob("part-*.texts.npy")):
            vectors = path.with_name(path.name.replace(".texts", ""))
            if not vectors.exists():
                continue  # killed between the two files
            with storage_errors(vectors, "read"):
                try:
                    known, mapped = np.load(path), np.load(vectors, mmap_mode="r")
                except (ValueError, EOFError) as error:
                    raise self._damaged(vectors, str(error)) from error
            if len(known) != len(mapped) or known.dtype != np.dtype(f"S{DIGEST}"):
                raise self._damaged(vectors, f"{len(mapped)} vectors of {len(known)} texts")
            yield known, mapped

    def _read(self, path: Path) -> dict[str, object]:
        with storage_errors(path, "read"):
            try:
                return parse_toml(path.read_text("utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise self._damaged(path, str(error)) from error

    def _damaged(self, path: Path, reason: str) -> RunFolderError:
        return RunFolderError(
            f"`{path}` cannot be read: {reason}",
            hint=f"remove the embeddings, they are made again: rm -r {shlex.quote(str(self.folder))}",
        )
