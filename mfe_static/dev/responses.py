"""What is added to pages on their way out, and nothing else is: the tag of our client, and what lets it work.

The files that a build wrote stay as they are. A site's own policy (Content-Security-Policy, CSP 3) holds for what the
site itself does; it is amended only where it would keep our client out.
"""

import re
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mfe_static.digests import Digest

ROOT = "/_mfe/dev/"
"""The path that all of ours is under."""
REGIONS, NO_SCRIPT = "mfe-regions", "mfe-nojs"
"""Cookies: whether regions are marked, whether the page's own scripts are off."""
_HEAD = re.compile(
    rb"""<!--.*?-->|(<script\s[^>]*\btype\s*=\s*["']?module\b|</head\s*>)|<(script|style|title)\b.*?</\2\s*>""",
    re.IGNORECASE | re.DOTALL,
)
"""The first module, as our client has to hear what others do (an import map stands before all modules), or the end of
the head; what only reads like it, in a comment or a script, is passed over."""


class Tab(NamedTuple):
    """What a page asks for by its cookies and its query."""

    regions: bool
    toolbar: bool
    no_script: bool


def asked(request: Request) -> Tab:
    """What is asked for."""
    cookies = request.cookies
    toolbar = cookies.get(REGIONS) == "1"
    return Tab(toolbar or REGIONS in request.query_params, toolbar, cookies.get(NO_SCRIPT) == "1")


def tagged(html: bytes, *, epoch: int, server: str, mark: Digest, tab: Tab) -> bytes:
    """A page with the tag of our client. `mark`: the digest of the page without it."""
    bare = " data-nojs" if tab.no_script else ""
    tag = (
        f'<script type="module" src="{ROOT}client.js" nonce="{server}" data-epoch="{epoch}" data-server="{server}"'
        f' data-digest="{mark}"{bare}></script>'
    ).encode()
    at = next((found.start() for found in _HEAD.finditer(html) if found[1]), len(html))
    return html[:at] + tag + html[at:]


class Amended:
    """The application with the headers of pages as our client needs them."""

    def __init__(self, app: ASGIApp, server: str) -> None:
        self._app, self._server = app, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tab = asked(Request(scope))

        async def amended(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                # A 304 says not of what, and its headers take the place of those that the browser has (RFC 9111, §3.2).
                if message["status"] == 304 or headers.get("content-type", "").startswith("text/html"):
                    amend(headers, self._server, tab, Request(scope).url.netloc)
                    message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, amended)


def amend(headers: MutableHeaders, nonce: str, tab: Tab, host: str) -> None:
    """Let our client work on a page with these headers, which comes from `host`."""
    policies = [policy for text in headers.getlist("content-security-policy") for policy in text.split(",")]
    if policies:
        headers["content-security-policy"] = ",".join(opened(policy, nonce, tab) for policy in policies)
    if tab.no_script:
        headers.append("content-security-policy", f"script-src http://{host}{ROOT}")  # policies add up
    del headers["integrity-policy"]
    del headers["speculation-rules"]  # what was fetched before a save is not what is to be seen after it
    if tab.toolbar:
        del headers["x-frame-options"]


def opened(policy: str, nonce: str, tab: Tab) -> str:
    """A policy that lets our client in, and otherwise says what it said; the same text where it does already."""
    said: dict[str, list[str]] = {}
    for rule in policy.split(";"):
        name, *values = rule.split() or [""]
        if name:
            said.setdefault(name.lower(), values)  # the first one counts (CSP 3, §2.2.1)
    rules = {
        name: values for name, values in said.items() if name != "upgrade-insecure-requests"
    }  # there is no TLS here
    default = said.get("default-src")
    ours: list[tuple[str, list[str] | None]] = [
        ("script-src", said.get("script-src", default)),
        ("script-src-elem", said.get("script-src-elem")),
        ("connect-src", said.get("connect-src", default)),
    ]
    if tab.toolbar:  # it shows the page in a frame
        ours += [("frame-src", said.get("frame-src", said.get("child-src", default)))]
        ours += [("frame-ancestors", said.get("frame-ancestors"))]
    for name, sources in ours:
        if sources is not None:
            trusting = name.startswith("script-src") and "'strict-dynamic'" in sources
            rules[name] = _with(sources, f"'nonce-{nonce}'" if trusting else "'self'")
    if "sandbox" in said:
        rules["sandbox"] = _with(_with(said["sandbox"], "allow-scripts"), "allow-same-origin")
    return policy if rules == said else "; ".join(" ".join([name, *values]) for name, values in rules.items())


def _with(values: list[str], value: str) -> list[str]:
    """A list of sources with one more; `'none'` stands only alone."""
    return values if value in values else [*(it for it in values if it.lower() != "'none'"), value]
