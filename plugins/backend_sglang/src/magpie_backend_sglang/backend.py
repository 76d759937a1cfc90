"""The backend as the core sees it: opens engines or reaches servers, sends requests, counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from importlib.util import find_spec
from time import monotonic
from typing import Any, Self

from msgspec.structs import replace

from magpie_backend_sglang.child_link import ChildLink
from magpie_backend_sglang.facts import EngineFacts
from magpie_backend_sglang.http_link import HttpLink
from magpie_backend_sglang.link import Link
from magpie_backend_sglang.options import adapter_of, engine_arguments, take_urls
from magpie_backend_sglang.pool import Pool
from magpie_backend_sglang.requests import Translator
from magpie_core import (
    Backend,
    BackendError,
    Capabilities,
    Completion,
    EngineSettings,
    EngineStats,
    MissingEngineError,
    Sampling,
)
from magpie_core.checkpoint import open_checkpoint


class SGLangBackend(Backend):
    """SGLang: an engine in a child process, or running servers.

    ``options`` go to ``sgl.Engine`` (``tp_size``, ``quantization``, ``mem_fraction_static`` …), but for
    ``url``: the address of a running server, or a list of them; and ``lora``: the adapter to answer with.
    """

    name = "sglang"
    install_hint = "pip install 'magpie-backend-sglang[engine]'"
    capabilities = Capabilities(
        json_schema=True, first_token_rules=True, stop_strings=True, penalties=True, scores=True
    )

    def __init__(
        self, links: Sequence[Link], translator: Translator, settings: EngineSettings
    ) -> None:
        facts = links[0].facts
        self._pool = Pool(links, settings.max_batch)
        self._translator = translator
        self._where = [one.url for one in links if isinstance(one, HttpLink)]
        self._stats = EngineStats()
        self._busy_since = 0.0
        self._asked = 0
        self.capabilities = Capabilities(
            seeds=facts.deterministic,
            json_schema=facts.json_schema,
            first_token_rules=facts.first_token_rules,
            stop_strings=True,
            penalties=True,
            scores=True,
        )

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Start the engine, or reach the servers."""
        options = dict(settings.options)
        adapter = adapter_of(options)
        urls = take_urls(settings, options)
        if not urls and find_spec("sglang") is None:
            raise MissingEngineError(
                "sglang is not installed, and no running server was named",
                hint=f'{cls.install_hint}   # or --engine-option url="http://host:30000"',
            )
        arguments = [] if urls else engine_arguments(settings, options, adapter)
        # not in a thread: two of them that import transformers at once break each other's import
        checkpoint = open_checkpoint(
            settings.checkpoint, trust_remote_code=settings.trust_remote_code
        )
        if urls:
            links = await _all_or_none([HttpLink.open(one, checkpoint.tokenizer) for one in urls])
        else:
            links = await _all_or_none([ChildLink.open(one) for one in arguments])
        try:
            facts = _common([one.facts for one in links], urls, settings)
            vocabulary = checkpoint.vocabulary or len(checkpoint.tokenizer)
            translator = Translator(facts, checkpoint.tokenizer, vocabulary, adapter)
            return cls(links, translator, settings)
        except BaseException:
            await asyncio.gather(*(one.close() for one in links), return_exceptions=True)
            raise

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` ``n`` times; the engine stops when the caller is cancelled."""
        samplings = [sampling] * n
        if sampling.seed is not None:
            samplings = [_reseeded(sampling, sampling.seed + k) for k in range(n)]
        requests = [self._translator.request(prompt, one) for one in samplings]
        jobs = [asyncio.ensure_future(self._timed(self._pool.generate(one))) for one in requests]
        try:
            answers = await asyncio.gather(*jobs)
        except BaseException:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            raise
        done = [self._translator.completion(one, sampling) for one in answers]
        self._stats.prompt_tokens += len(prompt) * n
        self._stats.sampled_tokens += sum(len(one.token_ids) for one in done)
        return done

    async def score(self, prompt: Sequence[int]) -> list[float]:
        """What the reward or classification head says, one number per label."""
        request = self._translator.score_request(prompt)
        answer = await self._timed(self._pool.score(request))
        self._stats.prompt_tokens += len(prompt)
        found: Any = answer["embedding"]
        return [float(one) for one in found]

    async def _timed(self, work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        """``work``; the time in which there is any counts as busy."""
        if self._asked == 0:
            self._busy_since = monotonic()
        self._asked += 1
        try:
            return await work
        finally:
            self._asked -= 1
            if self._asked == 0:
                self._stats.busy_seconds += monotonic() - self._busy_since

    @property
    def capacity(self) -> int:
        """Requests that run together, over all engines that are up."""
        return self._pool.capacity

    @property
    def max_context(self) -> int | None:
        """Longest prompt plus completion, in tokens."""
        return self._translator.facts.context

    def stats(self) -> EngineStats:
        """Counters; busy is the wall time in which a request was out, running is as capacity allows."""
        pending, capacity = self._pool.pending, self._pool.capacity
        since = monotonic() - self._busy_since if self._asked else 0.0
        return EngineStats(
            busy_seconds=self._stats.busy_seconds + since,
            sampled_tokens=self._stats.sampled_tokens,
            prompt_tokens=self._stats.prompt_tokens,
            running=min(pending, capacity),
            waiting=max(0, pending - capacity),
        )

    def versions(self) -> dict[str, str]:
        """Version of SGLang, the device, and what a repeated run should know."""
        facts, links = self._translator.facts, self._pool.links
        found = {
            "sglang": facts.version,
            "device": facts.device,
            "dtype": facts.dtype,
            "sglang-mode": "server" if self._where else "engine",
            "sglang-random-seed": ", ".join(str(one.facts.random_seed) for one in links),
            "sglang-seeds": "each sample's own, by deterministic inference"
            if facts.deterministic
            else "none: another run gives other samples",
        }
        if self._where:
            found["sglang-server"] = ", ".join(self._where)
        if facts.free_whitespace:
            found["sglang-json"] = "white space between tokens is the model's choice"
        return found

    async def close(self) -> None:
        """End the engine; a server is left as it is."""
        await self._pool.close()


async def _all_or_none(opening: list[Any]) -> list[Link]:
    """All links, or the first error and none left open."""
    found = await asyncio.gather(*opening, return_exceptions=True)
    failed = [one for one in found if isinstance(one, BaseException)]
    links = [one for one in found if isinstance(one, Link)]
    if failed:
        await asyncio.gather(*(one.close() for one in links), return_exceptions=True)
        raise failed[0]
    return links


def _common(facts: list[EngineFacts], urls: list[str], settings: EngineSettings) -> EngineFacts:
    """What holds for all engines.

    Raises:
        BackendError: they cannot be used together, or not for this task.
    """
    for one, where in zip(facts, urls or ["the engine"] * len(facts), strict=True):
        if one.scores != (settings.task == "score"):
            is_, wanted = ("scores", "completes") if one.scores else ("completes", "scores")
            raise BackendError(
                f"the SGLang server at {where} {is_}, and one that {wanted} is needed",
                hint="a server scores when it is started with --is-embedding",
            )
        if one.ranks > 1 and not one.deterministic:
            raise BackendError(
                f"the SGLang server at {where} has {one.ranks} data-parallel ranks, which share one "
                "random seed and give the same samples for the same prompt",
                hint="start one server for each instead, and give a list of their addresses as url",
            )
    seeds = [one.random_seed for one in facts if not one.deterministic]
    if len(set(seeds)) < len(seeds):
        raise BackendError(
            f"servers share the random seed {seeds[0]}, and give the same samples for the same prompt",
            hint="start each with its own --random-seed, or with none",
        )
    context = min(one.context for one in facts)
    return replace(
        facts[0],
        context=min(context, settings.max_context or context),
        longest_prompt=min(
            [one.longest_prompt for one in facts]
            + [settings.max_context - 1] * bool(settings.max_context)
        ),
        deterministic=all(one.deterministic for one in facts),
        first_token_rules=all(one.first_token_rules for one in facts),
        json_schema=all(one.json_schema for one in facts),
        free_whitespace=any(one.free_whitespace for one in facts),
    )


def _reseeded(sampling: Sampling, seed: int) -> Sampling:
    return replace(sampling, seed=seed)
