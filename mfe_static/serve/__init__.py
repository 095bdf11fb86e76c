"""HTTP for a site's files, as a static host would answer: one Starlette application over a `View`.

    who asks? (guard) ─► which path? (paths) ─► which answer? (hosts: files, rules) ─► its bytes (content)

`serve` shows a finished build with it, and the development server its own view of a site, with routes of its own and
pages that it changes on their way out. HTTP itself is spoken by uvicorn (`listening`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mfe_static.serve.content import Contents, Transform
from mfe_static.serve.guard import Guard, Named, loopback
from mfe_static.serve.hosts import STYLES, Answer, Rules, Style, StyleName, decide, read_rules
from mfe_static.serve.paths import decoded, local
from mfe_static.serve.view import View

__all__ = ["Asked", "Transform", "View", "application"]


class Asked(NamedTuple):
    """A request that was answered."""

    method: str
    path: str
    """As it was sent."""
    status: int
    seconds: float


def application(
    view: Callable[[], View],
    *,
    style: StyleName = "netlify",
    base_path: str = "",
    named: Named = loopback,
    routes: Sequence[BaseRoute] = (),
    wait: Callable[[str], Awaitable[None]] | None = None,
    transform: Transform | None = None,
    fresh: bool = False,
    latency: float = 0.0,
    asked: Callable[[Asked], None] | None = None,
    broke: Callable[[Exception], None] | None = None,
) -> Starlette:
    """The application.

    `view` gives the site as it is now, and is called for each request. `base_path` is that of its `base_url`, under
    which it is shown. `named`: which hosts are ours. `routes` come before the site's files, and are not below it.
    `wait` is awaited with the decoded path below `base_path` before the view is looked at; `transform` changes pages,
    also those for what is not there. `fresh`: a browser asks again for everything, whatever the rules say. `latency`:
    seconds that each answer takes longer. Called for each answer: `asked`; for each bug of ours: `broke`.
    """
    site = _Site(view, STYLES[style], unquote(base_path), wait, Contents(transform), fresh, latency)

    async def failed(_request: Request, error: Exception) -> Response:
        if broke:
            broke(error)
        return PlainTextResponse("This is a bug of mfe-static; its terminal says more.\n", 500)

    watched = [Middleware(_Watched, asked)] if asked else []
    app = Starlette(
        routes=routes, middleware=[*watched, Middleware(Guard, named)], exception_handlers={Exception: failed}
    )
    app.router.redirect_slashes = False
    app.router.default = site
    return app


class _Site:
    """Answers for the files of a site."""

    def __init__(
        self,
        view: Callable[[], View],
        style: Style,
        base: str,
        wait: Callable[[str], Awaitable[None]] | None,
        contents: Contents,
        fresh: bool,
        latency: float,
    ) -> None:
        self._view, self._style, self._base, self._wait = view, style, base, wait
        self._contents, self._fresh, self._latency = contents, fresh, latency
        self._known: tuple[tuple[str, str], Rules] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        if self._latency:
            await asyncio.sleep(self._latency)
        response = await self._response(request)
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return _sentence("This server shows files: it knows GET and HEAD.", 405, {"allow": "GET, HEAD"})
        path = decoded(request.scope["raw_path"])
        if path is None:
            return _sentence("This is no address of a file.", 400)
        if not path.startswith(self._base + "/"):
            if path in {"/", self._base}:
                return Response(status_code=302, headers={"location": local(self._base + "/")})
            return _sentence(f"This site is shown below {local(self._base + '/')}", 404)
        path = path.removeprefix(self._base)
        if self._wait:
            await self._wait(path)
        view = self._view()
        query = request.scope["query_string"].decode("ascii", "replace")
        answer = decide(self._style, view.files, self._rules(view), self._base, path, query)
        return await self._sent(request, view, answer)

    async def _sent(self, request: Request, view: View, answer: Answer) -> Response:
        headers = dict(answer.headers)
        if answer.location:  # else a browser keeps a 301 for good, and `localhost` shows another site tomorrow
            headers.setdefault("cache-control", "no-cache")
        if self._fresh:
            headers["cache-control"] = "no-cache"
        if answer.location:
            return Response(status_code=answer.status, headers={**headers, "location": answer.location})
        if answer.path:
            try:
                file = view.files[answer.path]
                return await self._contents.answer(request, answer.status, answer.path, file, headers)
            except OSError:  # removed since it was listed
                pass
        return _sentence("There is nothing here.", 404, headers)

    def _rules(self, view: View) -> Rules:
        """The rules of the view; those of the last one where their texts are the same."""
        texts = view.redirects, view.headers
        if self._known is None or self._known[0] != texts:
            self._known = texts, read_rules(view, self._style)[0]
        return self._known[1]


class _Watched:
    """Tells of each answer."""

    def __init__(self, app: ASGIApp, tell: Callable[[Asked], None]) -> None:
        self._app, self._tell = app, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.monotonic(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            target = scope["raw_path"].decode("ascii", "replace")
            self._tell(Asked(scope["method"], target, status, time.monotonic() - begun))


def _sentence(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(text + "\n", status, {**(headers or {}), "content-type": "text/plain; charset=utf-8"})
