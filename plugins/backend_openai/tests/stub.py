"""A small HTTP server that speaks the protocol and can be told to misbehave. It is no engine."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What to do instead of answering: (status, headers, JSON), "hang", "drop", or None to answer.
Trouble = tuple[int, dict[str, str], Any] | str | None
WORDS = ["rivers", "boats", "list", "three", "name", "cities", "music", "winter", "bread", "stars"]


class Stub:
    """Behaves like ``vllm serve`` unless told otherwise; samples are words drawn by the seed."""

    def __init__(self, tokenizer: Any, **behaviour: Any) -> None:
        self.tokenizer = tokenizer
        self.owner: str = behaviour.pop("owner", "vllm")
        self.takes_ids: bool = behaviour.pop("takes_ids", True)
        self.adds: int = behaviour.pop("adds", 0)  # tokens that a template would add
        self.adds_bos: bool = behaviour.pop("adds_bos", False)  # to texts
        self.counts: bool = behaviour.pop("counts", True)
        self.seeded: bool = behaviour.pop("seeded", True)
        self.delay: float = behaviour.pop("delay", 0.0)
        self.models: list[str] = behaviour.pop("models", ["stub"])
        self.trouble: Callable[[int, dict[str, Any]], Trouble] = lambda number, body: None
        assert not behaviour, behaviour
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.most_at_once = self._at_once = 0
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._dead = threading.Event()
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Listen; again at the same address after ``kill``."""
        self._dead.clear()
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def kill(self) -> None:
        """Stop listening and cut every connection, as a killed process does."""
        self._dead.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def forget(self) -> None:
        self.bodies.clear()
        self.headers.clear()
        self.times.clear()
        self.most_at_once = 0

    def get(self, path: str) -> tuple[int, Any]:
        if path == "/v1/models":
            data = [{"id": one, "owned_by": self.owner} for one in self.models]
            if self.owner == "vllm":
                data = [{**one, "max_model_len": 1024} for one in data]
            return 200, {"object": "list", "data": data}
        if path == "/version":
            return 200, {"version": "stub"}
        return 404, {"detail": "Not Found"}

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Trouble:
        with self._lock:
            self.bodies.append(body)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            number = len(self.bodies)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            found = self.trouble(number, body)
            if found == "hang":
                self._dead.wait(20)
            if self.delay:
                self._dead.wait(self.delay)
            return found or self._answer(path, body)
        finally:
            with self._lock:
                self._at_once -= 1

    def _answer(self, path: str, body: dict[str, Any]) -> Trouble:
        prompt = body.get("prompt")
        if path == "/v1/chat/completions":
            size = 5
        elif isinstance(prompt, list):
            if not self.takes_ids:
                return 400, {}, {"error": {"message": "prompt must be a string"}}
            size = len(prompt)
        else:
            size = len(self.tokenizer.encode(prompt, add_special_tokens=False)) + self.adds_bos
        seed = body.get("seed") if self.seeded else None
        draw = random.Random(None if seed is None else f"{seed}{prompt}{body.get('messages')}")
        if body["temperature"] == 0:
            draw = random.Random(f"{prompt}{sorted(body.get('logit_bias', {}))}")
        words = " ".join(draw.choice(WORDS) for _ in range(12)).capitalize() + "?"
        ids = self.tokenizer.encode(words, add_special_tokens=False)
        ids.append(self.tokenizer.eos_token_id)
        cut = body["max_tokens"] < len(ids)
        ids = ids[: body["max_tokens"]]
        text = self.tokenizer.decode(ids, skip_special_tokens=True)
        choice: dict[str, Any] = {"index": 0, "finish_reason": "length" if cut else "stop"}
        if path == "/v1/chat/completions":
            choice["message"] = {"role": "assistant", "content": text}
        else:
            choice["text"] = text
        if body.get("return_token_ids"):
            choice["token_ids"] = ids
        reply: dict[str, Any] = {"choices": [choice]}
        if self.counts:
            reply["usage"] = {"prompt_tokens": size + self.adds, "completion_tokens": len(ids)}
        return 200, {}, reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut is no news."""


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with stub._lock:
                stub._connections.add(self.connection)

        def finish(self) -> None:
            with stub._lock:
                stub._connections.discard(self.connection)
            super().finish()

        def do_GET(self) -> None:
            status, data = stub.get(self.path)
            self._send(status, {}, data)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = stub.post(self.path, body, dict(self.headers.items()))
            if stub._dead.is_set() or found in ("drop", "hang"):
                self.close_connection = True
                return
            assert isinstance(found, tuple)
            self._send(*found)

        def _send(self, status: int, headers: dict[str, str], data: Any) -> None:
            content = data.encode() if isinstance(data, str) else json.dumps(data).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
