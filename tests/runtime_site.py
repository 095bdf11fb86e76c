"""A site of hand-written pages with the browser runtime, under the strictest policy: what the runtime's tests look at.

The pages keep to what `mfe_static/runtime/navigate.js` and `islands.js` ask of them; the scripts are the minified ones
that are shipped.
"""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from browser import FLAGS, chromium

RUNTIME = Path(__file__).parents[1] / "mfe_static" / "runtime"
SCRIPTS = "/_mfe/runtime/"
TYPES = {".css": "text/css", ".js": "text/javascript", ".xml": "application/xml", ".pdf": "application/pdf"}
POLICY = (
    "default-src 'none'; script-src 'self' {map}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types mfe"
)


class Answer(NamedTuple):
    """What the server says when asked for a path."""

    body: str = ""
    status: int = 200
    type: str = ""
    """By the path's extension; else HTML."""
    headers: Mapping[str, str] = {}
    gate: threading.Event | None = None
    """The answer waits for it."""
    cut: bool = False
    """The connection is closed instead."""


class Request(NamedTuple):
    method: str
    path: str
    query: str
    destination: str
    """Who asks: `document` is the browser loading a page, `empty` is `fetch`."""
    body: str


class RuntimeSite:
    """Serves `answers`, by path, until it is closed. In HTML, `%MAP%` becomes the import map of all its modules."""

    def __init__(self, answers: Mapping[str, str | Answer]) -> None:
        self.answers = {path: given if isinstance(given, Answer) else Answer(given) for path, given in answers.items()}
        self.log: list[Request] = []
        self.strict = True
        self.broken: list[str] = []
        """Paths of requests that the browser gave up."""
        self.connections: set[socket.socket] = set()
        self._http = _Http(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def asked(self, path: str, destination: str = "") -> list[Request]:
        return [one for one in list(self.log) if one.path == path and destination in ("", one.destination)]

    def find(self, path: str) -> Answer | None:
        if path.startswith(SCRIPTS):
            return Answer(script(path.removeprefix(SCRIPTS)))
        return self.answers.get(path)

    def import_map(self) -> str:
        paths = [SCRIPTS + path.name.replace(".min", "") for path in sorted(RUNTIME.glob("*.min.js"))]
        paths += [path for path in self.answers if path.endswith(".js")]
        sums = {}
        for path in paths:
            digest = hashlib.sha384((self.find(path) or Answer()).body.encode()).digest()
            sums[path] = f"sha384-{base64.b64encode(digest).decode()}"
        return json.dumps({"imports": {"mfe-static/router": f"{SCRIPTS}router.js"}, "integrity": sums})

    def stop(self) -> None:
        for answer in self.answers.values():
            if answer.gate:
                answer.gate.set()
        self._http.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        self._thread.join()


@contextlib.contextmanager
def running(answers: Mapping[str, str | Answer]) -> Iterator[RuntimeSite]:
    site = RuntimeSite(answers)
    try:
        yield site
    finally:
        site.stop()


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """A browser with a cache of pages, which Playwright turns off and people have."""
    with sync_playwright() as driver:
        made = driver.chromium.launch(
            executable_path=chromium(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        expect.set_options(timeout=60_000)
        yield made
        made.close()


@contextlib.contextmanager
def somebody(browser: Browser, script: str = "") -> Iterator[BrowserContext]:
    """Who visits, with a `script` on every page."""
    made = browser.new_context()
    made.set_default_timeout(60_000)
    if script:
        made.add_init_script(script)
    yield made
    made.close()


@contextlib.contextmanager
def visiting(context: BrowserContext, *, certain: bool = False) -> Iterator[Callable[..., Page]]:
    """Opens a page and marks its document. What the console says, but for what a test expects, is a failure; where that
    is `certain`, so is its silence."""
    said: list[str] = []
    expected: list[str] = []

    def open_page(site: RuntimeSite, path: str = "/t/", expect: str = "") -> Page:
        if expect:
            expected.append(expect)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(site.origin + path)
        page.evaluate("window.here = 1")
        return page

    yield open_page
    assert [text for text in said if not any(part in text for part in expected)] == []
    for part in expected if certain else ():
        assert any(part in text for text in said), f"the console is silent about {part}"


def script(name: str) -> str:
    """A module of the runtime, as it is shipped."""
    return (RUNTIME / name.replace(".js", ".min.js")).read_text("utf-8")


def document(
    title: str,
    main: str = "",
    *,
    head: str = "",
    scripts: Sequence[str] = ("islands.js", "navigate.js"),
    scope: str = "/t/",
    build: str = "one",
    before: str = "",
    html: str = 'lang="en"',
    outlet: str = "",
) -> str:
    """A page by the contract. Header and footer stand around its outlet."""
    tags = "".join(f'<script type="module" src="{SCRIPTS}{name}"></script>' for name in scripts)
    metas = f'<meta name="mfe-scope" content="{scope}"><meta name="mfe-build" content="{build}">' if scope else ""
    return (
        f'<!doctype html>\n<html {html}><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="icon" href="data:,">{metas}{head}<script type="importmap">%MAP%</script>{tags}</head>\n'
        f"<body>{before}"
        f'<main id="main" tabindex="-1" data-mfe="t" data-mfe-outlet {outlet}><h1>{title}</h1>\n{main}</main>\n'
        "<footer>Footer</footer></body></html>\n"
    )


def until(page: Page, what: Callable[[], bool]) -> None:
    """Wait for the server's side of something; the browser goes on meanwhile."""
    for _ in range(6000):
        if what():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came to be")


def becomes(page: Page, expression: str) -> None:
    """Wait until it holds. Playwright's own way of waiting needs `eval` in the page, which the policy refuses."""

    def holds() -> bool:
        try:
            return bool(page.evaluate(expression))
        except Error:  # just between two documents
            return False

    until(page, holds)


def stop_the_clock(page: Page) -> None:
    """Of a page that is open: from now on it goes by `page.clock.run_for` alone."""
    page.clock.install(time=0)
    page.clock.pause_at(3_600)


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Browsers close connections early; nobody has to hear of it."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: RuntimeSite

    def setup(self) -> None:
        super().setup()
        self.site.connections.add(self.connection)

    def finish(self) -> None:
        self.site.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        self.site.log.append(
            Request(self.command, parts.path, parts.query, self.headers.get("sec-fetch-dest", "document"), body)
        )
        answer = self.site.find(parts.path) or Answer("<title>Not found</title><h1>Not found</h1>", 404)
        if answer.gate:
            answer.gate.wait()
        if answer.cut:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        kind = answer.type or TYPES.get(Path(parts.path).suffix, "text/html")
        body = answer.body.replace("%MAP%", self.site.import_map()) if kind == "text/html" else answer.body
        self.send_response(HTTPStatus(answer.status))
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "public, max-age=0, must-revalidate"}
        if kind == "text/html" and self.site.strict:
            found = re.search('<script type="importmap">(.*?)</script>', body)
            digest = base64.b64encode(hashlib.sha256((found[1] if found else "").encode()).digest()).decode()
            headers["Content-Security-Policy"] = POLICY.format(map=f"'sha256-{digest}'")
            headers["Integrity-Policy"] = "blocked-destinations=(script)"
        for name, value in {**headers, **answer.headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:
            self.site.broken.append(parts.path)
            raise
