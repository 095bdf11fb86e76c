"""Asking the API of a host.

A token comes from the environment, goes to the one address it is meant for, and is in no message: an answer that sends
elsewhere is not followed, and what a host says is told without it. What a bad moment may have been is asked again, a
few times and never for long: no connection, a reset, silence, an answer that drips, 408, 425, 429, 5xx. What the host
means is told at once. Time is passed in.
"""

import contextlib
import datetime
import email.utils
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import msgspec

from mfe_static.deploy.access import Access
from mfe_static.deploy.host import Failed
from mfe_static.deploy.marker import uncertain
from mfe_static.deploy.wire import Answer, Body, Interrupted, Request, Wire
from mfe_static.masks import HIDDEN
from mfe_static.problems import problem

_SAID = 300
"""Characters of what a host says that are told on."""
_TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
_BUSY = frozenset({408, 425, _TOO_MANY})
_COUNTED = 60.0
"""Seconds for which hosts count requests, where they do not say it."""

Value = TypeVar("Value")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a host is waited for, in seconds."""

    attempts: int = 6
    quiet: float = 60.0
    """Without a byte, or without a connection."""
    whole: float = 180.0
    """For one answer, from the request on."""
    slowest: int = 8 * 1024
    """Bytes a second at which a body may be sent; it gets that much time more."""
    longest: float = 120.0
    """For which a host may ask us to wait."""


class Clock(NamedTuple):
    """The time, and how to let it pass."""

    now: Callable[[], float] = time.time
    """Seconds since 1970: hosts tell moments."""
    sleep: Callable[[float], object] | None = None
    """None: really, and no longer than the client is wanted."""


class Refused(Failed):
    """The host understood, and said no."""

    def __init__(self, said: str, hint: str, status: int, body: bytes) -> None:
        super().__init__(problem("host-refused", said, hint=hint))
        self.status, self.body = status, body


class Client:
    """Asks one host; safe to share among threads. Closes its connections at the end of a `with` block."""

    def __init__(self, to: Access, patience: Patience, clock: Clock) -> None:
        self._to, self._patience, self.now = to, patience, clock.now
        self._secrets = {to.token}
        self._free = 0.0
        """Until when nobody asks, because the host counts requests."""
        self._over = threading.Event()
        self.sleep = clock.sleep or self._over.wait
        self._wire = Wire(patience.quiet, clock.now)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._wire.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] = {},
        json: Any = None,
        body: Body = b"",
        size: int = 0,
        media: str = "application/octet-stream",
        token: str = "",
        hint: str = "",
        again: bool = True,
    ) -> Answer:
        """Ask for `path`, which is encoded, below the API's address. Raises `Failed`, `Refused` where the host said no.

        `size`: of a body that is made in pieces. `token`: another than the environment's. `hint`: for whoever reads
        that there is no such thing. `again`: whether a request whose answer was lost may be made once more.
        """
        if json is not None:
            body, media = msgspec.json.encode(json), "application/json"
        if token:
            self._secrets.add(token)
        headers = {"Authorization": f"Bearer {token or self._to.token}", "Accept": "application/json"}
        length = len(body) if isinstance(body, bytes) else size
        if body:
            headers |= {"Content-Type": media, "Content-Length": str(length)}
        what = f"{method} {path}"
        request = Request(method, self._to.address + path, query, headers, body)
        whole = self._patience.whole + length / self._patience.slowest
        for attempt in range(self._patience.attempts):
            if self._over.is_set():
                raise self._given_up(what, "was given up")
            try:
                answer = self._once(request, whole)
            except Interrupted as broken:
                if broken.unknown and not again:
                    raise self._given_up(what, broken.why) from None
                why, wait = broken.why, 2.0**attempt
            else:
                if answer.status < 300:
                    return answer
                if answer.status not in _BUSY and (answer.status < 500 or answer.status == HTTPStatus.NOT_IMPLEMENTED):
                    raise self._refused(what, answer, hint)
                why, wait = self._answered(answer), self._wait(what, answer, 2.0**attempt)
                if answer.status >= 500 and not again:
                    break
            if attempt + 1 < self._patience.attempts:
                self.sleep(wait)
        raise self._given_up(what, why)

    def _once(self, request: Request, whole: float) -> Answer:
        """Ask, when nobody has been told to wait."""
        if (left := self._free - self.now()) > 0:
            self.sleep(left)
        return self._wire.ask(request, whole)

    def _wait(self, what: str, answer: Answer, otherwise: float) -> float:
        """Seconds until asking again makes sense. Raises `Failed` where the host asks for too many."""
        counted = answer.status == _TOO_MANY
        wait = _asked_for(answer, self.now())
        if wait is None:
            wait = min(10 * otherwise, _COUNTED) if counted else otherwise
        elif wait > self._patience.longest:
            why = f"{self._answered(answer)}, and asks us to wait {wait:,.0f} s"
            raise self._given_up(what, why, "it counts requests; deploy again then, and what arrived is kept")
        if counted:
            self._free = self.now() + wait
        return wait

    def tell(self, method: str, path: str, heard: Callable[[], bool]) -> None:
        """Ask for what switches. Where the answer is lost, whether it was `heard` tells. Raises `Failed`."""
        try:
            self.ask(method, path)
        except Refused:
            raise
        except Failed as error:
            try:
                live = heard()
            except Failed:
                raise uncertain(error) from None
            if not live:
                raise

    def value(self, type_: type[Value], method: str, path: str, **asked: Any) -> Value:
        """The JSON of an answer. Raises `Failed`."""
        answer = self.ask(method, path, **asked)
        try:
            return msgspec.json.decode(answer.body, type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._given_up(f"{method} {path}", "answered something else than its API should") from None

    def until(self, ready: Callable[[], Value | None], *, pause: float, longest: float, what: str) -> Value:
        """Ask again and again, with pauses, until there is something. Raises `Failed` after `longest` seconds."""
        began = self.now()
        while (found := ready()) is None:
            if self.now() - began > longest:
                raise Failed(
                    problem(
                        "host-failed", f"{self._to.host} {what} for more than {longest:,.0f} s", hint="look at it there"
                    )
                )
            self.sleep(pause)
        return found

    def each(
        self, work: Callable[[Value], None], things: Iterable[Value], *, workers: int, done: Callable[[int], object]
    ) -> None:
        """Do work for all things, some at a time. The first that fails ends all, and is raised."""
        pool = ThreadPoolExecutor(workers)
        try:
            for number, finished in enumerate(as_completed([pool.submit(work, thing) for thing in things]), 1):
                finished.result()
                done(number)
        except BaseException:
            self._over.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _answered(self, answer: Answer) -> str:
        said = _message(answer.body)
        for secret in tuple(self._secrets):
            said = said.replace(secret, HIDDEN)
        return f"answered {_named(answer.status)}" + (f' and says "{said}"' if said else "")

    def _refused(self, what: str, answer: Answer, hint: str) -> Refused:
        said = self._answered(answer)
        if answer.status in {401, 403}:
            hint = f"look whether {self._to.variable} is still valid, and may do this"
        elif answer.status < 400:
            said = f"sends us elsewhere ({_named(answer.status)}), where a token does not go"
            hint = "look whether the address of its API is right"
        elif answer.status != HTTPStatus.NOT_FOUND or not hint:
            hint = "deploy again; what arrived is kept"
        return Refused(self._sentence(what, said), hint, answer.status, answer.body)

    def _given_up(self, what: str, why: str, hint: str = "") -> Failed:
        return Failed(
            problem("host-failed", self._sentence(what, why), hint=hint or "deploy again; what arrived is kept")
        )

    def _sentence(self, what: str, said: str) -> str:
        return f"{self._to.host} {said} (request: {what[:200]})"


def _named(status: int) -> str:
    with contextlib.suppress(ValueError):
        return f"{status} {HTTPStatus(status).phrase}"
    return str(status)


def _message(body: bytes) -> str:
    """What the JSON of an error says: Netlify's `message`, Cloudflare's `errors`."""
    found: Any = None
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        found = msgspec.json.decode(body)
    if not isinstance(found, dict):
        return ""
    errors = found.get("errors")
    texts: Iterable[Any] = [found.get("message") or found.get("error")]
    if isinstance(errors, list) and errors:
        texts = [error.get("message") if isinstance(error, dict) else error for error in errors]
    said = "; ".join(text for text in texts if isinstance(text, str))
    return re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", said).strip()[:_SAID]


def _asked_for(answer: Answer, now: float) -> float | None:
    """Seconds to wait, by `Retry-After` (RFC 9110 §10.2.3) or `X-RateLimit-Reset`; None: the host does not say."""
    after = answer.headers.get("retry-after", "").strip()
    reset = answer.headers.get("x-ratelimit-reset", "").strip() if answer.status == _TOO_MANY else ""
    if re.fullmatch(r"\d{1,8}", after):
        return float(after)
    with contextlib.suppress(ValueError, OverflowError, TypeError):
        if after:
            return max(email.utils.parsedate_to_datetime(after).timestamp() - now, 0.0)
        if re.fullmatch(r"\d{1,12}(\.\d+)?", reset):
            return max(float(reset) - now, 0.0)
        if reset:
            moment = datetime.datetime.fromisoformat(reset.replace(" UTC", "+00:00"))
            return max(moment.timestamp() - now, 0.0)
    return None
