"""Try a server out before it is trusted: how it takes prompts, whether it adds to them, what it can do.

Every ability that is claimed was shown by the server in answer to a small request.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from magpie_backend_openai.answers import Answer, read_answer
from magpie_backend_openai.bodies import max_tokens_field, prompt_fields, sampling_fields
from magpie_backend_openai.codec import QUESTION, Codec
from magpie_backend_openai.facts import Facts
from magpie_backend_openai.first_token import bias
from magpie_backend_openai.http import Http, Reply, Unanswered
from magpie_backend_openai.identity import identify
from magpie_backend_openai.options import Options
from magpie_core import BackendError, RequestError, Sampling

TINY_SCHEMA = {
    "type": "object",
    "properties": {"a": {"enum": ["yes", "no"]}},
    "required": ["a"],
    "additionalProperties": False,
}
TINY_ANSWERS = ('{"a":"yes"}', '{"a":"no"}')
SEEDS = (7, 8, 7, 9, 10)
"""Asked for all at once after 7 was asked for alone."""


class RefusedError(BackendError):
    """The server read a trial request and said no."""


class Examiner:
    """Examines servers for one checkpoint and set of options."""

    def __init__(self, http: Http, options: Options, codec: Codec) -> None:
        self._http = http
        self._options = options
        self._codec = codec
        self._question = codec.question()

    async def examine(self, url: str, abilities: bool = True) -> Facts:
        """Find out about the server at ``url``.

        Args:
            url: its address, ``/v1`` included.
            abilities: also try seeds, first-token rules and schemas.

        Raises:
            BackendError: it does not answer, or cannot be used; says why.
        """
        facts = await identify(self._http, url, self._options)
        facts = await self._find_way_in(url, facts)
        if not abilities:
            return facts
        seeds = await self._has_seeds(url, facts)
        rules = await self._has_first_token_rules(url, facts)
        schema = await self._has_schemas(url, facts)
        return msgspec.structs.replace(
            facts, seeds=seeds, first_token_rules=rules, json_schema=schema
        )

    async def _find_way_in(self, url: str, facts: Facts) -> Facts:
        """How prompts are sent so that the engine reads exactly our ids."""
        if self._options.api == "chat":
            facts = msgspec.structs.replace(facts, prompt="messages")
            answer = await self._try(url, facts)
            return self._with_ids(facts, answer)
        refusal = None
        if self._options.prompt != "text":
            as_ids = msgspec.structs.replace(facts, prompt="ids")
            try:
                answer = await self._try(url, as_ids)
            except RefusedError as error:
                if self._options.prompt == "ids":
                    raise
                refusal = error
            else:
                self._insist_on_count(url, answer)
                return self._with_ids(as_ids, answer)
        try:
            return await self._as_text(url, facts)
        except RefusedError as error:
            if refusal is None or error.message == refusal.message:
                raise
            raise RefusedError(f"{error.message}; with token ids: {refusal.message}") from None

    async def _as_text(self, url: str, facts: Facts) -> Facts:
        written = self._codec.written(self._question)
        if self._codec.encode(written) != self._question:
            raise BackendError(
                f"`{url}` takes no token ids, and this tokenizer's text does not give the same ids again",
                hint="choose a server that takes token ids: vLLM, SGLang, llama.cpp",
            )
        plain = msgspec.structs.replace(facts, prompt="text")
        answer = await self._try(url, plain)
        starts_with_bos = bool(self._codec.bos) and written.startswith(self._codec.bos)
        if starts_with_bos and answer.prompt_tokens == len(self._question) + 1:
            plain = msgspec.structs.replace(plain, strips_bos=True)
            answer = await self._try(url, plain)
        self._insist_on_count(url, answer)
        return self._with_ids(plain, answer)

    def _with_ids(self, facts: Facts, answer: Answer) -> Facts:
        returns_ids = facts.dialect.return_ids and answer.had_ids
        return msgspec.structs.replace(
            facts, returns_ids=returns_ids, counted=answer.prompt_tokens is not None
        )

    def _insist_on_count(self, url: str, answer: Answer) -> None:
        """Refuse a server that counts other prompt tokens than were sent."""
        ours, theirs = len(self._question), answer.prompt_tokens
        if not self._options.check_prompt or theirs is None or theirs == ours:
            return
        told = f"`{url}` counts {theirs} prompt tokens where {ours} were sent"
        hint = "--engine-option check_prompt=false   # if you know better than its count"
        wrapped = self._codec.in_template(self._codec.written(self._question))
        if theirs == ours + 1:
            raise BackendError(f"{told}: it adds a token of its own, such as a BOS", hint=hint)
        if theirs > ours:
            count = f" (it would be {len(self._codec.encode(wrapped))})" if wrapped else ""
            raise BackendError(
                f"{told}: it applies a chat template to /completions again{count}, or reads control "
                "tokens as plain text, or has another tokenizer than the checkpoint",
                hint="serve the model without a template for /completions (Ollama: a Modelfile with "
                "TEMPLATE {{ .Prompt }}), or use this server for responses only: "
                '[response_engine] with api = "chat"',
            )
        raise BackendError(
            f"{told}: its model has another tokenizer than the checkpoint", hint=hint
        )

    async def _has_seeds(self, url: str, facts: Facts) -> bool:
        """The same seed gives the same sample, alone and among others, and another seed another one."""

        async def draw(seed: int) -> tuple[int, ...]:
            sampling = Sampling(temperature=1.5, max_tokens=12, seed=seed)
            return (await self._try(url, facts, sampling)).completion.token_ids

        try:
            alone = await draw(SEEDS[0])
            found = await asyncio.gather(*(draw(seed) for seed in SEEDS))
        except RefusedError:
            return False
        others = [ids for seed, ids in zip(SEEDS, found, strict=True) if seed != SEEDS[0]]
        same = all(ids == alone for seed, ids in zip(SEEDS, found, strict=True) if seed == SEEDS[0])
        return same and any(ids != alone for ids in others)

    async def _has_first_token_rules(self, url: str, facts: Facts) -> bool:
        """A bias on the one token of a short request keeps a token out; needs ids both ways."""
        if facts.prompt != "ids" or not facts.returns_ids:
            return False
        greedy = Sampling(temperature=0.0, max_tokens=1)
        try:
            first = (await self._try(url, facts, greedy)).completion.token_ids[:1]
            other = (await self._try(url, facts, greedy, bias(first))).completion.token_ids[:1]
        except RefusedError:
            return False
        return bool(first) and bool(other) and first != other

    async def _has_schemas(self, url: str, facts: Facts) -> bool:
        sampling = Sampling(temperature=0.0, max_tokens=48, json_schema=TINY_SCHEMA)
        try:
            text = (await self._try(url, facts, sampling)).completion.text
        except (RequestError, RefusedError):
            return False
        # JSON that is cut counts as well: many servers let a model write spaces for as long as it likes
        compact = "".join(text.split())
        return bool(compact) and any(one.startswith(compact) for one in TINY_ANSWERS)

    async def _try(
        self,
        url: str,
        facts: Facts,
        sampling: Sampling | None = None,
        more: dict[str, Any] | None = None,
    ) -> Answer:
        """Send the question.

        Raises:
            RefusedError: the server refused it.
            BackendError: it did not answer.
        """
        sampling = sampling or Sampling(temperature=0.0, max_tokens=1)
        chat = facts.prompt == "messages"
        if chat:
            prompt: dict[str, Any] = {"messages": [{"role": "user", "content": QUESTION}]}
        else:
            prompt = prompt_fields(self._question, facts, self._codec)
        body = {
            "model": facts.model,
            **prompt,
            **max_tokens_field(url, facts, sampling.max_tokens),
            **sampling_fields(sampling, facts, self._codec),
            **(more or {}),
            **self._options.extra_body,
        }
        path = "/chat/completions" if chat else "/completions"
        reply = await self._post(url + path, body)
        if not reply.ok:
            told = f"`{url}{path}`: HTTP {reply.status}: {reply.text}"
            # some servers stumble over a list of ids where they want a text
            stumbled = reply.status == 500 and facts.prompt == "ids"
            if stumbled or (400 <= reply.status < 500 and reply.status not in (401, 402, 403, 429)):
                raise RefusedError(told)
            raise BackendError(told)
        try:
            return read_answer(reply.data, sampling, self._codec, chat=chat)
        except RequestError as error:
            raise RefusedError(f"`{url}{path}`: {error.message}") from None

    async def _post(self, url: str, body: dict[str, Any]) -> Reply:
        """One answer; a server that is only just starting, or busy, is asked a few times."""
        for attempt in range(self._options.retries + 1):
            last = attempt == self._options.retries
            try:
                reply = await self._http.post(url, body)
            except Unanswered as error:
                if last or error.kind != "broken":
                    raise BackendError(f"`{url}`: {error.message}") from None
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            busy = reply.status == 429 or reply.status >= 500
            if last or not busy or (reply.retry_after or 0) > self._options.longest_wait:
                return reply
            await asyncio.sleep(reply.retry_after or 0.2 * 2**attempt)
        raise AssertionError("unreachable")
