"""The role an engine plays: token ids in, token ids and text out. Knows no chat template and no family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import msgspec

from magpie_core.errors import RequestError
from magpie_core.sampling import Sampling

FinishReason = Literal["stop", "length"]
Task = Literal["generate", "score"]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend can do; asking for anything else raises ``RequestError`` and is never ignored."""

    seeds: bool = False
    """The same seed gives the same sample whatever else is in the batch."""
    json_schema: bool = False
    first_token_rules: bool = False
    stop_strings: bool = True
    penalties: bool = False
    """Presence and frequency penalties; the repetition penalty is every backend's."""
    scores: bool = False
    """Opened with ``task="score"``, it gives what a reward or classification checkpoint says of a text."""


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """One sampled continuation."""

    token_ids: tuple[int, ...]
    """Sampled ids, the stop token included when one ended the sample."""
    text: str
    """Decoded text without the stop token, the stop string and special tokens. Not stripped."""
    finish_reason: FinishReason
    stop_reason: int | str | None = None
    """The stop token id or stop string that ended the sample."""


class EngineSettings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every engine is opened with. ``options`` is passed through to the engine unread."""

    checkpoint: str
    """Local folder or hub id."""
    task: Task = "generate"
    """``score`` for a reward or classification checkpoint; such an engine completes nothing."""
    device: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``."""
    dtype: str = "auto"
    """``auto``, ``float32``, ``bfloat16``, ``float16``."""
    max_batch: int = 0
    """Most requests decoded together; 0 lets the backend choose."""
    max_context: int = 0
    """Context length in tokens; 0 takes the checkpoint's own."""
    trust_remote_code: bool = False
    options: dict[str, Any] = {}


class EngineStats(msgspec.Struct, kw_only=True):
    """Counters of an open engine since it was opened."""

    busy_seconds: float = 0.0
    """Wall time spent inside the model."""
    sampled_tokens: int = 0
    prompt_tokens: int = 0
    running: int = 0
    waiting: int = 0


class Backend(ABC):
    """An engine that continues token ids.

    A ten-line implementation::

        class EchoBackend(Backend):
            name = "echo"
            capabilities = Capabilities(seeds=True)

            @classmethod
            async def open(cls, settings):
                return cls()

            async def complete(self, prompt, sampling, n=1):
                done = Completion(token_ids=tuple(prompt), text="", finish_reason="length")
                return [done] * n
    """

    name: ClassVar[str]
    install_hint: ClassVar[str] = ""
    """Command that installs the engine, shown when it is missing."""
    capabilities: Capabilities = Capabilities()

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Refuse options that cannot be used or must not be stored. Called before ``run.toml`` is written.

        Loads no engine.

        Raises:
            UsageError: names the option; of a secret, not its value.
        """
        return

    @classmethod
    @abstractmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Load the checkpoint and return an engine that is ready for requests.

        Raises:
            MissingEngineError: the engine's package is not installed.
            CheckpointError: the checkpoint cannot be loaded.
            BackendError: the device is absent or too small.
        """

    @abstractmethod
    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` (token ids; no template and no BOS is added) ``n`` times.

        With a seed and ``n > 1``, sample ``k`` uses ``seed + k``.

        Raises:
            RequestError: this request cannot be served (too long, unsupported option).
            EngineDeadError: the engine is gone.
        """

    async def score(self, prompt: Sequence[int]) -> list[float]:
        """What a reward or classification checkpoint says of ``prompt`` (token ids; nothing is added).

        Returns:
            the head's raw outputs, one per label: no sigmoid, no softmax.

        Raises:
            RequestError: the engine was not opened with ``task="score"``, or the prompt is too long.
            EngineDeadError: the engine is gone.
        """
        raise RequestError(f"the {self.name} backend gives no scores")

    @property
    def capacity(self) -> int:
        """How many requests the engine works on together; the pipeline keeps a few more in flight."""
        return 64

    @property
    def max_context(self) -> int | None:
        """Longest prompt plus completion, in tokens, when the engine knows it."""
        return None

    def stats(self) -> EngineStats:
        """Counters since the engine was opened."""
        return EngineStats()

    def versions(self) -> dict[str, str]:
        """Versions of the engine's packages, and the device, for ``run.toml``."""
        return {}

    async def close(self) -> None:
        """Free the engine. Called once; requests still in flight are cancelled before."""
        return


def checked_prompt(
    prompt: Sequence[int], *, vocabulary: int, longest: int | None
) -> tuple[int, ...]:
    """``prompt`` as Python's integers, before an engine sees it: some die of what they cannot take.

    Args:
        prompt: token ids, NumPy's too.
        vocabulary: how many ids the engine knows, from 0.
        longest: most tokens that leave room for one more; None where nobody knows.

    Raises:
        RequestError: it is empty, too long, no token ids, or holds one that is none.
    """
    try:
        ids = tuple(one.__index__() for one in prompt)
    except AttributeError as error:
        raise RequestError(f"a prompt is token ids, and this one is not: {error}") from error
    if not ids:
        raise RequestError("the prompt is empty")
    if longest is not None and len(ids) > longest:
        raise RequestError(
            f"the prompt has {len(ids)} tokens, and {longest} at most leave room here"
        )
    if min(ids) < 0 or max(ids) >= vocabulary:
        wrong = next(one for one in ids if not 0 <= one < vocabulary)
        raise RequestError(f"token id `{wrong}` is outside the vocabulary (0 to {vocabulary - 1})")
    return ids
