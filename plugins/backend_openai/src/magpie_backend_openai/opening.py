"""Open the tokenizer and the servers, and see that one request fits all of them."""

from __future__ import annotations

import asyncio
import logging

from magpie_backend_openai.codec import Codec
from magpie_backend_openai.examine import Examiner
from magpie_backend_openai.facts import Facts, common
from magpie_backend_openai.http import Http
from magpie_backend_openai.options import Options
from magpie_backend_openai.pool import Pool, Server
from magpie_backend_openai.secrets import Secrets
from magpie_core import BackendError, EngineSettings
from magpie_core.checkpoint import open_checkpoint

log = logging.getLogger("magpie.backend.openai")


async def open_servers(
    options: Options, settings: EngineSettings
) -> tuple[Codec, Facts, Pool, Http]:
    """Examine all servers at once; those that are down now may come later, as long as one is up.

    Raises:
        BackendError: none can be used, or they differ.
    """
    secrets = Secrets(options)
    checkpoint = await asyncio.to_thread(
        open_checkpoint, settings.checkpoint, trust_remote_code=settings.trust_remote_code
    )
    codec = Codec(checkpoint)
    http = Http(options, secrets)
    try:
        examiner = Examiner(http, options, codec)
        found = await asyncio.gather(
            *(examiner.examine(url) for url in options.urls), return_exceptions=True
        )
        servers, facts = _sort(options.urls, found)
        first = common(facts)
        pool = Pool(servers, _Again(examiner, first), options.give_up_after)
    except BaseException:
        await http.close()
        raise
    if not first.counted and first.prompt != "messages":
        log.warning(
            "the server does not count prompt tokens, so whether it adds to them shows only in the pilot"
        )
    return codec, first, pool, http


def _sort(urls: list[str], found: list[Facts | BaseException]) -> tuple[list[Server], list[Facts]]:
    servers, facts = [], []
    errors: list[BackendError] = []
    for url, one in zip(urls, found, strict=True):
        if isinstance(one, Facts):
            servers.append(Server(url=url, model=one.model))
            facts.append(one)
            continue
        if not isinstance(one, BackendError):
            raise one
        servers.append(Server(url=url, up=False, reason=one.message))
        errors.append(one)
    if not facts:
        if len(errors) == 1:
            raise errors[0]
        raise BackendError("; ".join(one.message for one in errors), hint=errors[0].hint)
    for one in errors:
        log.warning("going on without a server: %s", one.message)
    _insist_alike(facts)
    return servers, facts


def _insist_alike(facts: list[Facts]) -> None:
    for one in facts[1:]:
        if one.way != facts[0].way:
            raise BackendError(
                f"the servers differ: one is a {facts[0].told}, another a {one.told}",
                hint="run one kind of server, in one version, or give them runs of their own",
            )


class _Again:
    """Examines a server that was down: is it what it was?"""

    def __init__(self, examiner: Examiner, first: Facts) -> None:
        self._examiner = examiner
        self._first = first

    async def __call__(self, server: Server) -> None:
        first = self._first
        facts = await self._examiner.examine(server.url, abilities=not server.model)
        if facts.way != first.way:
            raise BackendError(f"it is now a {facts.told}, the others are a {first.told}")
        if server.model and facts.model != server.model:
            raise BackendError(f"it now serves `{facts.model}`, and served `{server.model}`")
        if first.max_context and (facts.max_context or first.max_context) < first.max_context:
            raise BackendError(f"its context ends at {facts.max_context} tokens")
        lacks = [] if server.model else first.missing_from(facts)
        if lacks:
            raise BackendError(f"it has no {', '.join(lacks)}, and the others have")
        server.model = facts.model
