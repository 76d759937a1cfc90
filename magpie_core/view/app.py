"""The web application: paths to methods of the desk, JSON in and out. Decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from magpie_core.errors import MagpieError
from magpie_core.run.encode import encode
from magpie_core.view.asked import Asked
from magpie_core.view.desk import Desk
from magpie_core.view.engine import LiveEngine, suggestions
from magpie_core.view.live import Wish
from magpie_core.view.pages import PAGE
from magpie_core.view.security import Guard

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from magpie_core.plugins import Plugins

STATIC = Path(__file__).parent / "static"
T = TypeVar("T")


class PageOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``/api/page``."""

    asked: Asked = Asked()
    start: int = 0
    size: int = PAGE
    around: int | None = None
    """A record: the page that holds it, in place of ``start``."""


class RejectedOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``/api/rejected``."""

    search: str = ""
    step: str | None = None
    reason: str | None = None
    start: int = 0


class Marked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``/api/mark``."""

    n: int
    mark: str | None = None
    note: str | None = None


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``/api/record``."""

    n: int


def make_app(desk: Desk, live: LiveEngine, plugins: Plugins, token: str, host: str) -> Guard:
    """The application, guarded.

    Args:
        desk: answers.
        live: the engine of the live tab.
        plugins: what is installed.
        token: what the page must show.
        host: the address that is listened on.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import FileResponse, Response, StreamingResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    def answer(value: Any, status: int = HTTPStatus.OK) -> Response:
        return Response(encode(value), status, media_type="application/json")

    def asking(kind: type[T], work: Callable[[T], Any]) -> Callable[[Request], Any]:
        """An endpoint that reads a body of ``kind`` and answers what ``work`` gives, in a thread."""

        async def endpoint(request: Request) -> Response:
            try:
                body = msgspec.json.decode(await request.body(), type=kind)
            except (msgspec.MsgspecError, ValueError) as error:
                return answer({"error": f"the request cannot be read: {error}"}, 400)
            try:
                return answer(await run_in_threadpool(work, body))
            except MagpieError as error:
                # Not a status of its own: browsers note each one as an error of the page, and a slip in
                # an expression is none.
                return answer({"error": error.message, "hint": error.hint})

        return endpoint

    def page(body: PageOf) -> dict[str, Any]:
        size = max(1, body.size)
        if body.around is None:
            return desk.page(body.asked, body.start, size)
        place = desk.pages.place_of(body.asked, body.around) or 0
        return desk.page(body.asked, place - place % size, size)

    def rejected(body: RejectedOf) -> dict[str, Any]:
        return desk.rejections.page(body.search, body.step, body.reason, body.start)

    def about(_: dict[str, Any]) -> dict[str, Any]:
        known = sorted(plugins.backends())
        offers = {"suggestions": suggestions(desk.source, plugins), "backends": known}
        return {**desk.about(), "live": {**offers, "families": sorted(plugins.families())}}

    async def sample(request: Request) -> Response:
        try:
            wish = msgspec.json.decode(await request.body(), type=Wish)
        except (msgspec.MsgspecError, ValueError) as error:
            return answer({"error": f"the request cannot be read: {error}"}, 400)

        async def events() -> AsyncIterator[bytes]:
            async for event in live.events(wish):
                yield b"data: " + encode(event) + b"\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def home(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def icon(_: Request) -> Response:
        return Response(status_code=HTTPStatus.NO_CONTENT)

    routes = {
        "about": asking(dict[str, Any], about),
        "state": asking(dict[str, Any], lambda _: desk.state()),
        "renew": asking(dict[str, Any], lambda _: desk.renew()),
        "page": asking(PageOf, page),
        "counts": asking(Asked, lambda asked: desk.pages.counts(asked)),
        "record": asking(Place, lambda body: desk.record(body.n)),
        "rejected": asking(RejectedOf, rejected),
        "mark": asking(Marked, lambda body: desk.mark(body.n, body.mark, body.note)),
        "undo": asking(dict[str, Any], lambda _: desk.undo()),
        "live": sample,
    }
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/favicon.ico", icon),
            Mount("/static", StaticFiles(directory=STATIC)),
            *(Route(f"/api/{name}", one, methods=["POST"]) for name, one in routes.items()),
        ]
    )
    return Guard(app, token, host)
