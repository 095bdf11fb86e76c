"""Asking other people's servers whether a page is there. The only room that knows httpx.

Politely: one request at a time for each host and a pause between two, by a name that says who asks, with HEAD where
that is enough, and later where the server asks for that.

Content of a team decides what is asked, so nothing inside the own network is: an address is resolved first, refused
unless it is public, and then connected to as resolved, so that a second answer of the name server changes nothing
(server-side request forgery). Where a proxy is configured it resolves; then only what names itself private is refused.
"""

import contextlib
import email.utils
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

from mfe_static import __version__

if TYPE_CHECKING:
    import httpx

AGENT = f"mfe-static/{__version__} (link checker)"
PAUSE, TIMEOUT = 0.5, 10.0
"""Seconds between two requests to one host; seconds that one may take."""
REDIRECTS, RETRIES, HOSTS, LONGEST_WAIT = 10, 2, 16, 60.0

_WANTS_GET = frozenset({400, 403, 404, 405, 501})
"""Answers to HEAD of servers that may answer GET better."""
_REDIRECTED, _FOR_GOOD = frozenset({301, 302, 303, 307, 308}), frozenset({301, 308})
_ALIVE_ALL_THE_SAME = frozenset({401, 407})
"""Somebody answers, and asks who we are."""

Pause = Callable[[float], object]


class Verdict(NamedTuple):
    """What became of one URL."""

    wrong: str = ""
    """Why it is dead, as a part of a sentence; empty: it answers."""
    moved: str = ""
    """Where it moved for good; empty: it did not."""


class _Refused(Exception):
    """An address that must not, or cannot, be asked; says why."""


def asked(urls: Iterable[str], *, pause: Pause | None, private: bool, now: float) -> Iterator[tuple[str, Verdict]]:
    """The verdicts, as they come. Hosts are asked side by side, the URLs of one host one after another."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(_host(url), []).append(url)
    if not by_host:
        return
    over = threading.Event()
    answers: SimpleQueue[tuple[str, Verdict | BaseException]] = SimpleQueue()
    with _client() as client:
        asker = _Asker(client, over.wait if pause is None else pause, private, now)
        with ThreadPoolExecutor(HOSTS, "external") as pool:
            try:
                for group in by_host.values():
                    pool.submit(_ask_all, asker, group, answers, over)
                for _ in range(sum(map(len, by_host.values()))):
                    url, verdict = answers.get()
                    if isinstance(verdict, BaseException):
                        raise verdict
                    yield url, verdict
            finally:
                over.set()
                pool.shutdown(cancel_futures=True)


def _client() -> "httpx.Client":
    """A client that keeps nothing from one request to the next: connections go to addresses, which many hosts share."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    return httpx.Client(
        headers={"User-Agent": AGENT, "Accept": "*/*"},
        timeout=TIMEOUT,
        limits=httpx.Limits(max_keepalive_connections=0),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def _ask_all(
    asker: "_Asker",
    urls: Iterable[str],
    answers: "SimpleQueue[tuple[str, Verdict | BaseException]]",
    over: threading.Event,
) -> None:
    """One host's share, in a thread of its own."""
    for url in urls:
        if over.is_set():
            return
        try:
            answers.put((url, asker.ask(url)))
        except BaseException as error:  # noqa: BLE001  raised again where the answers are read
            answers.put((url, error))
            return


def _host(url: str) -> str:
    with contextlib.suppress(ValueError):
        return (urlsplit(url).hostname or "").lower()
    return ""


class _Turns:
    """One request at a time for each host, and a pause between two; redirects wait their turn, too."""

    def __init__(self, pause: Pause) -> None:
        self._pause = pause
        self._doors: dict[str, threading.Lock] = {}
        self._asked: set[str] = set()
        self._door = threading.Lock()

    @contextlib.contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until it is polite to ask `host`."""
        with self._door:
            door = self._doors.setdefault(host, threading.Lock())
        with door:
            if host in self._asked:
                self._pause(PAUSE)
            self._asked.add(host)
            yield


class _Asker:
    """Asks for one URL after another; safe to share among threads."""

    def __init__(self, client: "httpx.Client", pause: Pause, private: bool, now: float) -> None:
        self._client, self._pause, self._private, self._now = client, pause, private, now
        self._turns = _Turns(pause)
        self._proxied = bool(getproxies().keys() & {"http", "https", "all"})

    def ask(self, url: str) -> Verdict:
        """What the URL answers, past redirects and after retries."""
        import httpx

        here, moved, for_good = url, "", True
        try:
            for _ in range(REDIRECTS + 1):
                status, headers = self._patiently(here)
                target = headers.get("location", "")
                if status not in _REDIRECTED or not target:
                    return Verdict(_wrong(status), moved)
                here = str(httpx.URL(here).join(target))
                for_good = for_good and status in _FOR_GOOD
                moved = here if for_good else moved
        except _Refused as why:
            return Verdict(str(why), moved)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Verdict(_failure(error), moved)
        return Verdict(f"redirects more than {REDIRECTS} times", moved)

    def _patiently(self, url: str) -> tuple[int, Mapping[str, str]]:
        """Ask again where the server, or the way to it, has a bad moment."""
        import httpx

        for attempt in range(RETRIES):
            wait = 2.0**attempt
            try:
                status, headers = self._once(url)
            except httpx.TransportError:
                self._pause(wait)
                continue
            busy = status == HTTPStatus.TOO_MANY_REQUESTS or (status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED)
            wait = _wait(headers.get("retry-after", ""), wait, self._now)
            if not busy or wait > LONGEST_WAIT:
                return status, headers
            self._pause(wait)
        return self._once(url)

    def _once(self, url: str) -> tuple[int, Mapping[str, str]]:
        """HEAD, and GET where a server does not like HEAD; of its answer only the headers are read."""
        status, headers = self._request("HEAD", url)
        return self._request("GET", url) if status in _WANTS_GET else (status, headers)

    def _request(self, method: str, url: str) -> tuple[int, Mapping[str, str]]:
        import httpx

        wanted = httpx.URL(url)
        if wanted.scheme not in {"http", "https"} or not wanted.host:
            raise _Refused(f"leads to {wanted.scheme or 'nowhere'}:, which is no web page")
        host = wanted.raw_host.decode()
        addresses = self._addresses(host, wanted.port or (443 if wanted.scheme == "https" else 80))
        said = {"Host": wanted.netloc.decode()}
        with self._turns.turn(host):
            for address in addresses:
                at = wanted.copy_with(host=address, fragment=None)
                try:
                    with self._client.stream(method, at, headers=said, extensions={"sni_hostname": host}) as answer:
                        return answer.status_code, dict(answer.headers)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if address == addresses[-1]:
                        raise
        raise _Refused("leads to a host without an address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """What to connect to: public addresses of the host, or its name where a proxy resolves it."""
        private = _Refused("leads into a private network, so it was not asked")
        if self._proxied:
            if not self._private and _names_itself_private(host):
                raise private
            return [host]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise _Refused("leads to a host that does not exist") from None
        addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
        if not self._private and not all(map(_public, addresses)):
            raise private
        return addresses[:4]


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and (inner := found.ipv4_mapped or found.sixtofour):
        return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast


def _names_itself_private(host: str) -> bool:
    try:
        return not _public(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _wrong(status: int) -> str:
    if status < 400 or status in _ALIVE_ALL_THE_SAME:
        return ""
    with contextlib.suppress(ValueError):
        return f"answers {status} {HTTPStatus(status).phrase}"
    return f"answers {status}"


def _failure(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return f"does not answer within {TIMEOUT:.0f} s"
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {str(error).strip() or 'no connection'}"
    if isinstance(error, httpx.InvalidURL | ValueError):
        return "is no URL"
    return f"fails: {type(error).__name__}"


def _wait(retry_after: str, otherwise: float, now: float) -> float:
    """Seconds, from the header `Retry-After` (RFC 9110 §10.2.3), else by our own measure."""
    if retry_after.isdigit() and len(retry_after) < 9:
        return float(retry_after)
    if retry_after:
        with contextlib.suppress(ValueError, OverflowError):
            return max(email.utils.parsedate_to_datetime(retry_after).timestamp() - now, 0.0)
    return otherwise
