"""One sample or score on its way through the engine: what was asked, what came of it. No torch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from magpie_core.backend import FinishReason
from magpie_core.sampling import Sampling

Decode = Callable[[Sequence[int]], str]


@dataclass(eq=False)
class Request:
    """One sample of one prompt; the event loop waits on ``future``."""

    prompt: tuple[int, ...]
    sampling: Sampling
    seed: int
    limit: int
    """Most tokens to sample: ``max_tokens``, less where the context ends sooner."""
    banned_first: tuple[int, ...] = ()
    stops: StopStrings | None = None
    loop: asyncio.AbstractEventLoop | None = None
    future: asyncio.Future[Request] | None = None
    tokens: list[int] = field(default_factory=list)
    cancelled: bool = False
    finish_reason: FinishReason = "length"
    stop_reason: int | str | None = None
    stop_token_ids: frozenset[int] = frozenset()
    failure: str | None = None
    scores: tuple[float, ...] = ()
    """What the head gave, where the engine scores."""

    def __post_init__(self) -> None:
        self.stop_token_ids = frozenset(self.sampling.stop_token_ids)

    def accept(self, token: int) -> bool:
        """Take the next token; True when the sample ends with it."""
        self.tokens.append(token)
        if token in self.stop_token_ids:
            self.finish_reason, self.stop_reason = "stop", token
            return True
        if self.stops is not None and (found := self.stops.find(self.tokens)) is not None:
            self.finish_reason, self.stop_reason = "stop", found
            return True
        return len(self.tokens) >= self.limit

    def begin_again(self) -> None:
        """Forget what was sampled so far."""
        self.tokens.clear()

    def text(self, decode: Decode) -> str:
        """The sample's text without its stop token or stop string."""
        if isinstance(self.stop_reason, int):
            return decode(self.tokens[:-1])
        text = decode(self.tokens)
        return text[: text.find(self.stop_reason)] if self.stop_reason is not None else text


class StopStrings:
    """Looks for stop strings in the last few tokens of a sample, as each token arrives."""

    def __init__(self, strings: Sequence[str], decode: Decode) -> None:
        self.strings = tuple(strings)
        self.decode = decode
        # every token that shows carries at least one byte; a few more for cut characters
        self.window = max(len(one.encode()) for one in self.strings) + 4

    def find(self, tokens: Sequence[int]) -> str | None:
        """The stop string that the newest token completed, the earliest one in the text first."""
        tail = self.decode(tokens[-self.window :])
        if not any(one in tail for one in self.strings):
            return None
        text = self.decode(tokens)
        places = [(place, one) for one in self.strings if (place := text.find(one)) >= 0]
        return min(places)[1] if places else None
