"""The backend as the core sees it: checks each request, waits for its samples. Loads vLLM in ``open``."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import replace

from magpie_backend_vllm import environment
from magpie_backend_vllm.request import Answer, Request
from magpie_backend_vllm.worker import Worker
from magpie_core import (
    Backend,
    Capabilities,
    Completion,
    EngineSettings,
    EngineStats,
    FirstTokenRule,
    MissingEngineError,
    PluginError,
    RequestError,
    Sampling,
    UsageError,
)
from magpie_core.backend import checked_prompt
from magpie_core.checkpoint import open_checkpoint

if TYPE_CHECKING:
    from magpie_backend_vllm.engine import VllmEngine


OPENING = threading.Lock()
"""Engines are opened one after the other: only so does it show which variables and processes are whose, and
two threads that import transformers at once break each other's import."""


class VllmBackend(Backend):
    """vLLM's engine, fed by a thread of this process, mostly in processes of its own.

    ``options`` are vLLM's ``EngineArgs`` (``tensor_parallel_size``, ``quantization``,
    ``gpu_memory_utilization`` …), and ``lora``: the folder of a LoRA that every request uses.
    """

    name = "vllm"
    install_hint = "pip install 'magpie-backend-vllm[engine]'"
    capabilities = Capabilities(
        seeds=True,
        json_schema=True,
        first_token_rules=True,
        stop_strings=True,
        penalties=True,
        scores=True,
    )

    def __init__(self, engine: VllmEngine, worker: Worker, tokenizer: Any, task: str) -> None:
        self.tokenizer = tokenizer
        self._worker = worker
        self._task = task
        self._capacity = worker.capacity = engine.capacity
        self._context = engine.context
        self._vocabulary = engine.vocabulary
        self._scoring_task = engine.scoring_task
        self._versions = dict(engine.versions)
        self._numbers = itertools.count()
        self._banned: dict[FirstTokenRule, tuple[int, ...]] = {}
        self.capabilities = replace(
            type(self).capabilities, first_token_rules=engine.edits_tokens or task == "score"
        )

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Refuse a key among the options: they are written to ``run.toml``."""
        if options.get("hf_token") not in (None, True, False):
            raise UsageError(
                "option `hf_token` would be stored with the run",
                hint="hf auth login, or set HF_TOKEN",
            )
        environment.leave_an_engines_process()  # before it meets the lock of the run

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Load the checkpoint and start the engine's thread."""
        if importlib.util.find_spec("vllm") is None:
            raise MissingEngineError("vLLM is not installed", hint=cls.install_hint)
        environment.leave_an_engines_process()
        given_up = threading.Event()
        try:
            return await asyncio.to_thread(cls._open, settings, given_up)
        except asyncio.CancelledError:  # the thread goes on, and large weights may take minutes
            given_up.set()
            raise

    @classmethod
    def _open(cls, settings: EngineSettings, given_up: threading.Event) -> Self:
        with ExitStack() as around:
            around.enter_context(OPENING)
            checkpoint = open_checkpoint(
                settings.checkpoint, trust_remote_code=settings.trust_remote_code
            )
            folder = Path(checkpoint.path)
            apart = environment.prepare(settings.options, folder if folder.is_dir() else None)
            log = around.enter_context(environment.starting(apart))
            around.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # what its dependencies deprecate is vLLM's business
            engine_class = _import_engine(cls.install_hint)
            worker = Worker(lambda: engine_class(settings, checkpoint, apart, log), log)
            engine: Any = worker.open(given_up.is_set)
        return cls(engine, worker, checkpoint.tokenizer, settings.task)

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` ``n`` times; leaves the engine when the caller is cancelled."""
        from magpie_backend_vllm.parameters import checked, sampling_parameters

        if self._task == "score":
            raise RequestError("this engine was opened to score, and completes nothing")
        sampling = checked(sampling)
        ids = checked_prompt(prompt, vocabulary=self._vocabulary, longest=self._context - 1)
        if sampling.first_token is not None and not self.capabilities.first_token_rules:
            raise RequestError("vLLM has no first-token rules with speculative decoding")
        parameters = sampling_parameters(
            sampling,
            banned=self._banned_first(sampling.first_token),
            limit=min(sampling.max_tokens, self._context - len(ids)),
            vocabulary=self._vocabulary,
            n=n,
        )
        answers = await self._ask(ids, parameters)
        return [self._completion(one) for one in answers]

    async def score(self, prompt: Sequence[int]) -> list[float]:
        """What the checkpoint's head says of ``prompt``, one raw number per label."""
        from magpie_backend_vllm.parameters import scoring_parameters

        if self._task != "score" or self._scoring_task is None:
            raise RequestError("this engine was opened to complete, and gives no scores")
        ids = checked_prompt(prompt, vocabulary=self._vocabulary, longest=self._context)
        [answer] = await self._ask(ids, [scoring_parameters(self._scoring_task)])
        return list(answer.scores)

    async def _ask(self, prompt: tuple[int, ...], parameters: Sequence[Any]) -> list[Answer]:
        loop = asyncio.get_running_loop()
        requests = [
            Request(str(next(self._numbers)), prompt, one, loop, loop.create_future())
            for one in parameters
        ]
        self._worker.submit(requests)
        try:
            return list(await asyncio.gather(*(one.future for one in requests)))
        except BaseException:
            for one in requests:
                one.future.cancel()
            self._worker.cancel(requests)
            raise

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

    def _completion(self, answer: Answer) -> Completion:
        stop = answer.stop_reason
        ids = answer.token_ids
        if answer.finish_reason == "stop" and stop is None:
            stop = ids[-1]  # vLLM names no reason for the vocabulary's own EOS
        kept = ids if stop is None else ids[:-1]
        return Completion(
            token_ids=ids,
            text=answer.text if isinstance(stop, str) else self._decode(kept),
            finish_reason="stop" if answer.finish_reason == "stop" else "length",
            stop_reason=stop,
        )

    def _decode(self, ids: Sequence[int]) -> str:
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    @property
    def capacity(self) -> int:
        """``max_num_seqs``: how many samples are decoded together."""
        return self._capacity

    @property
    def max_context(self) -> int | None:
        """Longest prompt plus completion, in tokens."""
        return self._context

    def stats(self) -> EngineStats:
        """Counters since the engine was opened; of an engine in other processes, ``running`` is a bound."""
        return self._worker.stats()

    def versions(self) -> dict[str, str]:
        """Versions of vLLM and torch, the device and the dtype."""
        return dict(self._versions)

    async def close(self) -> None:
        """End the engine's thread and its processes."""
        await asyncio.to_thread(self._worker.close)


def _import_engine(install_hint: str) -> type[VllmEngine]:
    try:
        from magpie_backend_vllm.engine import VllmEngine
    except Exception as error:  # an installation that does not fit together raises anything
        raise PluginError(
            f"vLLM is installed, but cannot be imported: {type(error).__name__}: {error}",
            hint=f"install it again, in an environment of its own: {install_hint}",
        ) from error
    return VllmEngine
