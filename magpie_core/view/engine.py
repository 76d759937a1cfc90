"""The engine behind the live tab: opened on first use, in a thread with a loop of its own, closed at the end.

Loading weights and importing an engine take seconds; the page's own loop must answer meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from magpie_core.backend import Backend
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import MagpieError
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins
from magpie_core.run.manifest import read_manifest
from magpie_core.run.recipe import Recipe, RunSection
from magpie_core.view.live import Event, Wish, watch

T = TypeVar("T")
CLOSING_SECONDS = 15.0
_END = object()


class LiveEngine:
    """One engine at a time, one watcher at a time: a new one takes the place of the last."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._opened: tuple[tuple[str, str | None, str], Plan, Backend] | None = None
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def events(self, wish: Wish) -> AsyncIterator[Event]:
        """What happens, for the caller's loop; when the caller goes away, sampling stops."""
        here = asyncio.get_running_loop()
        events: asyncio.Queue[Any] = asyncio.Queue()

        def tell(event: Any) -> None:
            with suppress(RuntimeError):  # the caller's loop is closed: nobody listens any more
                here.call_soon_threadsafe(events.put_nowait, event)

        running = self._submit(self._run(wish, tell))
        try:
            while (event := await events.get()) is not _END:
                yield event
        finally:
            running.cancel()

    async def _run(self, wish: Wish, tell: Any) -> None:
        """Send events until the text is done; one that is running ends first."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.current_task()
        try:
            async with self._turn:
                plan, backend = await self._open(wish, tell)
                async for event in watch(plan, backend, wish):
                    tell(event)
        except MagpieError as error:
            tell({"kind": "error", "message": error.message, "hint": error.hint})
        except asyncio.CancelledError:
            tell({"kind": "error", "message": "stopped", "hint": None})
            raise
        except Exception as error:  # an engine's surprise must reach the page, not end the server
            tell({"kind": "error", "message": f"{type(error).__name__}: {error}", "hint": None})
        finally:
            tell(_END)

    async def _open(self, wish: Wish, tell: Any) -> tuple[Plan, Backend]:
        """The plan and the engine for ``wish``; another engine is closed first."""
        if self._opened is not None and self._opened[0] == wish.engine:
            plan = self._opened[1]
        else:
            tell({"kind": "opening", "checkpoint": wish.checkpoint, "backend": wish.backend})
            await self._close_engine()
            plan = await asyncio.to_thread(self._plan, wish)
            from magpie_core.engines import open_engines

            [backend] = await open_engines(plan, self._plugins, lambda what: None)
            self._opened = wish.engine, plan, backend
        tell({"kind": "notices", "notices": list(plan.notices)})
        return plan, self._opened[2]

    def _plan(self, wish: Wish) -> Plan:
        """Never code of a checkpoint's own: a click in a page is no consent to run it."""
        checkpoint, family, backend = wish.engine
        run = RunSection(checkpoint=checkpoint, family=family, backend=backend, n=1, pilot=0)
        return make_plan(Recipe(run=run), self._plugins)

    async def _close_engine(self) -> None:
        if self._opened is not None:
            backend, self._opened = self._opened[2], None
            with suppress(Exception):
                await backend.close()

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="live")
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Stop what runs and close the engine; twice is once."""
        if self._thread is None:
            self._loop.close()
            return
        with suppress(Exception):
            self._submit(self._end()).result(CLOSING_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSING_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()
        self._thread = None

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close_engine()


def suggestions(source: Source, plugins: Plugins) -> list[dict[str, Any]]:
    """Checkpoints to offer: the embedded one, and that of the run which is looked at."""
    found = [{"checkpoint": Wish().checkpoint, "family": None, "backend": Wish().backend}]
    if isinstance(source, RunSource):
        side = read_manifest(source.path).get("instruction")
        if isinstance(side, dict) and isinstance(side.get("checkpoint"), str):
            backend = side.get("backend")
            known = backend in plugins.backends()
            found.append(
                {
                    "checkpoint": side["checkpoint"],
                    "family": side.get("family"),
                    "backend": backend if known else Wish().backend,
                }
            )
    return found
