"""The addresses under `/_mfe/dev/`: what our client in the browser asks.

The guard of the application has looked at host and origin before anything here is reached. `open` makes this machine do
something, `failed` has it say something, so both also want a header that no form and no plain request of another site
can have.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from mfe_static.dev.editor import Editor
from mfe_static.dev.failures import Failure, failed
from mfe_static.dev.frames import Frame, frames
from mfe_static.dev.present import Present
from mfe_static.dev.responses import ROOT
from mfe_static.dev.tabs import Tabs
from mfe_static.problems import Problem
from mfe_static.schemas import problem_row
from mfe_static.serve.paths import decoded

_OURS = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}
_FRESH = {"cache-control": "no-store", **_OURS}
_LIMIT = 10_000
"""Bytes of a question."""
Ask = Callable[[str, str], Awaitable[Mapping[str, Any] | None]]
"""What is known of a page (see `messages.Ask`), by its URL."""


class Place(msgspec.Struct):
    """A place in a source, as the browser asks for it."""

    file: str
    line: int = 1
    column: int = 1


_Told = TypeVar("_Told", Place, Failure)


class Answers:
    """Answers for our client."""

    def __init__(
        self,
        present: Present,
        tabs: Tabs,
        editor: Editor,
        ask: Ask,
        root: Path,
        broken: Callable[[Problem], None],
    ) -> None:
        """`broken` is told what failed in a browser."""
        self._present, self._tabs, self._editor, self._ask = present, tabs, editor, ask
        self._root, self._broken = root, broken
        self.problems: Sequence[Problem] = ()
        self.frames: Sequence[Frame] = ()

    def routes(self) -> list[BaseRoute]:
        """All addresses."""
        return [
            Route(f"{ROOT}events", self._events),
            Route(f"{ROOT}since", self._since),
            Route(f"{ROOT}problems", self._problems),
            Route(f"{ROOT}page", self._page),
            Route(f"{ROOT}details", self._details),
            Route(f"{ROOT}open", self._open, methods=["POST"]),
            Route(f"{ROOT}failed", self._failed, methods=["POST"]),
            Route(f"{ROOT}{{name}}", self._script),
        ]

    async def _events(self, request: Request) -> Response:
        query = request.query_params
        stream = self._tabs.listen(_path(query.get("page", "")), query.get("digest", ""))
        return StreamingResponse(stream, media_type="text/event-stream", headers=_FRESH)

    async def _since(self, request: Request) -> Response:
        query = request.query_params
        return _json(self._tabs.since(_path(query.get("page", "")), query.get("digest", "")))

    async def _problems(self, _request: Request) -> Response:
        return _json({"epoch": self._tabs.epoch, "problems": self._rows()})

    async def _page(self, request: Request) -> Response:
        url = self._present.document(_path(request.query_params.get("url", ""))).url
        what = "regions" if request.query_params.get("only") == "regions" else "facts"
        found = await self._ask(what, url)
        if found is None:
            return _json({"error": f"there is no page {url}"}, 404)
        if what == "regions":
            return _json(found)
        facts = dict(found)
        sources = set(facts.pop("files"))
        facts["editor"] = self._editor.url(facts["source"], facts["line"])
        for region in facts["regions"]:
            region["editor"] = self._editor.url(region["source"], region["line"])
        facts["problems"] = self._rows(lambda found: found.url == url or (not found.url and found.file in sources))
        return _json(facts)

    async def _details(self, _request: Request) -> Response:
        return _json(await self._ask("details", "") or {})

    async def _open(self, request: Request) -> Response:
        place = await _told(request, Place)
        if isinstance(place, Response):
            return place
        opened = self._editor.open(place.file, place.line, place.column)
        return Response(status_code=204) if opened else _json({"error": "no editor could open it"}, 404)

    async def _failed(self, request: Request) -> Response:
        """An island failed in a browser."""
        failure = await _told(request, Failure)
        if isinstance(failure, Response):
            return failure
        module = _path(failure.module).removeprefix(self._present.base_path)
        owner = await self._ask("source", module) or {}
        found = failed(failure, owner.get("file", ""), owner.get("owner", ""))
        (frame,) = frames([found], self._root)
        found = msgspec.structs.replace(found, excerpt=dict(frame).get(found.line, ""))
        self._broken(found)
        return _json(self._row(found, frame))

    async def _script(self, request: Request) -> Response:
        """A file of the client, by its name: the package holds no other folders."""
        name = request.path_params["name"]
        known = {entry.name: entry for entry in (files("mfe_static") / "runtime" / "dev").iterdir() if entry.is_file()}
        if name not in known or not name.endswith(".js"):
            return Response(status_code=404, headers=_FRESH)
        headers = {"cache-control": "no-cache", **_OURS}
        return Response(known[name].read_bytes(), media_type="text/javascript", headers=headers)

    def _rows(self, wanted: Callable[[Problem], bool] = lambda _: True) -> list[Mapping[str, Any]]:
        return [
            self._row(found, frame) for found, frame in zip(self.problems, self.frames, strict=False) if wanted(found)
        ]

    def _row(self, found: Problem, frame: Frame) -> Mapping[str, Any]:
        return {
            **msgspec.to_builtins(problem_row(found)),
            "frame": [{"line": number, "text": text} for number, text in frame],
            "mark": [found.line, found.column, found.column + found.length if found.column else 0],
            "editor": self._editor.url(found.file, found.line, found.column) if found.file else "",
        }


async def _told(request: Request, kind: type[_Told]) -> _Told | Response:
    """What the client says, or the answer to somebody who says something else."""
    if request.headers.get("x-mfe-dev") != "1":
        return _json({"error": "this needs the header X-MFE-Dev"}, 403)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LIMIT:
            return _json({"error": "this is too long"}, 413)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError:
        return _json({"error": f"this is no {kind.__name__.lower()}"}, 400)


def _path(pathname: str) -> str:
    """A path as the browser has it, decoded; what is none leads nowhere."""
    return decoded(pathname.encode()) or "/\0"


def _json(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, headers=_FRESH)
