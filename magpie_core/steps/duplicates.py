"""Exact duplicates within a run: of equal instructions, the one with the lowest index is kept.

Records finish in any order, yet the outcome may not depend on it. So an index decides only once every
lower index that was started has said what its instruction is. Nothing waits before the response: a
lower twin that is known already rejects at once, the rest is settled before the record is written.

What an index said is kept with the index only until every lower one has said its own; from then on nobody
can come before it, and a few bytes remember it.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import unicodedata

from magpie_core.steps.digests import DigestSet

ON_DISK = -1
"""Stands for the index of a decided record: lower than any that is open."""


class Duplicates:
    """Knows the instruction of every index that got past the instruction filters."""

    def __init__(self) -> None:
        self._lowest: dict[int, int] = {}
        """Digests that an open index may still claim, and the lowest index that has each."""
        self._past = DigestSet()
        """Digests that come before every open index."""
        self._finished: list[tuple[int, int]] = []
        self._open: set[int] = set()
        self._ascending: list[int] = []
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._ticket = 0

    def remember(self, index: int, instruction: str, *, accepted: bool) -> None:
        """Take in an instruction that is on disk already.

        An accepted one cannot be taken back, so it wins over every index that is still open, lower
        ones too (one that failed in an earlier session, say).
        """
        digest = _digest(instruction)
        if accepted:
            self._past.add(digest)
        elif digest not in self._past:
            self._note(index, digest)  # an index that failed may still come before it

    def start(self, index: int) -> None:
        """An index begins; higher ones wait for its instruction before they decide."""
        self._open.add(index)
        heapq.heappush(self._ascending, index)

    def settle(self, index: int, instruction: str | None) -> None:
        """The instruction of ``index`` is known, or None when it was turned down or failed."""
        if instruction is not None:
            self._note(index, _digest(instruction))
        self._open.discard(index)
        self._wake()

    def finish(self, index: int, instruction: str) -> None:
        """``index`` has been decided, and will not be asked about again."""
        heapq.heappush(self._finished, (index, _digest(instruction)))
        self._put_past()

    def twin(self, index: int, instruction: str) -> int | None:
        """A lower index known so far to have the same instruction; ``ON_DISK`` stands for any of the past."""
        digest = _digest(instruction)
        if digest in self._past:
            return ON_DISK
        lowest = self._lowest.get(digest, index)
        return lowest if lowest < index else None

    async def final_twin(self, index: int, instruction: str) -> int | None:
        """As ``twin``, after every lower index has settled."""
        if (lowest := self._lowest_open()) is not None and lowest < index:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._ticket += 1
            heapq.heappush(self._waiting, (index, self._ticket, done))
            await done
        return self.twin(index, instruction)

    def _note(self, index: int, digest: int) -> None:
        self._lowest[digest] = min(index, self._lowest.get(digest, index))

    def _lowest_open(self) -> int | None:
        while self._ascending and self._ascending[0] not in self._open:
            heapq.heappop(self._ascending)
        return self._ascending[0] if self._ascending else None

    def _put_past(self) -> None:
        """Let go of decided indexes that no open one comes before."""
        lowest = self._lowest_open()
        while self._finished and (lowest is None or self._finished[0][0] < lowest):
            index, digest = heapq.heappop(self._finished)
            if self._lowest.get(digest) == index:
                del self._lowest[digest]
                self._past.add(digest)

    def _wake(self) -> None:
        self._put_past()
        lowest = self._lowest_open()
        while self._waiting and (lowest is None or self._waiting[0][0] <= lowest):
            done = heapq.heappop(self._waiting)[2]
            if not done.done():
                done.set_result(None)


def _digest(instruction: str) -> int:
    """64 bits of the instruction with white space folded; a clash is a one-in-10⁷ event at 10⁶ rows."""
    if not instruction.isascii():
        instruction = unicodedata.normalize("NFC", instruction)
    folded = " ".join(instruction.split()).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(folded, digest_size=8).digest(), "big")
