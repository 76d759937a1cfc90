"""The backend as the core sees it: checks each request, has it answered, counts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

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
from magpie_core.backend import checked_prompt

if TYPE_CHECKING:
    from magpie_backend_openai.caller import Caller
    from magpie_backend_openai.codec import Codec
    from magpie_backend_openai.facts import Facts
    from magpie_backend_openai.messages import Messages
    from magpie_backend_openai.options import Options

PER_SERVER = 64
"""Requests that a server works on together unless told otherwise."""
TEXT_TOLERANCE = 3
"""Tokens by which a text prompt may differ from its ids: where words were joined at a cut."""


class OpenAIBackend(Backend):
    """Any OpenAI-compatible server, or several that serve the same model.

    ``checkpoint`` names the tokenizer and chat template; the weights are the server's. ``device`` and
    ``dtype`` are the server's, too. ``options`` are those of ``magpie_backend_openai.options.Options``.
    """

    name = "openai"
    install_hint = "pip install magpie-backend-openai"
    capabilities = Capabilities()

    def __init__(
        self,
        options: Options,
        codec: Codec,
        facts: Facts,
        caller: Caller,
        capacity: int,
        max_context: int | None,
    ) -> None:
        self._options = options
        self._codec = codec
        self._facts = facts
        self._caller = caller
        self._capacity = capacity
        self._max_context = max_context
        self._messages: Messages | None = None
        if facts.prompt == "messages":
            from magpie_backend_openai.messages import Messages

            self._messages = Messages(codec)
        self._banned: dict[FirstTokenRule, tuple[int, ...]] = {}
        self._asked = 0
        self._sampled = self._prompted = 0
        self.capabilities = Capabilities(
            seeds=facts.seeds,
            json_schema=facts.json_schema,
            first_token_rules=facts.first_token_rules,
            penalties=facts.dialect.penalties,
        )

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Refuse options that do not fit, and above all a key among them, before anything is stored."""
        from magpie_backend_openai.options import read_options

        read_options(dict(options))

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Read the options, find the servers, and try out what they can do.

        Raises:
            UsageError: an option does not fit, or a key is missing.
            BackendError: no server answers, or one cannot be used.
        """
        try:
            import httpx2  # noqa: F401
        except ImportError as error:
            raise MissingEngineError(
                "httpx2 is not installed, and the openai backend talks through it",
                hint="pip install httpx2",
            ) from error
        from magpie_backend_openai.opening import open_servers
        from magpie_backend_openai.options import read_options

        if settings.task != "generate":
            raise BackendError(
                "the openai backend gives no scores: there is no common interface for them",
                hint="--backend transformers",
            )
        options = read_options(settings.options)
        codec, facts, pool, http = await open_servers(options, settings)
        from magpie_backend_openai.caller import Caller

        width = settings.max_batch or options.max_in_flight
        width = width or PER_SERVER * len(options.urls)
        contexts = [one for one in (facts.max_context, settings.max_context) if one]
        # Without a bound of the user's, the few that the pipeline keeps ready may wait at the server.
        slots = options.max_in_flight or settings.max_batch or 2 * width
        caller = Caller(http, pool, options, slots)
        try:
            return cls(options, codec, facts, caller, width, min(contexts, default=None))
        except BaseException:
            await caller.close()
            raise

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` ``n`` times, each a request of its own: then seeds mean the same everywhere."""
        from magpie_backend_openai.bodies import checked

        sampling = checked(sampling)
        ids = self._checked(prompt)
        limit = sampling.max_tokens
        if self._max_context is not None:
            limit = min(limit, self._max_context - len(ids))
        jobs = [self._one(ids, _numbered(sampling, k, limit)) for k in range(n)]
        if len(jobs) == 1:
            return [await jobs[0]]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    def _checked(self, prompt: Sequence[int]) -> tuple[int, ...]:
        """``prompt`` as Python's integers.

        Raises:
            RequestError: it cannot be sent: some servers die of such a one.
        """
        longest = None if self._max_context is None else self._max_context - 1
        return checked_prompt(prompt, vocabulary=self._codec.vocabulary, longest=longest)

    async def _one(self, prompt: tuple[int, ...], sampling: Sampling) -> Completion:
        self._asked += 1
        try:
            if sampling.first_token is None:
                return await self._ask(prompt, sampling)
            return await self._ask_with_rule(prompt, sampling, sampling.first_token)
        finally:
            self._asked -= 1

    async def _ask_with_rule(
        self, prompt: tuple[int, ...], sampling: Sampling, rule: FirstTokenRule
    ) -> Completion:
        from magpie_backend_openai.first_token import bias, first, join, rest

        if not self.capabilities.first_token_rules:
            raise RequestError(
                f"this server cannot apply the first-token rule `{rule.name}`: that takes token ids "
                "both ways and logit_bias"
            )
        banned = self._banned.get(rule)
        if banned is None:
            ids = rule.banned_ids(self._codec.encode)
            banned = tuple(one for one in ids if 0 <= one < self._codec.vocabulary)
            self._banned[rule] = banned
        if not banned and rule.divide_logits == 1.0:
            return await self._ask(prompt, sampling)
        one = await self._ask(prompt, first(sampling, rule), bias(banned))
        if one.token_ids and one.token_ids[0] in banned:
            raise RequestError(f"the server did not obey the first-token rule `{rule.name}`")
        if one.finish_reason == "stop" or sampling.max_tokens == 1 or not one.token_ids:
            return one
        more = await self._ask((*prompt, *one.token_ids), rest(sampling))
        return join(one, more, sampling, self._codec)

    async def _ask(
        self, prompt: tuple[int, ...], sampling: Sampling, more: dict[str, Any] | None = None
    ) -> Completion:
        from magpie_backend_openai.answers import read_answer
        from magpie_backend_openai.bodies import max_tokens_field, prompt_fields, sampling_fields

        facts, chat = self._facts, self._messages is not None
        fields = {**self._prompt(prompt, prompt_fields), **(more or {})}
        fields |= sampling_fields(sampling, facts, self._codec)
        data = await self._caller.call(
            "/chat/completions" if chat else "/completions",
            lambda server: {
                "model": server.model,
                **fields,
                **max_tokens_field(server.url, facts, sampling.max_tokens),
                **self._options.extra_body,
            },
        )
        answer = read_answer(data, sampling, self._codec, chat=chat)
        if not chat:
            self._insist_on_count(prompt, answer.prompt_tokens)
        self._sampled += answer.sampled_tokens
        self._prompted += len(prompt) if answer.prompt_tokens is None else answer.prompt_tokens
        return answer.completion

    def _prompt(self, prompt: tuple[int, ...], write: Any) -> dict[str, Any]:
        if self._messages is None:
            fields: dict[str, Any] = write(prompt, self._facts, self._codec)
            return fields
        messages, variables = self._messages.read(prompt)
        if not variables:
            return {"messages": messages}
        if not self._facts.dialect.template_variables:
            raise RequestError(
                f"a chat endpoint of the kind `{self._facts.dialect.name}` cannot be told to reason or not"
            )
        return {"messages": messages, "chat_template_kwargs": variables}

    def _insist_on_count(self, prompt: tuple[int, ...], theirs: int | None) -> None:
        """A server that adds to prompts is found when it is opened; one that begins to, here."""
        if theirs is None or not self._options.check_prompt:
            return
        most = 0 if self._facts.prompt == "ids" else TEXT_TOLERANCE
        if abs(theirs - len(prompt)) > most:
            raise RequestError(
                f"the server counts {theirs} prompt tokens where {len(prompt)} were sent: it adds to "
                "the prompt, or has another tokenizer"
            )

    @property
    def capacity(self) -> int:
        """Requests that all servers work on together."""
        return self._capacity

    @property
    def max_context(self) -> int | None:
        """Longest prompt plus completion, in tokens, where the servers say it."""
        return self._max_context

    def stats(self) -> EngineStats:
        """Counters since the engine was opened; ``busy_seconds`` is time with a request under way."""
        running = min(self._caller.running, self._asked)
        return EngineStats(
            busy_seconds=self._caller.seconds_in_work,
            sampled_tokens=self._sampled,
            prompt_tokens=self._prompted,
            running=running,
            waiting=self._asked - running,
        )

    def versions(self) -> dict[str, str]:
        """The kind of server, its version and model, and what goes over the wire."""
        facts = self._facts
        checked = facts.counted and self._options.check_prompt and facts.prompt != "messages"
        counted = "checked" if checked else "not checked"
        return {
            "server": f"{facts.dialect.name} {facts.version}".strip(),
            "server_model": facts.model,
            "server_count": str(len(self._options.urls)),
            "server_prompts": f"{facts.prompt}, count {counted}",
        }

    async def close(self) -> None:
        """End all requests and close the connections."""
        await self._caller.close()


def _numbered(sampling: Sampling, k: int, limit: int) -> Sampling:
    from msgspec.structs import replace

    seed = None if sampling.seed is None else sampling.seed + k
    return replace(sampling, seed=seed, max_tokens=limit)
