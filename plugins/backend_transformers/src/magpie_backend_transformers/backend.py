"""The backend as the core sees it: checks each request, waits for its samples. Loads torch in ``open``."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from magpie_backend_transformers.request import Request, StopStrings
from magpie_core import (
    Backend,
    BackendError,
    Capabilities,
    Completion,
    EngineSettings,
    EngineStats,
    FirstTokenRule,
    MissingEngineError,
    RequestError,
    Sampling,
)
from magpie_core.backend import Task, checked_prompt

if TYPE_CHECKING:
    from magpie_backend_transformers.loading import Loaded
    from magpie_backend_transformers.worker import Worker

UNBOUNDED = 4096
"""Context length where neither the checkpoint nor the settings name one."""
MAX_BATCH = 128
"""Rows that decode together unless told otherwise; see the README for what 32, 64 and 128 gave."""
TINY_PARAMETERS = 50_000_000


class TransformersBackend(Backend):
    """Continuous batching over any causal model of transformers, on a processor or a GPU.

    ``options`` go to ``AutoModelForCausalLM.from_pretrained`` (``device_map``, ``attn_implementation``,
    ``quantization_config`` as a table …), but for ``threads``: CPU threads that torch may use.
    """

    CLOSE_SECONDS: ClassVar[float] = 30.0
    """How long ``close`` waits for the step the engine is in; one that hangs ends with the process."""
    name = "transformers"
    install_hint = "pip install torch   # pick the build for your machine: pytorch.org/get-started"
    capabilities = Capabilities(
        seeds=True, first_token_rules=True, stop_strings=True, penalties=True, scores=True
    )

    def __init__(
        self, loaded: Loaded, worker: Worker, max_batch: int, schedule: str, task: Task = "generate"
    ) -> None:
        self.tokenizer = loaded.tokenizer
        self._task = task
        self._answer_opening = getattr(loaded.model, "answer_opening", ())
        self._worker = worker
        self._max_batch = max_batch
        self._context = loaded.context or UNBOUNDED
        self._vocabulary = loaded.vocabulary
        self._banned: dict[FirstTokenRule, tuple[int, ...]] = {}
        self._versions = _versions(loaded, schedule)

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Load the checkpoint and start the engine's thread."""
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise MissingEngineError(
                "torch is not installed, and the transformers backend runs on it",
                hint=cls.install_hint,
            ) from error
        return await asyncio.to_thread(cls._open, settings)

    @classmethod
    def _open(cls, settings: EngineSettings) -> Self:
        from magpie_backend_transformers.loading import load
        from magpie_backend_transformers.schedules import make_schedule
        from magpie_backend_transformers.worker import Worker

        options = dict(settings.options)
        threads = _thread_count(options.pop("threads", 0))
        settings = EngineSettings(
            **{name: getattr(settings, name) for name in settings.__struct_fields__}
            | {"options": options}
        )
        loaded = load(settings)
        max_batch = settings.max_batch or MAX_BATCH
        context = loaded.context or UNBOUNDED
        schedule, kind = make_schedule(loaded, max_batch, context, settings.task)
        threads = threads or _threads_for(loaded)
        return cls(loaded, Worker(schedule, threads), max_batch, kind, settings.task)

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` ``n`` times; leaves the batch when the caller is cancelled."""
        if self._task == "score":
            raise RequestError("this engine was opened to score, and completes nothing")
        done = await self._done(self._requests(tuple(prompt), sampling, n))
        return [self._completion(request) for request in done]

    async def score(self, prompt: Sequence[int]) -> list[float]:
        """What the checkpoint's head says of ``prompt``, one raw number per label."""
        if self._task != "score":
            raise RequestError("this engine was opened to complete, and gives no scores")
        ids = checked_prompt(prompt, vocabulary=self._vocabulary, longest=self._context)
        if self._answer_opening:
            self._require_answer(ids)
        loop = asyncio.get_running_loop()
        request = Request(ids, Sampling(), seed=0, limit=0, loop=loop, future=loop.create_future())
        [done] = await self._done([request])
        return list(done.scores)

    def _require_answer(self, ids: Sequence[int]) -> None:
        """Refuse what a head that looks for the answer could not score: one row must not end the rest."""
        from magpie_backend_transformers.gated import prompt_end

        try:
            prompt_end(ids, self._answer_opening)
        except ValueError as error:
            raise RequestError(str(error)) from error

    async def _done(self, requests: Sequence[Request]) -> list[Request]:
        """Wait for the engine; requests leave it when the caller is cancelled."""
        self._worker.submit(requests)
        try:
            return await asyncio.gather(*(one.future for one in requests if one.future))
        except BaseException:
            for request in requests:
                request.cancelled = True
            raise

    def _requests(self, prompt: tuple[int, ...], sampling: Sampling, n: int) -> list[Request]:
        sampling = _checked(sampling)
        limit = self._check(prompt, sampling)
        banned = self._banned_first(sampling.first_token)
        seed = secrets.randbits(63) if sampling.seed is None else sampling.seed
        strings = tuple(one for one in sampling.stop_strings if one)
        loop = asyncio.get_running_loop()
        return [
            Request(
                prompt=prompt,
                sampling=sampling,
                seed=seed + k,
                limit=limit,
                banned_first=banned,
                stops=StopStrings(strings, self._decode) if strings else None,
                loop=loop,
                future=loop.create_future(),
            )
            for k in range(n)
        ]

    def _check(self, prompt: tuple[int, ...], sampling: Sampling) -> int:
        """Most tokens that can be sampled, or a RequestError."""
        checked_prompt(prompt, vocabulary=self._vocabulary, longest=self._context - 1)
        return min(sampling.max_tokens, self._context - len(prompt))

    def _banned_first(self, rule: FirstTokenRule | None) -> tuple[int, ...]:
        """Ids that may not come first, from the rule's strings and ids."""
        if rule is None:
            return ()
        if rule not in self._banned:
            ids = rule.banned_ids(self._encode)
            # a rule for a larger vocabulary may be used with a smaller one
            self._banned[rule] = tuple(one for one in ids if 0 <= one < self._vocabulary)
        return self._banned[rule]

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self.tokenizer.decode(
            list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _completion(self, request: Request) -> Completion:
        return Completion(
            token_ids=tuple(request.tokens),
            text=request.text(self._decode),
            finish_reason=request.finish_reason,
            stop_reason=request.stop_reason,
        )

    @property
    def capacity(self) -> int:
        """Rows that decode together."""
        return self._max_batch

    @property
    def max_context(self) -> int | None:
        """Longest prompt plus completion, in tokens."""
        return self._context

    def stats(self) -> EngineStats:
        """Counters since the engine was opened."""
        return self._worker.stats()

    def versions(self) -> dict[str, str]:
        """Versions of transformers and torch, the device, the dtype and the kind of batching."""
        return dict(self._versions)

    async def close(self) -> None:
        """End the engine's thread and free the model."""
        await asyncio.to_thread(self._worker.close, self.CLOSE_SECONDS)


def _checked(sampling: Sampling) -> Sampling:
    """The parameters, held against their bounds: making the struct does not, and the engine must not die."""
    if sampling.json_schema is not None:
        raise RequestError("the transformers backend has no JSON schema decoding")
    try:
        plain = msgspec.to_builtins(sampling, enc_hook=_number)
        return msgspec.convert(plain, Sampling)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise RequestError(f"a sampling parameter cannot be used: {error}") from error


def _number(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"`{value}` is neither a number nor a text")


def _threads_for(loaded: Loaded) -> int:
    """One thread for a tiny model on a CPU, where the threads' barriers cost more than they save.

    Measured on two busy cores with the embedded model (4.7 million parameters): 53 to 58 records a
    second with one thread, 40 with two. 0 leaves torch's own choice.
    """
    tiny = loaded.device.type == "cpu" and loaded.model.num_parameters() < TINY_PARAMETERS
    return 1 if tiny else 0


def _thread_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BackendError(f"option `threads` must be a whole number, not `{value}`")
    return value


def _versions(loaded: Loaded, schedule: str) -> dict[str, str]:
    import torch
    import transformers

    return {
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "device": str(loaded.device),
        "dtype": str(loaded.model.dtype).removeprefix("torch."),
        "batching": schedule,
    }
