"""The application that browsers see: the site as its host would answer, with our client on its pages.

whose request? (guard) ─► ours (answers) or the site's (serve), when it is ready (present) ─► tagged, amended
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mfe_static.dev.answers import Answers
from mfe_static.dev.present import Present
from mfe_static.dev.responses import ROOT, Amended, asked, tagged
from mfe_static.dev.tabs import Tabs
from mfe_static.digests import digest
from mfe_static.serve import application
from mfe_static.serve.guard import Guard, Named
from mfe_static.serve.paths import decoded

_NOTHING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Nothing is built yet</title></head>
<body><h1>Nothing is built yet</h1>
<p>The site has problems that keep it from being built. The terminal lists them, too. Once they are mended, the page
comes by itself.</p></body></html>
"""
_MARKED = "mfe.marked"


class Front:
    """The application, made anew when the path of the site's `base_url` changes."""

    def __init__(
        self,
        present: Present,
        tabs: Tabs,
        answers: Answers,
        looked_at: Callable[[str], None],
        marked: Callable[[str], Awaitable[Mapping[str, str] | None]],
        server: str,
        named: Named,
    ) -> None:
        """`looked_at` is told the URL of each page that a person opens; `marked` gives a page with its regions marked,
        and the digest of the one without."""
        self._present, self._tabs, self._answers = present, tabs, answers
        self._looked_at, self._marked, self._server, self._named = looked_at, marked, server, named
        self._made: tuple[str, ASGIApp] = ("", self._application())
        self._guarded = Guard(Amended(self._answer, server), named)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._guarded(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        present, path = self._present, decoded(scope["raw_path"])
        if path is not None and not path.startswith(ROOT):
            await present.known(path)
            if present.empty:
                await self._nothing(scope, receive, send)
                return
            await self._mark(scope, path)
        if self._made[0] != present.base_path:
            self._made = present.base_path, self._application()
        await self._made[1](scope, receive, send)

    async def _nothing(self, scope: Scope, receive: Receive, send: Send) -> None:
        """There is no site, and a build has said why."""
        page = tagged(
            _NOTHING.encode(), epoch=self._tabs.epoch, server=self._server, mark="", tab=asked(Request(scope))
        )
        await HTMLResponse(page, 503, {"cache-control": "no-store"})(scope, receive, send)

    async def _mark(self, scope: Scope, path: str) -> None:
        """Have the page with its regions marked at hand, where it is wanted so."""
        request, present = Request(scope), self._present
        if asked(request).regions and path.startswith(present.base_path + "/"):
            await present.wait(path.removeprefix(present.base_path))
            document = present.document(path)
            if document.digest:
                scope[_MARKED] = await self._marked(document.url)

    def _application(self) -> ASGIApp:
        return application(
            self._present,
            base_path=self._present.base_path,
            named=self._named,
            routes=self._answers.routes(),
            wait=self._present.wait,
            transform=self._tagged,
            fresh=True,
        )

    def _tagged(self, request: Request, path: str, page: bytes) -> bytes:
        """A page on its way out."""
        mark, marked = digest(page), request.scope.get(_MARKED)
        if request.headers.get("sec-fetch-dest") in {"document", "iframe"}:
            self._looked_at(path.removesuffix("index.html"))
        if marked and marked["digest"] == mark:
            page = marked["html"].encode()
        return tagged(page, epoch=self._tabs.epoch, server=self._server, mark=mark, tab=asked(request))
