"""Links that lead out: asked politely, believed for a while, and never inside the own network."""

import http.server
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mfe_static.external import check_external
from mfe_static.external.asking import AGENT, PAUSE, _public, _wait
from mfe_static.model import Page, Site
from mfe_static.problems import Problem
from mfe_static.stitched import Composed, Part, Stitched, StitchedSite, Uses

NOW = 1_800_000_000.0


class Asked(NamedTuple):
    method: str
    path: str
    agent: str


class Server(http.server.ThreadingHTTPServer):
    """Another site, on this machine. The first segment of a path says how it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.busy = 0
        self.busiest = 0
        self.door = threading.Lock()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def counts(self) -> Counter[tuple[str, str]]:
        return Counter((asked.method, asked.path) for asked in self.asked)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        server = self.server
        with server.door:
            server.asked.append(Asked(self.command, self.path, self.headers["User-Agent"]))
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
            before = server.counts()[self.command, self.path]
        kind = self.path.split("/")[1]
        status, headers = self.said(kind, before)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        with server.door:  # before the answer leaves: whoever has it may ask again at once
            server.busy -= 1
        self.end_headers()

    def said(self, kind: str, before: int) -> tuple[int, dict[str, str]]:
        """Status and headers; `before` counts this request, too."""
        if kind == "no-head":
            return (405 if self.command == "HEAD" else 200), {}
        if kind == "busy-once":
            return (429, {"Retry-After": "7"}) if before == 1 else (200, {})
        if kind == "busy-long":
            return 503, {"Retry-After": "600"}
        if kind == "moved":
            return 301, {"Location": "/404/moved"}
        if kind == "gone-on":
            return 308, {"Location": "/200/new"}
        if kind == "found":
            return 302, {"Location": "/200/found"}
        if kind == "circle":
            return 302, {"Location": "/circle"}
        if kind == "inside":
            return 302, {"Location": "http://169.254.169.254/latest/"}
        if kind == "script":
            return 302, {"Location": "file:///etc/passwd"}
        return int(kind), {}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def site(*links: str, file: str = "teams/docs/pages/index.md", twice: bool = False) -> StitchedSite:
    page = Page(
        url="/docs/", name="index", team="docs", source=file, base="pages", title="Docs", language="en",
        layout="page",
    )  # fmt: skip
    parts = [Part(file=file, team="docs", external=links)]
    if twice:
        parts.append(Part(file="teams/docs/fragments/x.html", team="docs", external=links))
    row = Stitched(mark="", size=0, page="", body=b"", uses=0, parts=b"")
    composed = Composed(page, row, Uses())
    whole = Site(
        title="", description="", base_url="https://shop.example", base_path="", language="en", shell={},
        schemes=frozenset(), prefixes={"docs": "/docs/"}, redirects={}, policy="", headers={},
    )  # fmt: skip
    return StitchedSite(
        site=whole, builds=(), pages=(composed, composed), files=(), assets=(), asked=frozenset(), weights={},
        content=str, parts={page.url: tuple(parts)}, parts_of=lambda _: (),
    )  # fmt: skip


class Pauses(list[float]):
    """Waits that are only written down."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def check(
    found: StitchedSite, cache: Path | None = None, now: float = NOW, pause: Pauses | None = None
) -> list[Problem]:
    return check_external(found, cache=cache, pause=Pauses() if pause is None else pause, private=True, now=now)


def said(problems: list[Problem]) -> list[str]:
    return [found.message.partition('" ')[2] for found in problems]


def test_a_page_that_answers_is_fine_and_one_that_does_not_is_a_problem_where_it_is_linked(server: Server) -> None:
    problems = check(site(f"{server.base}/200/a#part", f"{server.base}/404/b"))
    assert len(problems) == 1
    found = problems[0]
    assert (found.code, found.severity, found.file, found.team) == (
        "dead-link", "warning", "teams/docs/pages/index.md", "docs",
    )  # fmt: skip
    assert found.message == f'"{server.base}/404/b" answers 404 Not Found'
    assert found.sought == f"link:{server.base}/404/b"


def test_every_url_is_asked_once_and_every_place_is_told(server: Server) -> None:
    problems = check(site(f"{server.base}/410/x", f"{server.base}/410/x#a", twice=True))
    assert len(problems) == 4
    assert {found.file for found in problems} == {"teams/docs/pages/index.md", "teams/docs/fragments/x.html"}
    assert server.counts() == {("HEAD", "/410/x"): 1}


def test_the_asker_says_who_asks(server: Server) -> None:
    check(site(f"{server.base}/200/"))
    assert [asked.agent for asked in server.asked] == [AGENT]
    assert "mfe-static" in AGENT


def test_one_host_is_asked_one_request_at_a_time_with_pauses(server: Server) -> None:
    pauses = Pauses()
    check(site(*(f"{server.base}/200/{n}" for n in range(5))), pause=pauses)
    assert server.busiest == 1
    assert pauses == [PAUSE] * 4


def test_a_server_that_does_not_like_head_is_asked_with_get(server: Server) -> None:
    assert check(site(f"{server.base}/no-head/")) == []
    assert [asked.method for asked in server.asked] == ["HEAD", "GET"]


def test_a_busy_server_is_asked_again_when_it_wants(server: Server) -> None:
    pauses = Pauses()
    assert check(site(f"{server.base}/busy-once/"), pause=pauses) == []
    assert 7.0 in pauses


def test_nobody_waits_for_long(server: Server) -> None:
    pauses = Pauses()
    assert said(check(site(f"{server.base}/busy-long/"), pause=pauses)) == ["answers 503 Service Unavailable"]
    assert pauses == []


def test_a_broken_server_is_asked_three_times(server: Server) -> None:
    assert said(check(site(f"{server.base}/500/"))) == ["answers 500 Internal Server Error"]
    assert server.counts() == {("HEAD", "/500/"): 3}


def test_a_page_behind_a_login_is_not_dead(server: Server) -> None:
    assert check(site(f"{server.base}/401/")) == []


def test_redirects_are_followed_to_their_end(server: Server) -> None:
    problems = check(site(f"{server.base}/found/", f"{server.base}/moved/", f"{server.base}/circle"))
    assert said(problems) == ["redirects more than 10 times", "answers 404 Not Found"]
    assert problems[1].hint == f"it moved to {server.base}/404/moved"


def test_a_link_that_works_but_moved_for_good_is_told_where_to(server: Server) -> None:
    (problem,) = check(site(f"{server.base}/gone-on/", f"{server.base}/found/"))
    assert (problem.code, problem.hint) == ("moved-link", f"it moved to {server.base}/200/new")


def test_a_redirect_to_no_web_page_is_not_followed(server: Server) -> None:
    assert said(check(site(f"{server.base}/script/"))) == ["leads to file:, which is no web page"]


def test_a_server_that_is_gone_is_a_problem() -> None:
    gone = Server()
    gone.server_close()
    assert said(check(site(f"{gone.base}/x")))[0].startswith("cannot be reached")


def test_a_host_that_does_not_exist_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise OSError("no such host")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    assert said(check(site("https://nowhere.example/"))) == ["leads to a host that does not exist"]


@pytest.mark.parametrize("link", ["http://[::1", "http://a b/", "https://x.example:99999/"])
def test_a_link_that_is_no_url_is_a_problem(link: str) -> None:
    assert said(check(site(link))) in (["is no URL"], ["leads to a host that does not exist"])


def test_other_schemes_and_the_own_site_are_not_asked(server: Server) -> None:
    links = ["mailto:a@b.example", "tel:1", "https://shop.example", "https://shop.example/docs/", "ftp://x.example/"]
    assert check(site(*links)) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254"])
def test_nothing_inside_the_own_network_is_asked(host: str, server: Server) -> None:
    port = server.server_address[1]
    problems = check_external(site(f"http://{host}:{port}/200/"), cache=None, pause=Pauses(), now=NOW)
    assert said(problems) == ["leads into a private network, so it was not asked"]
    assert server.asked == []


def test_a_redirect_into_the_own_network_is_not_followed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    public = "mfe_static.external.asking._public"
    monkeypatch.setattr(public, lambda address: address == "127.0.0.1")
    problems = check_external(site(f"{server.base}/inside/"), cache=None, pause=Pauses(), now=NOW)
    assert said(problems) == ["leads into a private network, so it was not asked"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("0.0.0.0", False), ("224.0.0.1", False),
        ("100.64.0.1", False), ("::ffff:127.0.0.1", False), ("fe80::1", False), ("fc00::1", False),
        ("2002:7f00:1::", False), ("::", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_public(address: str, public: bool) -> None:
    assert _public(address) is public


def test_answers_are_believed_for_a_week_and_failures_for_an_hour(server: Server, tmp_path: Path) -> None:
    cache, found = tmp_path / ".mfe/external.json", site(f"{server.base}/200/", f"{server.base}/404/")
    first = check(found, cache)
    server.asked.clear()
    assert check(found, cache, now=NOW + 3000) == first
    assert server.asked == []
    check(found, cache, now=NOW + 4000)
    assert {asked.path for asked in server.asked} == {"/404/"}
    check(found, cache, now=NOW + 8 * 86400)
    assert server.counts()["HEAD", "/200/"] == 1


@pytest.mark.parametrize("damage", ["", "{", '{"version": 2, "answers": {}}', '{"version": 1, "answers": 3}', "[]"])
def test_a_damaged_memory_is_forgotten(damage: str, server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "external.json"
    cache.write_text(damage)
    assert check(site(f"{server.base}/200/"), cache) == []
    assert json.loads(cache.read_text())["version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["external.json"]


def test_progress_is_told(server: Server) -> None:
    told: list[tuple[str, int, int]] = []
    check_external(
        site(f"{server.base}/200/a", f"{server.base}/200/b"),
        cache=None, pause=Pauses(), private=True, now=NOW, progress=lambda *step: told.append(step),
    )  # fmt: skip
    assert told == [("external", 1, 2), ("external", 2, 2)]


def test_retry_after_is_seconds_or_a_date() -> None:
    assert _wait("5", 1.0, NOW) == 5
    assert _wait("", 1.0, NOW) == 1
    assert _wait("Fri, 15 Jan 2027 08:00:30 GMT", 1.0, NOW) == 30
    assert _wait("soon", 1.0, NOW) == 1


def test_a_bug_while_asking_is_not_hidden(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfe_static.external.asking._Asker.ask", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check(site(f"{server.base}/200/"))
