"""The records of several sources as one list of rows: their texts, and ids no two of them share."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError


@dataclass(frozen=True)
class Rows:
    """Records in the order of the sources, and in each in its own order."""

    sources: Sequence[Source]
    begins: Sequence[int]
    """Row each source begins at, and where the last ends."""
    ids: Sequence[str]
    """As the sources have them."""
    names: Sequence[str]
    """The same, but ``SOURCE#ID`` where another source has that id too."""
    texts: Sequence[str]
    """Instructions."""

    def source_of(self, row: int) -> int:
        """Number of the source the row is from."""
        return bisect_right(self.begins, row) - 1

    def as_seen_from(self, row: int, other: int) -> str:
        """The id of ``other`` for the record at ``row``: as it is where both are from one source."""
        same = self.source_of(row) == self.source_of(other)
        return self.ids[other] if same else self.names[other]

    def __len__(self) -> int:
        return len(self.ids)

    def state(self) -> str:
        """Digest of the ids and the texts: another one when anything was added or changed."""
        digest = blake2b(digest_size=12)
        for begin in self.begins:
            digest.update(b"%d," % begin)
        for one in (*self.ids, *self.texts):
            text = one.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(text) + text)
        return digest.hexdigest()


def read_rows(sources: Sequence[Source], on_row: Callable[[], None] | None = None) -> Rows:
    """Read every record once.

    Raises:
        UsageError: no record in any.
    """
    begins, ids, texts = [0], [], []
    for source in sources:
        for record in source.records():
            ids.append(record.id)
            texts.append(record.instruction)
            if on_row is not None:
                on_row()
        begins.append(len(ids))
    if not ids:
        raise UsageError(f"no records in {', '.join(f'`{one.path}`' for one in sources)}")
    return Rows(sources, begins, ids, _names(sources, begins, ids), texts)


def _names(sources: Sequence[Source], begins: Sequence[int], ids: Sequence[str]) -> Sequence[str]:
    if len(sources) == 1:
        return ids
    seen = Counter(ids)
    short = Counter(one.path.name for one in sources)
    names = []
    for source, begin, end in zip(sources, begins, begins[1:], strict=False):
        where = source.path.name if short[source.path.name] == 1 else str(source.path)
        names += [f"{where}#{one}" if seen[one] > 1 else one for one in ids[begin:end]]
    return names


def refuse_twice(sources: Sequence[Source]) -> None:
    """Raise ``UsageError`` when two of ``sources`` are the same; before locks say that it is in use."""
    seen = set()
    for source in sources:
        place = source.place.resolve()
        if place in seen:
            raise UsageError(f"`{source.path}` is given twice", hint="name every source once")
        seen.add(place)
