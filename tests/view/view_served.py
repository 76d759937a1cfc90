"""A page's server in a thread, and a client of its interface."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from magpie_core.dataset.source import open_source
from magpie_core.plugins import load_plugins
from magpie_core.view.app import make_app
from magpie_core.view.desk import Desk
from magpie_core.view.engine import LiveEngine
from magpie_core.view.server import address, listen, serve

HOST = "127.0.0.1"
TOKEN = "a-token-for-tests"


class Served:
    """The page of ``path`` on a port of the loopback; or, asked without a server, through ``client``."""

    def __init__(self, path: Path) -> None:
        self.plugins = load_plugins()
        self.live = LiveEngine(self.plugins)
        self.desk = Desk(open_source(path), lambda *_: None)
        self.app = make_app(self.desk, self.live, self.plugins, TOKEN, HOST)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it is; it is started when it is first asked for."""
        if not self._url:
            self._start()
        return self._url

    def client(self) -> Any:
        """Starlette's test client, which shows the token."""
        from starlette.testclient import TestClient

        base = f"http://{HOST}:8000"
        return TestClient(
            self.app, base_url=base, headers={"x-magpie-token": TOKEN, "origin": base}
        )

    def ask(self, path: str, **body: Any) -> Any:
        """What ``/api/path`` answers."""
        answer = self.client().post(f"/api/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _start(self) -> None:
        listening = listen(HOST, 0)
        self._url = address(listening, HOST, TOKEN)
        started = threading.Event()

        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
            with suppress(asyncio.CancelledError):
                await serve(self.app, listening, started.set)

        self._thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        self._thread.start()
        assert started.wait(30)

    def close(self) -> None:
        """End the server and free everything."""
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(30)
        self.live.close()
        self.desk.close()
