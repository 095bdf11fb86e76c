"""One request and its answer, over the network. The only room of deploying that knows httpx.

Silence is measured by the socket. How long an answer may take in all is measured by a clock that is passed in, and
holds for every read, that of a header too: a host that sends a byte every few seconds holds nobody for ever.
"""

import contextlib
import functools
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple

import httpcore
import httpx

from mfe_static import __version__

_LARGEST = 64 * 1024 * 1024
"""Bytes that an answer may have: a list of 100 000 files is shorter."""

Body = bytes | Callable[[], Iterator[bytes]]
"""What is sent: all of it, or what makes its pieces anew for each attempt."""


class Interrupted(Exception):
    """There was no whole answer."""

    def __init__(self, why: str, *, unknown: bool) -> None:
        """`why`: as a part of a sentence. `unknown`: whether what was asked may have been done."""
        super().__init__(why)
        self.why, self.unknown = why, unknown


class Request(NamedTuple):
    """What is asked."""

    method: str
    url: str
    query: Mapping[str, str | int]
    headers: Mapping[str, str]
    body: Body = b""


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By name, in lower case."""
    body: bytes


class Wire:
    """Connections; safe to share among threads."""

    def __init__(self, quiet: float, now: Callable[[], float], *, follow: bool = False) -> None:
        """`quiet`: seconds without a byte. `follow`: whether redirects are followed, as a browser does."""
        self._quiet, self._follow = quiet, follow
        self._bounds = _Bounds(now)
        self._door = threading.Lock()
        self._http: httpx.Client | None = None

    def close(self) -> None:
        """Close all connections."""
        with self._door:
            if self._http is not None:
                self._http.close()
                self._http = None

    def ask(self, request: Request, whole: float) -> Answer:
        """The answer, which may take `whole` seconds. Raises `Interrupted`."""
        body = request.body if isinstance(request.body, bytes) else request.body()
        try:
            with (
                self._bounds.within(whole),
                self._client().stream(
                    request.method,
                    request.url,
                    params=request.query or None,
                    headers=request.headers,
                    content=body or None,
                ) as answer,
            ):
                read = bytearray()
                for piece in answer.iter_bytes():
                    read += piece
                    if len(read) > _LARGEST:
                        raise Interrupted(f"sends more than {_LARGEST:,} bytes", unknown=True)
                return Answer(answer.status_code, dict(answer.headers), bytes(read))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Interrupted(f"cannot be reached: {str(error).strip() or 'no connection'}", unknown=False) from None
        except (httpx.TimeoutException, httpcore.TimeoutException):
            raise Interrupted("did not answer in time", unknown=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, httpcore.NetworkError) as error:
            raise Interrupted(f"broke off ({type(error).__name__})", unknown=True) from None

    def _client(self) -> httpx.Client:
        """Keeps no cookies."""
        with self._door:
            if self._http is None:
                self._http = httpx.Client(
                    headers={"User-Agent": f"mfe-static/{__version__}"},
                    timeout=self._quiet,
                    verify=_trusted(),
                    follow_redirects=self._follow,
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                )
                for transport in (self._http._transport, *self._http._mounts.values()):  # also those of proxies
                    if isinstance(transport, httpx.HTTPTransport):
                        # httpcore takes a backend when a pool is made, but httpx, which makes it, hands none on, and a
                        # transport of our own would lose the proxies of the environment. A head that drips is read
                        # within one call, so nobody else could end it. Another name fails here, at the first request.
                        pool = transport._pool
                        pool._network_backend = _Backend(pool._network_backend, self._bounds)
            return self._http


@functools.lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates count. Reading them takes longer than a request."""
    return httpx.create_ssl_context()


class _Bounds(threading.local):
    """Until when the request that this thread makes may take."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until = float("inf")

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Bound the block."""
        self._until = self._now() + seconds
        try:
            yield
        finally:
            self._until = float("inf")

    def left(self) -> float:
        """Seconds."""
        return self._until - self._now()


class _Stream(httpcore.NetworkStream):
    """A connection whose reads end in time."""

    def __init__(self, stream: httpcore.NetworkStream, bounds: _Bounds) -> None:
        self._stream, self._bounds = stream, bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._bounds.left()
        if left <= 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *given: Any, **named: Any) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(*given, **named), self._bounds)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """The network, made of such connections."""

    def __init__(self, inner: httpcore.NetworkBackend, bounds: _Bounds) -> None:
        self._inner, self._bounds = inner, bounds

    def connect_tcp(self, *given: Any, **named: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*given, **named), self._bounds)
