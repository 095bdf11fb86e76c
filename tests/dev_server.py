"""A development server that does what a test tells it: the protocol of `mfe_static/runtime/dev/client.js`, no build.

It has the duties of the real one that the client relies on, written as plainly as they go: the tag in each document,
the policy, the marks on demand, what happened since, documents that wait until they are ready.
"""

import contextlib
import hashlib
import http.server
import json
import queue
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

RUNTIME = Path(__file__).parents[1] / "mfe_static" / "runtime" / "dev"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "require-trusted-types-for 'script'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".xhtml": "application/xhtml+xml"}
HEARTBEAT = 0.2

Event = Mapping[str, Any]


class Request(NamedTuple):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


class Change(NamedTuple):
    """What one build changed."""

    epoch: int
    pages: frozenset[str]
    css: Sequence[Sequence[str]]
    regions: Sequence[str]


class DevServer:
    """Serves `pages`, texts by URL path, until it is closed. HTML may hold the marks of regions."""

    def __init__(self, pages: Mapping[str, str], name: str = "one") -> None:
        self.pages = dict(pages)
        self.problems: list[Any] = []
        self.facts: dict[str, Any] = {}
        """What the toolbar shows, by URL path."""
        self.epoch = 17
        self.name = name
        self.log: list[Request] = []
        self.refuse_editor = False
        self.frames = False
        """Whether the policy lets pages be framed without being asked to."""
        self.moment = threading.Lock()
        """What is told, the epoch above all, must be of one moment."""
        self.ready = threading.Event()
        """Unset: documents wait."""
        self.ready.set()
        self._changes: list[Change] = []
        self.connections: set[socket.socket] = set()
        self._streams: dict[queue.SimpleQueue[str | None], str] = {}
        self._start(0)

    def _start(self, port: int) -> None:
        self._http = _Http(("127.0.0.1", port), type("Handler", (_Handler,), {"dev": self}))
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.ready.set()
        for stream in list(self._streams):
            stream.put(None)
        self._http.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._thread.join()

    def start(self, name: str) -> None:
        """Again, at the same port, as another process would: it knows the pages and not what was before."""
        self.name = name
        self._changes.clear()
        self._start(self.port)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    # -- what a test says

    def built(
        self,
        pages: Mapping[str, str | None] | None = None,
        css: Sequence[Sequence[str]] = (),
        regions: Sequence[str] = (),
        problems: Sequence[Any] = (),
    ) -> None:
        """A build is done and changed these `pages` (None: it is gone)."""
        with self.moment:
            self.epoch += 1
            for path, text in (pages or {}).items():
                if text is None:
                    del self.pages[path]
                else:
                    self.pages[path] = text
            self.problems = list(problems)
            self._changes.append(Change(self.epoch, frozenset(pages or ()), css, regions))
            for stream, page in self._streams.items():
                stream.put(_data(self._event(page, self.epoch - 1)))

    def failed(self, problems: Sequence[Any]) -> None:
        with self.moment:
            self.epoch += 1
            self.problems = list(problems)
            for stream in self._streams:
                stream.put(_data({"kind": "failed", "epoch": self.epoch, "problems": len(problems)}))

    def send(self, text: str) -> None:
        """Raw, to all streams."""
        for stream in list(self._streams):
            stream.put(text)

    # -- what a test asks

    @property
    def streams(self) -> int:
        return len(self._streams)

    def asked(self, path: str) -> list[Request]:
        return [request for request in list(self.log) if request.path == path]

    # -- what the client asks

    def digest(self, page: str) -> str:
        return hashlib.sha256(self.pages.get(page, "").encode()).hexdigest()[:8]

    def _event(self, page: str, epoch: int, *, other: bool = False) -> Event:
        changes = [change for change in self._changes if change.epoch > epoch and page in change.pages]
        changed = other or bool(changes)
        errors = any(problem["severity"] == "error" for problem in self.problems)
        single = changes[0] if len(changes) == 1 and not other else Change(0, frozenset(), (), ())
        kind = "failed" if errors else "gone" if changed and page not in self.pages else "built"
        return {
            "kind": kind,
            "epoch": self.epoch,
            "page": changed,
            "css": single.css,
            "regions": single.regions,
            "problems": len(self.problems),
        }

    def listed(self) -> Event:
        with self.moment:
            return {"epoch": self.epoch, "problems": self.problems}

    def since(self, query: Mapping[str, str]) -> Event:
        page = query["page"]
        with self.moment:
            if query["server"] == self.name:
                return self._event(page, int(query["epoch"]))
            return self._event(page, self.epoch, other=query["digest"] != self.digest(page))

    def listen(self, page: str) -> "queue.SimpleQueue[str | None]":
        stream: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self.moment:
            stream.put("retry: 100\n\n" + _data({"kind": "hello", "epoch": self.epoch, "server": self.name}))
            self._streams[stream] = page
        return stream

    def hang_up(self, stream: "queue.SimpleQueue[str | None]") -> None:
        with self.moment:
            self._streams.pop(stream, None)


def _data(event: Event) -> str:
    return f"data: {json.dumps(event)}\n\n"


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Browsers close connections early; nobody has to hear of it."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    dev: DevServer

    def setup(self) -> None:
        super().setup()
        self.dev.connections.add(self.connection)

    def finish(self) -> None:
        self.dev.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        request = self._noted("GET")
        answers: Mapping[str, Callable[[], Any]] = {
            "/_mfe/dev/problems": self.dev.listed,
            "/_mfe/dev/since": lambda: self.dev.since(request.query),
            "/_mfe/dev/page": lambda: self.dev.facts.get(request.query["url"]),
        }
        if request.path == "/_mfe/dev/events":
            self._stream(request.query["page"])
        elif request.path in answers:
            self._send(200, json.dumps(answers[request.path]()), "application/json")
        elif request.path.startswith("/_mfe/dev/"):
            self._send(200, (RUNTIME / Path(request.path).name).read_text("utf-8"), TYPES[".js"])
        else:
            self._document(request)

    def do_POST(self) -> None:
        request = self._noted("POST")
        refused = self.dev.refuse_editor or request.headers.get("x-mfe-dev") != "1"
        self._send(403 if refused else 204, "", "text/plain")

    def _noted(self, method: str) -> Request:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0"))).decode()
        request = Request(method, parts.path, query, headers, body)
        self.dev.log.append(request)
        return request

    def _send(self, status: int, text: str, kind: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        body = text.encode()
        self.send_response(HTTPStatus(status))
        for name, value in (("Content-Type", f"{kind}; charset=utf-8"), *headers):
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, page: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        stream = self.dev.listen(page)
        try:
            while True:
                try:
                    text = stream.get(timeout=HEARTBEAT)
                except queue.Empty:
                    text = ": heartbeat\n\n"
                if text is None:
                    break
                self.wfile.write(text.encode())
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.dev.hang_up(stream)
            self.close_connection = True

    def _document(self, request: Request) -> None:
        kind = TYPES.get(Path(request.path).suffix, "text/html")
        if kind != "text/html":
            text = self.dev.pages.get(request.path)
            self._send(404 if text is None else 200, text or "", kind)
            return
        self.dev.ready.wait()
        cookies = request.headers.get("cookie", "").split("; ")
        quiet = "mfe-nojs=1" in cookies
        with self.dev.moment:
            text = self.dev.pages.get(request.path)
            tag = (
                f'<script type="module" src="/_mfe/dev/client.js" data-epoch="{self.dev.epoch}" '
                f'data-server="{self.dev.name}" data-digest="{self.dev.digest(request.path)}"'
                f"{' data-nojs' if quiet else ''}></script>"
            )
        shown = "mfe-regions=1" in cookies
        policy = (
            f"{POLICY}; frame-src 'self'; frame-ancestors 'self'"
            if shown or self.dev.frames
            else f"{POLICY}; frame-ancestors 'none'"
        )
        headers = [("Content-Security-Policy", policy), ("Cache-Control", "no-cache")]
        if quiet:
            headers.append(("Content-Security-Policy", f"script-src http://{request.headers['host']}/_mfe/dev/"))
        page = (
            "<!doctype html><html lang=en><head><title>404</title></head><h1>Not found</h1>" if text is None else text
        )
        if not shown and "mfe-regions" not in request.query:
            page = re.sub("<!--/?mfe:.*?-->", "", page)
        self._send(404 if text is None else 200, page.replace("</head>", f"{tag}</head>", 1), kind, headers)
