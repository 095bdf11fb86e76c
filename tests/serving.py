"""A server in this process, asked over real HTTP: a folder in, answers out."""

import asyncio
import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from mfe_static.digests import digest
from mfe_static.output.record import Entry
from mfe_static.output.trees import manifest_bytes
from mfe_static.problems import Problem
from mfe_static.serve import application
from mfe_static.serve.listening import answering, listen
from mfe_static.serve.view import Standing, standing

Files = Mapping[str, str | bytes]


def finished(folder: Path, files: Files, *, listed: Files | None = None) -> Path:
    """Write files as a build would have, with a manifest that lists them, or those of `listed`."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(_bytes(content))
    entries = {path: Entry(digest(_bytes(content)), 0, 0) for path, content in (listed or files).items()}
    (folder / "_mfe").mkdir(parents=True, exist_ok=True)
    manifest = folder / "_mfe/manifest.new"
    manifest.write_bytes(manifest_bytes(entries))
    manifest.replace(folder / "_mfe/manifest.json")
    return folder


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Server:
    """Where a server answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"

    def get(self, target: str, /, **headers: str) -> Got:
        """Ask for exactly this target; `_` in the names of headers is `-`."""
        return self.ask("GET", target, **headers)

    def ask(self, method: str, target: str, /, **headers: str) -> Got:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
            link.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"host": f"localhost:{self.port}", **named}.items():
                link.putheader(name, value)
            link.endheaders()
            answer = link.getresponse()
            body = answer.read()
            return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
        finally:
            link.close()

    def browser(self) -> httpx.Client:
        """A client that does what browsers do: it decodes, and keeps connections."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def raw(self, request: bytes, *, hang_up: bool = False) -> bytes:
        """Send bytes, and say that there are no more if `hang_up`; all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
            with contextlib.suppress(ConnectionError, BrokenPipeError):  # it need not listen to the end
                link.sendall(request)
                if hang_up:
                    link.shutdown(socket.SHUT_WR)
            out = b""
            with contextlib.suppress(ConnectionError):
                while piece := link.recv(1 << 16):
                    out += piece
            return out

    def status(self, target: bytes, *lines: bytes) -> int:
        """The status of the answer to a target as it is, sent to `localhost` unless `lines` name hosts."""
        host = () if any(line.lower().startswith(b"host:") for line in lines) else (b"Host: localhost",)
        head = b"\r\n".join((b"GET " + target + b" HTTP/1.1", *host, *lines, b"Connection: close", b"", b""))
        return int(self.raw(head).split(b" ", 2)[1])


@contextlib.contextmanager
def serving(view: Path | Any, **options: Any) -> Iterator[Server]:
    """A server for the finished site in a folder, or for what a callable gives; `options` as `application` has them."""
    if isinstance(view, Path):
        found = standing(str(view))
        assert found is not None
        view = Standing(str(view), found)
    listening = listen(None, 0, strict=True)
    assert not isinstance(listening, Problem)
    app = application(view, **options)
    ready = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def main() -> None:
        task = asyncio.ensure_future(answering(app, listening))
        running.append((asyncio.get_running_loop(), task))
        ready.set()
        await asyncio.wait([task])

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    ready.wait()
    try:
        yield Server(listening.port)
    finally:
        loop, task = running[0]
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
