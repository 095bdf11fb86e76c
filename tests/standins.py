"""Stand-ins for the APIs of hosts: real HTTP on loopback, with what the host would keep, and faults on demand.

A request may fail in each way that networks and hosts have; what matters then is whether it was done all the same. Each
request lets the host's own work in the background go one step on, so nothing waits for anything.
"""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "secret-token-0123456789"
Fault = int | Literal["reset", "lost", "stall", "late", "drip", "drip-head"]
"""A status; the connection is reset before the request is done, or after (`lost`); silence before it is done, or after
(`late`); an answer that comes byte by byte, or whose head does."""
STATUSES: tuple[Fault, ...] = (401, 403, 404, 409, 412, 422, 429, 500, 502, 503)
BREAKS: tuple[Fault, ...] = ("reset", "lost", "stall", "late", "drip", "drip-head")


class Request(NamedTuple):
    method: str
    path: str
    """Decoded, below the API's prefix."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}


class Reply(NamedTuple):
    status: int
    json: Any = None
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Standin:
    """An API of a host, and its sites as visitors see them."""

    prefix = ""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.exchanged: list[tuple[Request, Reply]] = []
        """What was answered without a fault."""
        self.fault: Callable[[int, Request], Fault | None] = lambda number, request: None
        """Asked for each request, which are counted from 1."""
        self.seen_elsewhere: list[Mapping[str, str]] = []
        """Headers of requests that are none of the API's."""
        self.door = threading.RLock()
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return self.origin + self.prefix

    def answer(self, request: Request) -> Reply:
        """What the API says; with the door closed."""
        raise NotImplementedError

    def visit(self, path: str) -> Reply:
        """What a visitor gets."""
        raise NotImplementedError

    def step(self) -> None:
        """What the host does by itself goes on."""

    def asked(self) -> list[str]:
        """All requests so far, as `METHOD /path`."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def handled(self, request: Request) -> Reply:
        with self.door:
            self.step()
            reply = self.answer(request)
            self.exchanged.append((request, reply))
            return reply


_Some = TypeVar("_Some", bound=Standin)


@contextlib.contextmanager
def standing(standin: _Some) -> Iterator[_Some]:
    """The stand-in, answering."""
    server = _Server(("127.0.0.1", 0), _handler(standin))
    standin.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def shutdown_request(self, request: Any) -> None:
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == struct.pack("ii", 1, 0):
            self.close_request(request)  # without saying goodbye: the other side sees a reset
        else:
            super().shutdown_request(request)


def _handler(standin: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, TimeoutError, ValueError):
                self.close_connection = True

        def any_method(self) -> None:
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.read_body()
            if not url.path.startswith(standin.prefix + "/"):
                standin.seen_elsewhere.append(headers)
                with standin.door:
                    self.reply(standin.visit(unquote(url.path)))
                return
            path = unquote(url.path.removeprefix(standin.prefix))
            request = Request(self.command, path, dict(parse_qsl(url.query)), headers, body)
            with standin.door:
                standin.requests.append(request)
                fault = standin.fault(len(standin.requests), request)
            if isinstance(fault, int):
                more = {"Retry-After": "7"} if fault == 429 else {}
                said = {"message": f"a fault, asked for by {headers.get('authorization', '')}", "code": fault}
                self.reply(Reply(fault, said, headers=more))
            elif fault in {"reset", "stall"}:
                self.end(fault)
            else:
                self.reply(standin.handled(request), fault)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = any_method

        def read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "") == "chunked":
                out = bytearray()
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    out += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return bytes(out)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def reply(self, reply: Reply, fault: Fault | None = None) -> None:
            if fault in {"lost", "late"}:
                self.end(fault)
                return
            body = reply.body if reply.json is None else json.dumps(reply.json).encode()
            headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(body))}
            head = f"HTTP/1.1 {reply.status} X\r\n" + "".join(f"{name}: {said}\r\n" for name, said in headers.items())
            if fault == "drip-head":
                self.drip(head.encode() + b"X-More: " + b"x" * 100_000)
            elif fault == "drip":
                self.wfile.write(head.replace(headers["Content-Length"], "100000").encode() + b"\r\n")
                self.drip(b" " * 100_000)
            else:
                self.wfile.write(head.encode() + b"\r\n" + (b"" if self.command == "HEAD" else body))

        def drip(self, content: bytes) -> None:
            """Byte by byte, until nobody listens any more."""
            self.close_connection = True
            self.connection.settimeout(0.002)
            for at in range(len(content)):
                self.connection.sendall(content[at : at + 1])
                with contextlib.suppress(TimeoutError):
                    if not self.connection.recv(1):
                        return

        def end(self, fault: Fault | None) -> None:
            self.close_connection = True
            if fault in {"stall", "late"}:
                self.connection.settimeout(30)
                self.connection.recv(1)
            else:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def page_at(files: Mapping[str, bytes], path: str) -> Reply:
    """What a folder of files gives a visitor."""
    for tried in (path, f"{path}/index.html".lstrip("/"), f"{path.rstrip('/')}/index.html".lstrip("/")):
        if tried in files:
            return Reply(200, body=files[tried], headers={"Content-Type": "text/plain"})
    return Reply(404, body=files.get("404.html", b"none"))


def lost_once(ending: str) -> Callable[[int, Request], Fault | None]:
    """A fault: the answer to the first POST whose path ends so is lost."""
    lost: list[int] = []

    def lose(number: int, request: Request) -> Fault | None:
        if request.method == "POST" and request.path.endswith(ending) and not lost:
            lost.append(number)
            return "lost"
        return None

    return lose
