"""What a server may answer that a healthy one does not. A stand-in: it says nothing of SGLang itself."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from magpie_backend_sglang import SGLangBackend, http_link
from magpie_core import BackendError, EngineDeadError, EngineSettings, RequestError, Sampling
from magpie_core.checkpoint import open_checkpoint

DONE = {"output_ids": [5, 6], "meta_info": {"finish_reason": {"type": "length", "length": 2}}}
SHAPES: dict[str, Any] = {
    "version": "0.5.21",
    "model_path": "model",
    "max_req_input_len": 95,
    "max_running_requests": 4,
    "random_seed": 3,
    "grammar_backend": "none",
}


class StandIn:
    """Answers what it is told: ``generate`` is worked off from the front, its last entry stays."""

    def __init__(self, tokens: list[int]) -> None:
        self.info: Any = dict(SHAPES)
        self.tokens = tokens
        self.generate: list[tuple[int, Any] | None] = [(200, DONE)]
        self.key: str | None = None
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.reply(200, outer.info) if self.path == "/server_info" else self.reply(404, {})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/tokenize":
                    return self.reply(200, {"tokens": outer.tokens})
                outer.asked.append({"path": self.path, **body})
                if self.path != "/generate":
                    return self.reply(200, {})
                several = len(outer.generate) > 1
                answer = outer.generate.pop(0) if several else outer.generate[0]
                if answer is None:  # the connection breaks
                    self.close_connection = True
                    return self.connection.close()
                return self.reply(*answer)

            def reply(self, code: int, body: Any) -> None:
                if outer.key and self.headers["Authorization"] != f"Bearer {outer.key}":
                    code, body = 401, {"error": "Unauthorized"}
                text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def stand_ins(checkpoint: str) -> Iterator[list[StandIn]]:
    tokenizer = open_checkpoint(checkpoint).tokenizer
    tokens = tokenizer.encode(http_link.PROBE, add_special_tokens=False)
    found = [StandIn(tokens), StandIn(tokens)]
    found[1].info["random_seed"] = 4
    yield found
    for one in found:
        one.stop()


@pytest.fixture
def stand_in(stand_ins: list[StandIn]) -> StandIn:
    return stand_ins[0]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_link, "WAITS", (0.01, 0.02))
    monkeypatch.delenv(http_link.KEY, raising=False)


async def opened(checkpoint: str, *stand_ins: StandIn, task: Any = "generate") -> SGLangBackend:
    urls = [one.url for one in stand_ins]
    settings = EngineSettings(checkpoint=checkpoint, task=task, options={"url": urls})
    return await SGLangBackend.open(settings)


async def test_nobody_answers(checkpoint: str, stand_in: StandIn) -> None:
    stand_in.stop()
    with pytest.raises(BackendError, match="is gone: connection refused") as caught:
        await opened(checkpoint, stand_in)
    assert caught.value.hint is not None
    assert f"curl {stand_in.url}/health" in caught.value.hint


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ("<html>", "not a JSON object"),
        ({"object": "list"}, "does not describe itself as SGLang does"),
        ({**SHAPES, "dp_size": 2}, "2 data-parallel ranks, which share one random seed"),
        ({**SHAPES, "is_embedding": True}, "scores, and one that completes is needed"),
    ],
    ids=str,
)
async def test_it_is_not_what_is_needed(
    checkpoint: str, stand_in: StandIn, info: Any, said: str
) -> None:
    stand_in.info = info
    with pytest.raises(BackendError, match=said):
        await opened(checkpoint, stand_in)


async def test_another_vocabulary(checkpoint: str, stand_in: StandIn) -> None:
    stand_in.tokens = [1, 2, 3]
    with pytest.raises(BackendError, match="another vocabulary than the checkpoint"):
        await opened(checkpoint, stand_in)


async def test_a_key_is_sent_and_not_shown(
    checkpoint: str, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.key = "secret-key"
    with pytest.raises(BackendError, match="wants a key"):
        await opened(checkpoint, stand_in)
    monkeypatch.setenv(http_link.KEY, "secret-key")
    engine = await opened(checkpoint, stand_in)
    assert "secret" not in str(engine.versions())
    await engine.close()


async def test_ranks_are_welcome_where_seeds_count(checkpoint: str, stand_in: StandIn) -> None:
    stand_in.info = {**SHAPES, "dp_size": 2, "enable_deterministic_inference": True}
    engine = await opened(checkpoint, stand_in)
    assert engine.capabilities.seeds
    assert engine.capacity == 8
    await engine.complete([5], Sampling(seed=7), 2)
    seeds = [one["sampling_params"]["sampling_seed"] for one in stand_in.asked]
    assert sorted(seeds) == [7, 8]
    await engine.close()


async def test_servers_that_share_a_seed(checkpoint: str, stand_ins: list[StandIn]) -> None:
    stand_ins[1].info["random_seed"] = 3
    with pytest.raises(BackendError, match="share the random seed 3"):
        await opened(checkpoint, *stand_ins)


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        ([(400, {"error": {"message": "too long"}})], RequestError, "too long"),
        ([(500, {"error": {"message": "boom"}})], BackendError, r"HTTP 500\): boom"),
        ([(503, "full")], BackendError, "too busy: HTTP 503: full"),
        ([(404, {})], BackendError, "no /generate"),
        ([(200, "no JSON")], BackendError, "not a JSON object"),
        ([None], EngineDeadError, "the connection broke"),
    ],
    ids=str,
)
async def test_errors(
    checkpoint: str, stand_in: StandIn, answers: list[Any], kind: type[Exception], said: str
) -> None:
    engine = await opened(checkpoint, stand_in)
    stand_in.generate = answers
    with pytest.raises(kind, match=said) as caught:
        await engine.complete([5], Sampling())
    assert type(caught.value) is kind
    assert engine.stats().running == 0
    await engine.close()


@pytest.mark.parametrize("first", [(503, "full"), (429, "slowly"), None], ids=str)
async def test_patience(checkpoint: str, stand_in: StandIn, first: Any) -> None:
    engine = await opened(checkpoint, stand_in)
    stand_in.generate = [first, (200, DONE)]
    [found] = await engine.complete([5], Sampling())
    assert found.token_ids == (5, 6)
    await engine.close()


async def test_one_of_two_servers_dies(checkpoint: str, stand_ins: list[StandIn]) -> None:
    engine = await opened(checkpoint, *stand_ins)
    assert engine.capacity == 8
    await asyncio.gather(*(engine.complete([5], Sampling()) for _ in range(8)))
    assert all(one.asked for one in stand_ins), "both work"
    stand_ins[0].stop()
    before = len(stand_ins[1].asked)
    # its open connections are still served by the stand-in's threads, so break them
    stand_ins[0].generate = [None]
    found = await asyncio.gather(*(engine.complete([5], Sampling()) for _ in range(8)))
    assert len(found) == 8
    assert len(stand_ins[1].asked) == before + 8
    assert engine.capacity == 4
    await engine.close()


async def test_a_request_that_ends_servers_ends_no_third(
    checkpoint: str, stand_ins: list[StandIn]
) -> None:
    engine = await opened(checkpoint, *stand_ins)
    for one in stand_ins:
        one.generate = [None]
    with pytest.raises(EngineDeadError, match="the connection broke"):
        await engine.complete([5], Sampling())
    assert sum(len(one.asked) for one in stand_ins) == 4
    await engine.close()


async def test_what_the_server_lacks(checkpoint: str, stand_in: StandIn) -> None:
    engine = await opened(checkpoint, stand_in)
    can = engine.capabilities
    assert (can.seeds, can.json_schema, can.first_token_rules) == (False, False, False)
    assert engine.versions()["sglang-json"].startswith("white space")
    await engine.close()
