"""Remembers the keys and values of prompts that come again, such as the pre-query. Bounded."""

from __future__ import annotations

from collections import OrderedDict

from magpie_backend_transformers.cache import Snapshot

Prefix = tuple[int, ...]


class PrefixStore:
    """A prompt that was seen twice is kept, as long as it is among the last few that were used."""

    def __init__(self, keep: int = 8, watch: int = 256) -> None:
        self.keep = keep
        self.watch = watch
        self._kept: OrderedDict[Prefix, Snapshot] = OrderedDict()
        self._seen: OrderedDict[Prefix, None] = OrderedDict()

    def get(self, prefix: Prefix) -> Snapshot | None:
        """What is kept for ``prefix``."""
        found = self._kept.get(prefix)
        if found is not None:
            self._kept.move_to_end(prefix)
        return found

    def wanted(self, prefix: Prefix) -> bool:
        """Note that ``prefix`` was computed; True when it was before, so that it should be kept."""
        again = prefix in self._seen
        self._seen[prefix] = None
        self._seen.move_to_end(prefix)
        while len(self._seen) > self.watch:
            self._seen.popitem(last=False)
        return again

    def put(self, prefix: Prefix, snapshot: Snapshot) -> None:
        """Keep a prompt's keys and values."""
        self._kept[prefix] = snapshot
        while len(self._kept) > self.keep:
            self._kept.popitem(last=False)
