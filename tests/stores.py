"""An object store on this machine, moto's, and a proxy in front of it in which any request may go wrong."""

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, NamedTuple

import obstore
from obstore.store import S3Store

Fault = Literal["reset", "lost", "500", "503", "412", "409", "403", "401", "404", "429", "stall", ""]
BUCKET = "shop-site"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "s3cr3t-s3cr3t"}


class Asked(NamedTuple):
    """A request."""

    method: str
    path: str


class Proxy:
    """Passes requests on; the one of a number goes wrong, or, with `lasting`, all from there on."""

    def __init__(self, store: int) -> None:
        self.store = store
        self.fault: Fault = ""
        self.at = 0
        self.lasting = False
        self.asked: list[Asked] = []
        self.after: Callable[[Asked], None] = lambda asked: None
        """Called when a request was answered by the store, before its answer is passed on."""
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self.port = 0

    def begin(self, fault: Fault = "", at: int = 0, *, lasting: bool = False) -> None:
        self.fault, self.at, self.lasting, self.asked = fault, at, lasting, []

    def goes_wrong(self, asked: Asked) -> Fault:
        with self._lock:
            self.asked.append(asked)
            now = len(self.asked)
        return self.fault if now == self.at or (self.lasting and self.at and now > self.at) else ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy

    def answer(self) -> None:
        asked = Asked(self.command, self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.proxy.goes_wrong(asked)
        if fault == "reset":
            self.reset()
        elif fault == "stall":
            self.proxy.ended.wait(20)
            self.reset()
        elif fault.isdecimal():
            code = {"503": "SlowDown", "412": "PreconditionFailed", "403": "AccessDenied"}.get(fault, "InternalError")
            self.send(int(fault), [], f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())
        else:
            link = http.client.HTTPConnection("127.0.0.1", self.proxy.store, timeout=30)
            link.request(self.command, self.path, body, dict(self.headers.items()))
            got = link.getresponse()
            content = got.read()
            self.proxy.after(asked)
            if fault == "lost":
                self.reset()
            else:
                self.send(got.status, got.getheaders(), content)
            link.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

    def send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        own = {"connection", "transfer-encoding", "content-length"}
        for name, value in headers:
            if name.lower() not in own:
                self.send_header(name, value)
        length = next((value for name, value in headers if name.lower() == "content-length"), str(len(content)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Proxy]:
    """The store and the proxy."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):
        def log_request(self, *_: Any) -> None:
            pass

    store = make_server("127.0.0.1", 0, create_backend_app("s3"), True, request_handler=Quiet)
    storing = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    storing.start()
    proxy = Proxy(store.server_port)
    handler = type("Handler", (Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
        store.shutdown()
        store.server_close()
        storing.join()


class Saved(NamedTuple):
    """An object, as it was."""

    tag: str
    content: bytes
    attributes: dict[str, str]


class Reader:
    """Looks into the store, past the proxy."""

    def __init__(self, proxy: Proxy, bucket: str = BUCKET) -> None:
        link = http.client.HTTPConnection("127.0.0.1", proxy.store, timeout=30)
        link.request("PUT", f"/{bucket}")
        assert link.getresponse().read() is not None
        link.close()
        self.store = S3Store(
            bucket,
            config={
                "access_key_id": "reader",
                "secret_access_key": "reader",
                "region": "us-east-1",
                "endpoint": f"http://127.0.0.1:{proxy.store}",
                "virtual_hosted_style_request": False,
            },
            client_options={"allow_http": True},
        )
        self._known: dict[str, bytes] = {}
        """Contents, by the tags that the store gives them."""

    def listed(self, prefix: str = "") -> list[str]:
        """Keys that begin so."""
        return [key for key in self.tags() if key.startswith(prefix)]

    def tags(self) -> dict[str, str]:
        """All keys, and the tags of their contents."""
        found = (each for chunk in obstore.list(self.store, chunk_size=1000) for each in chunk)
        return {each["path"]: each["e_tag"] or "" for each in sorted(found, key=lambda each: each["path"])}

    def site(self, prefix: str = "") -> dict[str, bytes]:
        """What visitors can ask for."""
        hidden = (".mfe/", "previews/")
        paths = {key.removeprefix(prefix): tag for key, tag in self.tags().items() if key.startswith(prefix)}
        return {path: self.tagged(prefix + path, tag) for path, tag in paths.items() if not path.startswith(hidden)}

    def tagged(self, key: str, tag: str) -> bytes:
        """What stands under a key that is listed with a tag; read once."""
        if tag not in self._known:
            self._known[tag] = self.read(key)
        return self._known[tag]

    def read(self, key: str) -> bytes:
        return bytes(obstore.get(self.store, key).bytes())

    def attributes(self, key: str) -> dict[str, str]:
        return {str(name): value for name, value in obstore.get(self.store, key).attributes.items()}

    def put(self, key: str, content: bytes) -> None:
        obstore.put(self.store, key, content)

    def remove(self, *keys: str) -> None:
        obstore.delete(self.store, keys)

    def clear(self) -> None:
        self.restore({})

    def save(self) -> dict[str, "Saved"]:
        return {key: Saved(tag, self.tagged(key, tag), self.attributes(key)) for key, tag in self.tags().items()}

    def restore(self, saved: dict[str, "Saved"]) -> None:
        """Have what was saved; only what differs is touched."""
        now = self.tags()
        if gone := now.keys() - saved.keys():
            obstore.delete(self.store, sorted(gone))
        for key, (tag, content, attributes) in saved.items():
            if now.get(key) != tag:
                obstore.put(self.store, key, content, attributes=attributes)


def tables(proxy: Proxy, more: str = "") -> str:
    return (
        f'[deploy.production]\ntarget = "s3"\n{more}'
        f'[deploy.production.s3]\nbucket = "{BUCKET}"\nendpoint = "http://127.0.0.1:{proxy.port}"\n'
    )


def forgotten(root: Path) -> None:
    """Let the machine forget that it ever deployed."""
    for file in (root / ".mfe/deploy").rglob("s3-mine"):
        file.unlink()
