"""What is made for nginx and Caddy is given to nginx and Caddy, and they are asked."""

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mfe_static.deploy.compile import compiled
from mfe_static.serve.view import standing
from serving import Got, Server, finished
from sites import built
from test_demo import copy_of_demo
from witnesses import started

POLICY = "default-src 'none'; script-src 'self' 'sha256-abc+/='; frame-ancestors 'none'"
REPORT = '{"group":"$default","endpoints":[{"url":"https://r.example/\\""}]}'
HEADERS = f"""\
/*
  Content-Security-Policy: {POLICY}
  Report-To: {REPORT}
  X-Which: all
/docs/*
  X-Which: docs
  Cache-Control: public, max-age=60
/docs/start/
  X-Which: start
/users/:who
  X-Who: $uri %2F \\
  X-Tick: `$" "
/_mfe/assets/*
  Cache-Control: public, max-age=31536000, immutable
"""
REDIRECTS = """\
/old/ {base}/docs/ 301
/bare {base}/docs/#part 302
/see {base}/docs/?x=1 303
/gr%C3%B6sse/ {base}/gr%C3%B6%C3%9Fe/ 308
/o%22%20$x;%7B%7D {base}/docs/$a/%7Bpath%7D;'x' 301
/ext https://example.com:8443/x 307
/profile {base}/users/id.html 200
/from/* {base}/docs/:splat 301
/news/:year/:month {base}/archive/:month-:year/ 301
/app/* {base}/app/ 200
/raw/* {base}/users/:splat 200
"""
FILES: dict[str, str | bytes] = {
    "index.html": "home", "404.html": "nothing", "docs/index.html": "docs", "docs/start/index.html": "start",
    "app/index.html": "app", "app/real.js": "real", "users/id.html": "user", "größe/index.html": "size",
    "_mfe/assets/x.0123456789.css": "b{}" * 200, "a.webmanifest": "{}", "d/e.f/index.html": "dot", "b $x\"'.txt": "b",
    "data.json": "[]",
}  # fmt: skip


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    return name


@contextmanager
def running(program: str, site: Path, root: Path, work: Path) -> Iterator[Server]:
    """The program, with what is made for it, and with that alone."""
    view = standing(str(site))
    assert view
    made = compiled(view, program)  # type: ignore[arg-type]
    assert isinstance(made, dict), made
    for name, text in made.items():
        (work / name).write_text(text)
    with started(lambda port: command(program, root, work, port), work / "said") as server:
        yield server


def command(program: str, root: Path, work: Path, port: int) -> list[str]:
    """Start the program with a configuration for this port, which has what was made for it in `work`."""
    conf = work / "conf"
    if program == "caddy":
        conf.write_text(
            "{\n\tadmin off\n\tauto_https off\n}\n"
            f"http://127.0.0.1:{port}, http://localhost:{port} {{\n"
            f"\tbind 127.0.0.1\n\troot * {root}\n\timport {work}/site.caddy\n}}\n"
        )
        return ["caddy", "run", "--config", str(conf), "--adapter", "caddyfile"]
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(f"{kind}_temp_path {work}/{kind};" for kind in "client_body proxy fastcgi uwsgi scgi".split())
    conf.write_text(
        f"daemon off; worker_processes 1; pid {work}/pid; error_log stderr; {user}\n"
        f"events {{ worker_connections 64; }}\n"
        f"http {{\n access_log off; {temporary}\n include {work}/nginx-http.conf;\n"
        f" server {{ listen 127.0.0.1:{port}; root {root}; include {work}/nginx-server.conf; }}\n}}\n"
    )
    return ["nginx", "-c", str(conf), "-e", "stderr"]


@pytest.fixture(scope="module", params=["", "/shop", "/sh%C3%B6p.x"])
def base(request: pytest.FixtureRequest) -> str:
    path: str = request.param
    return path


@pytest.fixture(scope="module")
def server(program: str, base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from urllib.parse import unquote

    work = tmp_path_factory.mktemp("work")
    root = work / "www"
    site = Path(f"{root}{unquote(base)}")
    index = f'{{"base_url": "https://shop.example{base}"}}'
    finished(site, {**FILES, "_mfe/site.json": index, "_headers": HEADERS, "_redirects": REDIRECTS.format(base=base)})
    (site / "_mfe/assets/x.0123456789.css.gz").write_bytes(gzip.compress(b"b{}" * 200, mtime=0))
    with running(program, site, root, work) as server:
        yield server


def shown(answer: Got, base: str) -> str:
    location = answer.location.removeprefix(base) if answer.location.startswith("/") else answer.location
    return f"{answer.status} {location or answer.body.decode()}"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "200 home"),
        ("/docs/", "200 docs"),
        ("/docs/?a=1", "200 docs"),
        ("/docs/start/", "200 start"),
        ("/users/id.html", "200 user"),
        ("/gr%C3%B6%C3%9Fe/", "200 size"),
        ("/d/e.f/", "200 dot"),
        ("/b%20$x%22%27.txt", "200 b"),
        ("/old/", "301 /docs/"),
        ("/old", "301 /docs/"),
        ("/old?a=1&b=%20", "301 /docs/?a=1&b=%20"),
        ("/bare", "302 /docs/#part"),
        ("/bare/?a=1", "302 /docs/?a=1#part"),
        ("/see?a=1", "303 /docs/?x=1"),
        ("/gr%C3%B6sse/", "308 /gr%C3%B6%C3%9Fe/"),
        ("/gr%c3%b6sse", "308 /gr%C3%B6%C3%9Fe/"),
        ("/o%22%20$x;%7B%7D", "301 /docs/%24a/%7Bpath%7D;'x'"),
        ("/ext", "307 https://example.com:8443/x"),
        ("/profile", "200 user"),
        ("/from/start/", "301 /docs/start/"),
        ("/from/a%20b%0d%0aX-Evil:1?q=%0d", "301 /docs/a%20b%0d%0aX-Evil:1?q=%0d"),
        ("/from", "301 /docs/"),
        ("/from//evil.example", "301 /docs/evil.example"),
        ("/news/2026/05", "301 /archive/05-2026/"),
        ("/news/2026/05/", "301 /archive/05-2026/"),
        ("/news/2026", "404 nothing"),
        ("/app/real.js", "200 real"),
        ("/app/x/y", "200 app"),
        ("/app/x?y=1", "200 app"),
        ("/raw/id.html", "200 user"),
        ("/raw/none", "404 nothing"),
        ("/nothing", "404 nothing"),
        ("/nothing/", "404 nothing"),
        ("/docs/nothing/at/all", "404 nothing"),
        ("/_mfe/", "404 nothing"),
        ("/_headers", "404 nothing"),
        ("/_redirects", "404 nothing"),
        ("/nothing%0d%0aX-Evil:1", "404 nothing"),
    ],
)  # fmt: skip
def test_paths_and_rules(server: Server, base: str, target: str, expected: str) -> None:
    assert shown(server.get(base + target), base) == expected


@pytest.mark.parametrize("target", ["/docs", "/docs?a=1", "/gr%C3%B6%C3%9Fe", "/d/e.f"])
def test_who_leaves_out_the_slash_of_a_folder_is_sent_to_it(server: Server, base: str, target: str) -> None:
    path, mark, query = target.partition("?")
    answer = server.get(base + target)
    assert (answer.status, answer.location) == (301, f"{base}{path}/{mark}{query}")


@pytest.mark.parametrize("target", ["//docs", "/\\docs", "//evil.example/..%2fdocs", "//evil.example/../docs"])
def test_no_slash_leads_to_another_host(server: Server, target: str) -> None:
    location = server.get(target).location
    assert not location.startswith(("//", "/\\"))
    assert "evil" not in location.split("/")[0]


@pytest.mark.parametrize(
    ("target", "which", "cached"),
    [
        ("/", "all", "public, max-age=0, must-revalidate"),
        ("/docs/", "docs", "public, max-age=60"),
        ("/docs/start/", "start", "public, max-age=60"),
        ("/users/id.html", "all", "public, max-age=0, must-revalidate"),
        ("/_mfe/assets/x.0123456789.css", "all", "public, max-age=31536000, immutable"),
    ],
)
def test_headers_are_those_of_the_path_that_was_asked_for(
    server: Server, base: str, target: str, which: str, cached: str
) -> None:
    headers = server.get(base + target).headers
    assert (headers["x-which"], headers["cache-control"]) == (which, cached)
    assert (headers["content-security-policy"], headers["report-to"]) == (POLICY, REPORT)


def test_a_value_is_no_directive(server: Server, base: str) -> None:
    headers = server.get(f"{base}/users/id.html").headers
    assert (headers["x-who"], headers["x-tick"]) == ("$uri %2F \\", '`$" "')


def test_what_is_not_there_has_the_policy_and_is_kept_by_nobody(server: Server, base: str) -> None:
    answer = server.get(f"{base}/_mfe/assets/y.0123456789.css")
    assert answer.status == 404
    assert answer.headers["content-security-policy"] == POLICY
    assert "cache-control" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/docs/", "text/html; charset=utf-8"),
        ("/_mfe/assets/x.0123456789.css", "text/css; charset=utf-8"),
        ("/app/real.js", "text/javascript; charset=utf-8"),
        ("/a.webmanifest", "application/manifest+json; charset=utf-8"),
        ("/data.json", "application/json; charset=utf-8"),
    ],
)
def test_media_types_are_ours(server: Server, base: str, target: str, kind: str) -> None:
    assert server.get(base + target).headers["content-type"] == kind


def test_what_is_compressed_beside_a_file_is_sent_to_who_takes_it(server: Server, base: str) -> None:
    path = f"{base}/_mfe/assets/x.0123456789.css"
    packed = server.get(path, accept_encoding="gzip")
    assert (packed.headers["content-encoding"], gzip.decompress(packed.body)) == ("gzip", b"b{}" * 200)
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.headers["content-type"] == "text/css; charset=utf-8"
    assert server.get(path).body == b"b{}" * 200


def test_a_page_that_did_not_change_is_not_sent_again(server: Server, base: str) -> None:
    first = server.get(f"{base}/docs/")
    assert server.get(f"{base}/docs/", if_none_match=first.headers["etag"]).status == 304


@pytest.mark.slow
def test_the_demo_is_served_whole(program: str, tmp_path: Path) -> None:
    site = copy_of_demo(tmp_path / "source")
    built(site)
    view = standing(str(site / "dist"))
    assert view
    work = tmp_path / "work"
    work.mkdir()
    with running(program, site / "dist", site / "dist", work) as server:
        for path, file in view.files.items():
            got = server.get(path.removesuffix("index.html") if path.endswith("/index.html") else path)
            assert (got.status, got.body) == (200, (Path(file.folder) / file.path).read_bytes()), path
            assert got.headers["x-content-type-options"] == "nosniff"
        for line in view.redirects.splitlines():
            start, to, status = line.split()
            got = server.get(start)
            assert (got.status, got.location) == (int(status), to)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, {"/": "200 home", "/a.css": "200 a{}", "/none": "404", "/none/": "404", "/d": "301 /d/"}),
        (
            {"_redirects": "/* / 200\n"},
            {"/": "200 home", "/a.css": "200 a{}", "/none": "200 home", "/none/at/all/": "200 home", "/d": "301 /d/"},
        ),
        (
            {"_redirects": "/* https://other.example/:splat 302\n"},
            {
                "/": "200 home",
                "/none": "302 https://other.example/none",
                "/a/b?c=d": "302 https://other.example/a/b?c=d",
                "//evil.example": "302 https://other.example/evil.example",
            },
        ),
        (
            {"_redirects": "/:a /d/ 301\n/:a/:b/* /:b/:a/:splat 307\n"},
            {"/x": "301 /d/", "/d": "301 /d/", "/x/y/z/": "307 /y/x/z/", "/x/y": "307 /y/x/", "/d/": "200 d"},
        ),
        ({"_headers": "/*\n  Cache-Control: no-store\n  X-A: 1\n"}, {"/": "200 home", "/none": "404"}),
    ],
    ids=["without rules", "an app at the root", "moved to another host", "segments", "headers alone"],
)
def test_other_sites(program: str, tmp_path: Path, files: dict[str, str], expected: dict[str, str]) -> None:
    texts = {"index.html": "home", "a.css": "a{}", "d/index.html": "d", **files}
    site = finished(tmp_path / "www", texts)
    with running(program, site, site, tmp_path) as server:
        got = {path: server.get(path) for path in expected}
        assert {
            path: str(answer.status) if answer.status == 404 else shown(answer, "") for path, answer in got.items()
        } == expected
        if "_headers" in files:
            assert (got["/"].headers["cache-control"], got["/"].headers["x-a"]) == ("no-store", "1")
            assert got["/none"].headers["x-a"] == "1"
