"""A server for one router's site that also answers oddly: slowly, with an error, with another type, not at all."""

import http.server
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

TYPES = {".css": "text/css", ".js": "text/javascript", ".html": "text/html", ".xml": "application/xml"}


class Answer(NamedTuple):
    """What is said at a path."""

    body: str = ""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = {}


def _document(title: str) -> Answer:
    return Answer(f"<!doctype html><title>{title}</title><h1>{title}</h1>")


ODD = {
    "/frame/": Answer("<!doctype html><title>Frame</title><p>Frame</p>"),
    "/t/broken/": _document("The server is ill")._replace(status=500),
    "/t/notes/": Answer("Notes", type="text/plain"),
    "/t/feed/": Answer("<feed/>", type="application/xml"),
    "/t/nothing/": Answer(status=204),
    "/t/old/": Answer(status=308, headers={"Location": "/t/two/"}),
    "/posted/": _document("Posted"),
    "/slow.css": Answer("h1 { color: rgb(2, 2, 2) }", type="text/css"),
    "/stuck.css": Answer("h1 { color: rgb(3, 3, 3) }", type="text/css"),
    "/smooth.css": Answer("html { scroll-behavior: smooth }", type="text/css"),
    "/more.js": Answer("sessionStorage.more = 1", type="text/javascript"),
    "/asks.js": Answer("import { word } from 'more'; document.documentElement.dataset.mapped = word",
                       type="text/javascript"),
    "/mapped.js": Answer("export const word = 'yes'", type="text/javascript"),
}  # fmt: skip
ATTACHED = {"/t/file/": {"Content-Disposition": 'attachment; filename="file.html"'}}
"""A page of the site that is to be downloaded."""
NOT_FOUND = _document("There is no such page")._replace(status=404)


class Server:
    """Serves the folder `root`, which may be exchanged, until it is closed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.slow: dict[str, float] = {"/slow.css": 0.6, "/stuck.css": 60}
        """Seconds until there is an answer, by path."""
        self.latency = 0.0
        """Those of all other paths."""
        self.lost: set[str] = set()
        """Paths at which the connection is closed."""
        self.headers: dict[str, str] = {}
        """What is said with every answer."""
        self.log: list[tuple[str, str, str]] = []
        """Method, path with query, and what was sent."""
        self.ended = threading.Event()
        self._http = _Http(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_of": self}))
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._http.server_address[1])

    @property
    def origin(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(urlsplit(url).path == path for _, url, _ in list(self.log))

    def close(self) -> None:
        """End it, and whoever waits."""
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path: str) -> tuple[Answer, bytes]:
        """What is said at a path, and its bytes."""
        odd = ODD.get(path)
        if path == "/t/away/":
            odd = Answer(status=302, headers={"Location": f"http://localhost:{self.port}/u/"})
        file = self.root / path[1:] / ("index.html" if path.endswith("/") else "")
        if odd is None and file.is_file():
            kind = TYPES.get(file.suffix, "application/octet-stream")
            return Answer(type=kind, headers=ATTACHED.get(path, {})), file.read_bytes()
        found = odd or NOT_FOUND
        return found, found.body.encode()


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Browsers close connections early; nobody has to hear of it."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        its, path = self.server_of, urlsplit(self.path).path
        sent = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        its.log.append((self.command, self.path, sent))
        its.ended.wait(its.slow.get(path, its.latency))
        if path in its.lost:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        answer, body = its.answer(path)
        self.send_response(answer.status)
        headers = {"Content-Type": answer.type, "Cache-Control": "max-age=0, must-revalidate", **answer.headers}
        for name, value in {**headers, **its.headers}.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
