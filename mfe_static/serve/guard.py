"""Who may ask. The server is for the people at this machine, not for pages that their browsers happen to show.

A page of elsewhere can make a browser send requests here, under a name of its own that leads to this machine (DNS
rebinding) or across origins. So a request must name a host that is ours; one that a browser sends on behalf of another
origin is refused, unless somebody follows a link. No answer ever lets another origin read it.
"""

import ipaddress
import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Named = Callable[[str], bool]
"""Whether a host, as a request names it, is ours: a name or an IP address, in lower case, without a port."""
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{0,5})?", re.IGNORECASE | re.ASCII)


def loopback(host: str) -> bool:
    """Whether `host` is this machine for itself. Names under `localhost` are by RFC 6761 §6.3, and browsers heed it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """Lets through what may ask, and answers the rest with a sentence."""

    def __init__(self, app: ASGIApp, named: Named) -> None:
        self._app, self._named = app, named

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if why := self._refused(Headers(scope=scope)):
            status, sentence = why
            await PlainTextResponse(sentence + "\n", status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused(self, headers: Headers) -> tuple[int, str] | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            return 400, "A request names one host."
        if not self._named((found[1] or found[2]).lower().rstrip(".")):
            return (
                403,
                "This server does not answer under that name. To open it to other machines, start it with --host.",
            )
        if any(origin.lower().partition("://")[2] != hosts[0].lower() for origin in origins):
            return 403, "Pages of other origins may not ask this server."
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return 403, "Pages of other sites may not ask this server."
        return None
