"""What the engine knows of each row that decodes now, as arrays over rows. No model, no cache."""

from __future__ import annotations

import numpy as np

from magpie_backend_transformers.random_numbers import as_seed
from magpie_backend_transformers.request import Request

GREEDY_BELOW = 1e-5
"""Temperatures below this are greedy: divided by less, logits leave the range of float32."""


class Rows:
    """Arrays over row slots; the slots ``[0, active)`` are in use and there is no hole between them."""

    def __init__(self, size: int) -> None:
        self.active = 0
        self.requests: list[Request] = []
        self.length = np.zeros(size, np.int64)  # tokens in the cache
        self.token = np.zeros(size, np.int64)  # the next token to feed
        self.position = np.zeros(size, np.int64)  # tokens sampled so far
        self.seed = np.zeros(size, np.uint64)
        self.temperature = np.ones(size, np.float32)
        self.top_p = np.ones(size, np.float32)
        self.top_k = np.zeros(size, np.int64)
        self.min_p = np.zeros(size, np.float32)
        self.penalty = np.ones(size, np.float32)
        self.presence = np.zeros(size, np.float32)
        self.frequency = np.zeros(size, np.float32)
        self.unread = np.zeros(size, np.bool_)  # the sampler has not read the row's tokens yet
        self._columns = (
            *(self.length, self.token, self.position, self.seed, self.temperature),
            *(self.top_p, self.top_k, self.min_p, self.unread),
            *(self.penalty, self.presence, self.frequency),
        )

    def put(self, slot: int, request: Request) -> None:
        """Start ``request``, or go on with it, in ``slot``: a used one, or the first that is free."""
        if slot == len(self.requests):
            self.requests.append(request)
        else:
            self.requests[slot] = request
        sampling = request.sampling
        self.length[slot] = len(request.prompt) + len(request.tokens) - 1
        self.token[slot] = (request.tokens or request.prompt)[-1]
        self.position[slot] = len(request.tokens)
        self.seed[slot] = as_seed(request.seed)
        cold = sampling.temperature < GREEDY_BELOW
        self.temperature[slot] = 0.0 if cold else sampling.temperature
        self.top_p[slot] = sampling.top_p
        self.top_k[slot] = sampling.top_k
        self.min_p[slot] = sampling.min_p
        self.penalty[slot] = sampling.repetition_penalty
        self.presence[slot] = sampling.presence_penalty
        self.frequency[slot] = sampling.frequency_penalty
        self.unread[slot] = True
        self.active = len(self.requests)

    def move(self, source: int, target: int) -> None:
        """Copy the row in ``source`` over the one in ``target``."""
        self.requests[target] = self.requests[source]
        for column in self._columns:
            column[target] = column[source]

    def shrink(self, active: int) -> None:
        """Forget the rows from ``active`` on."""
        del self.requests[active:]
        self.active = active

    def accept(self, tokens: list[int]) -> list[int]:
        """Give each row its sampled token; return the slots whose sample ends here.

        A token of -1 says that the row's logits were not numbers: the sample fails.
        """
        active = self.active
        self.length[:active] += 1
        self.position[:active] += 1
        self.token[:active] = tokens
        finished = []
        for slot, (request, token) in enumerate(zip(self.requests, tokens, strict=True)):
            if token < 0:
                request.failure = "the model's logits are not numbers"
                finished.append(slot)
            elif request.cancelled or request.accept(token):
                finished.append(slot)
        return finished
