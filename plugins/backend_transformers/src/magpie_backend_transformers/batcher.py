"""Continuous batching: after every step, rows that ended make room and waiting requests join."""

from __future__ import annotations

from collections import deque

from magpie_backend_transformers.decoder import RowDecoder
from magpie_backend_transformers.request import Request
from magpie_backend_transformers.worker import Counts

PATIENCE = 4
"""Steps that a request may wait for others to share its prefill with."""


class ContinuousBatcher:
    """The schedule over a row decoder.

    A prompt that was prefilled before joins at once. The others wait a few steps for company, since a
    prefill of many costs little more than a prefill of one, unless nothing else is going on.
    """

    def __init__(self, decoder: RowDecoder) -> None:
        self.decoder = decoder
        self.counts = Counts()
        self.worth_a_pass = max(1, decoder.max_rows // 8)
        self._leaving: list[int] = []
        self._joining: list[Request] = []
        self._delivered: list[Request] = []
        self._waited = 0

    @property
    def running(self) -> int:
        """Rows in use."""
        return self.decoder.rows.active

    def turn(self, waiting: deque[Request]) -> list[Request]:
        """Let rows leave and join, then sample one token for every row."""
        decoder, rows = self.decoder, self.decoder.rows
        leaving = self._leaving or [k for k, one in enumerate(rows.requests) if one.cancelled]
        self._joining = []
        self._joining = joining = self._choose(
            waiting, decoder.max_rows - rows.active + len(leaving)
        )
        if leaving or joining:
            decoder.exchange(leaving, joining)
            self.counts.read += sum(len(one.prompt) for one in joining)
        self._leaving = []
        if rows.active:
            self._leaving = decoder.step()
            self.counts.sampled += rows.active
        self._delivered = [rows.requests[slot] for slot in self._leaving]
        return self._delivered

    def _choose(self, waiting: deque[Request], room: int) -> list[Request]:
        """Take the requests that join now out of the queue, looking at its front only."""
        if not room:
            return []
        front = min(len(waiting), 2 * self.decoder.max_rows)
        arrived = [waiting.popleft() for _ in range(front)]
        arrived = [one for one in arrived if not one.cancelled]
        known = [one for one in arrived if self.decoder.known(one)][:room]
        chosen = set(map(id, known))
        new = [one for one in arrived if id(one) not in chosen][: room - len(known)]
        self._waited = self._waited + 1 if new else 0
        if len(new) < self.worth_a_pass and self._waited <= PATIENCE and self.running:
            new = []
        else:
            self._waited = 0
        chosen.update(map(id, new))
        waiting.extendleft(reversed([one for one in arrived if id(one) not in chosen]))
        return [*known, *new]

    def halve(self, waiting: deque[Request]) -> bool:
        """Begin all samples again that had not ended, with half the rows: seeds make them the same."""
        half = self.decoder.max_rows // 2
        if not half:
            return False
        worked_on = {id(one): one for one in (*self.decoder.rows.requests, *self._joining)}
        for delivered in self._delivered:
            worked_on.pop(id(delivered), None)
        for request in worked_on.values():
            request.begin_again()
        waiting.extendleft(reversed(worked_on.values()))
        self.decoder = self.decoder.with_rows(half)
        self.worth_a_pass = max(1, half // 8)
        self._leaving, self._joining, self._delivered = [], [], []
        return True

    def stop(self) -> None:
        """Nothing to do: a turn is one step."""

    def drop(self) -> list[Request]:
        """Everything in the rows, and what was about to join."""
        there = (*self.decoder.rows.requests, *self._joining)
        return list({id(one): one for one in there}.values())
