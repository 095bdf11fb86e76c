"""Addresses and ports, and the server that speaks HTTP.

Without a word, only this machine is let in: on both of its loopback addresses, since browsers take either for
`localhost`. HTTP is uvicorn's, on h11: httptools would save 0.2 ms a request (0.5 instead of 0.3 for a page), but takes
targets of any length and hides the form in which they came, and where it is missing uvicorn would answer differently.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import NamedTuple

from starlette.types import ASGIApp

from mfe_static.problems import Problem, problem
from mfe_static.serve.guard import Named, loopback

EVERYWHERE = "0.0.0.0"  # noqa: S104  what `--host` without an address means
_ANY = frozenset({EVERYWHERE, "::", "*"})
_TRIES = 100
"""Ports after the first that are tried."""
_GRACE = 1
"""Seconds that open answers have when the server ends."""
_ELSEWHERE = ("10.255.255.255", "172.31.255.255", "192.168.255.255", "192.0.2.1", "2001:db8::1")
"""Addresses of networks that a machine may be in; nothing is sent to them."""


class Listening(NamedTuple):
    """Sockets that take connections."""

    sockets: Sequence[socket.socket]
    port: int
    hosts: Sequence[str]
    """Under which it can be reached, the first the best; IPv6 without brackets."""
    named: Named
    taken: int = 0
    """The port that was wanted, where another program has it."""

    def url(self, host: str, path: str = "/") -> str:
        """The address of a page."""
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}{path}"


def listen(host: str | None, port: int, *, strict: bool) -> Listening | Problem:
    """Listen at an address or name (None: only for this machine), at the port or, unless `strict`, the next free one.

    Port 0 is any free one.
    """
    try:
        addresses = _addresses(host)
    except (OSError, UnicodeError) as error:
        return _refused(host, port, str(getattr(error, "strerror", "") or error))
    last = port if strict or not port else min(port + _TRIES, 65535)
    for number in range(port, last + 1) if port else [0] * _TRIES:  # a free one may be taken at the other address
        try:
            sockets = _bound(addresses, number)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return _refused(host, number, error.strerror or str(error))
            continue
        return Listening(sockets, sockets[0].getsockname()[1], *_names(host, addresses), port if number != port else 0)
    ports = f"port {port} is" if last == port else f"all ports from {port} to {last} are"
    return problem("port-taken", f"{ports} taken by another program", hint="name another with --port, or 0 for any")


def _refused(host: str | None, port: int, why: str) -> Problem:
    return problem(
        "cannot-listen",
        f"this machine cannot listen at {host or 'localhost'}, port {port}: {why}",
        hint="--host takes an address of this machine, or none for all of them; ports below 1024 are the system's",
    )


Address = tuple[socket.AddressFamily, str]


def _addresses(host: str | None) -> list[Address]:
    """What to bind to. Raises OSError for a name that nobody knows."""
    if host is None or host in _ANY:
        pair = ("127.0.0.1", "::1") if host is None else (EVERYWHERE, "::")
        families = (socket.AF_INET, socket.AF_INET6) if socket.has_ipv6 else (socket.AF_INET,)
        return list(zip(families, pair, strict=False))
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((socket.AddressFamily(family), str(where[0])) for family, _, _, _, where in found))


def _bound(addresses: Sequence[Address], port: int) -> list[socket.socket]:
    """A socket for each address, all at one port. IPv6 may be missing beside IPv4, as it is in many containers."""
    sockets: list[socket.socket] = []
    missing = OSError(errno.EADDRNOTAVAIL, "it has no address")
    with ExitStack() as undo:
        for family, address in addresses:
            try:
                sockets.append(_bound_to(family, address, port))
            except OSError as error:
                if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    raise
                missing = error
                continue
            undo.enter_context(sockets[-1])
            port = sockets[-1].getsockname()[1]
        undo.pop_all()
    if not sockets:
        raise missing
    return sockets


def _bound_to(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # said, so that asyncio sets TCP_NODELAY:
    try:  # without it, an answer in two packets takes 40 ms more
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        found.bind((address, port))
        found.listen(128)  # at once, so that whoever comes later sees the port taken
    except OSError:
        found.close()
        raise
    return found


def _names(host: str | None, addresses: Sequence[Address]) -> tuple[list[str], Named]:
    """Under which hosts the server can be reached, and which a request may name.

    Where every network is let in, a request may name any IP address: what leads a browser astray is a name.
    """
    if host is None:
        return ["localhost"], loopback
    if host in _ANY:
        machine = socket.gethostname().lower()
        own = frozenset({machine, f"{machine}.local"})
        return ["localhost", *_own_addresses()], lambda name: loopback(name) or name in own or _is_address(name)
    given = frozenset({host.lower(), *(address for _, address in addresses)})
    return [host], lambda name: loopback(name) or name in given


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_addresses() -> list[str]:
    """This machine's addresses in its networks: those it would send from."""
    found = []
    for there in _ELSEWHERE:
        family = socket.AF_INET6 if ":" in there else socket.AF_INET
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((there, 9))
            found.append(str(probe.getsockname()[0]))
    return [address for address in dict.fromkeys(found) if not loopback(address)]


async def answering(app: ASGIApp, listening: Listening) -> None:
    """Answer until cancelled, or until the process gets SIGINT or SIGTERM, which is raised again in the end.

    Open answers are finished first, as far as that takes a second.
    """
    import uvicorn

    config = uvicorn.Config(
        app, http="h11", ws="none", loop="asyncio", lifespan="off", log_config=None, log_level="critical",
        access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=_GRACE,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=list(listening.sockets)))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def run(app: ASGIApp, listening: Listening) -> None:
    """`answering` as all that this process does. Raises KeyboardInterrupt in the end."""
    asyncio.run(answering(app, listening))
