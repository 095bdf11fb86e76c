"""Hosts and their styles: the same site, answered as Netlify, Cloudflare Pages, GitHub Pages and nginx answer it."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mfe_static.run import Result
from mfe_static.serve.hosts import STYLES, StyleName, read_rules
from mfe_static.serve.view import View
from serving import Got, Server, finished, serving
from witnesses import started

AUDIT = Path(__file__).parents[2] / "shared" / "audit" / "serve.py"
REDIRECTS = """\
# what moved
/old /docs/ 301
/gone/ /docs/ 302
/see /docs/ 303
/seven /docs/ 307
/eight /docs/ 308
/shadow/ /docs/ 301
/gr%C3%B6sse /gr%C3%B6%C3%9Fe/ 301
/ext https://example.com/x?a=b 301
/part /docs/#part 301
/asks /docs/?x=1 301
/profile /users/id.html 200
/from/* /docs/:splat 301
/news/:year/:month /archive/:month-:year/ 301
/spa/* /app/ 200
/out/* https://example.com/:splat 302
"""
HEADERS = """\
/*
  X-All: all
  X-Twice: one
  X-Twice: two
/docs/*
  X-Docs: docs
  Cache-Control: public, max-age=60
/users/:who
  X-Who: user
/_mfe/assets/*
  Cache-Control: public, max-age=31536000, immutable
"""
FILES: dict[str, str | bytes] = {
    "index.html": "<h1>home</h1>", "404.html": "<h1>nothing</h1>", "file.html": "file", "folder/index.html": "folder",
    "both.html": "both file", "both/index.html": "both folder", "docs/index.html": "docs", "docs/404.html": "no docs",
    "docs/start/index.html": "start", "a.css": "a{}", "noext": "noext", "d/e.f/index.html": "dot", "x/y.json": "{}",
    "größe/index.html": "size", "shadow/index.html": "shadow", "users/id.html": "user", "app/index.html": "app",
    "_mfe/assets/x.0123456789.css": "b{}", "_redirects": REDIRECTS, "_headers": HEADERS,
}  # fmt: skip
PATHS = (
    *("/", "/index.html", "/index", "/file", "/file/", "/file.html", "/folder", "/folder/", "/folder/index.html",
      "/both", "/both/", "/both.html", "/both/index.html", "/docs", "/docs/", "/docs/start", "/docs/start/?q=1",
      "/docs?q=1", "/a.css", "/a.css/", "/noext", "/noext/", "/d/e.f", "/d/e.f/", "/x", "/x/", "/x/y", "/x/y.json",
      "/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe/", "/nothing", "/nothing/", "/docs/nothing", "/docs/no/thing", "/404.html"),
    *("/old", "/old?x=1", "/gone/", "/see", "/seven", "/eight", "/shadow", "/shadow/", "/gr%C3%B6sse", "/ext",
      "/ext?b=c", "/part", "/part?x=1", "/asks", "/asks?y=2", "/profile", "/from/", "/from/start/", "/from/a%20b",
      "/from/x/y?z=1", "/news/2026/05", "/spa/", "/spa/x", "/spa/x/y.z", "/out/a/b", "/users/id", "/users/5",
      "/_mfe/assets/x.0123456789.css", "/FOLDER/", "/from//evil.example", "/out//evil.example"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("site"), FILES)


def shown(answer: Got) -> str:
    """An answer in a word: a status and where it leads, or what it holds."""
    body = answer.body.decode() if answer.status != 404 else ""
    return " ".join(filter(None, (str(answer.status), answer.location or body)))


@contextmanager
def site(folder: Path, style: StyleName, files: dict[str, str | bytes]) -> Iterator[Server]:
    with serving(finished(folder, files), style=style) as server:
        yield server


# -- clean URLs


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("netlify", ["200 file", "301 /file", "200 file", "301 /folder/", "200 folder", "200 folder",
                     "200 both file", "301 /both", "200 both file", "200 both folder"]),
        ("cloudflare", ["200 file", "308 /file", "308 /file", "308 /folder/", "200 folder", "308 /folder/",
                        "200 both file", "200 both folder", "308 /both", "308 /both/"]),
        ("github", ["200 file", "404", "200 file", "301 /folder/", "200 folder", "200 folder",
                    "200 both file", "200 both folder", "200 both file", "200 both folder"]),
        ("nginx", ["404", "404", "200 file", "200 folder", "200 folder", "200 folder",
                   "200 both folder", "200 both folder", "200 both file", "200 both folder"]),
    ],
)  # fmt: skip
def test_each_host_has_its_own_way_with_slashes_and_html(style: StyleName, expected: list[str], folder: Path) -> None:
    targets = (
        "/file /file/ /file.html /folder /folder/ /folder/index.html /both /both/ /both.html /both/index.html"
    ).split()
    with serving(folder, style=style) as server:
        assert [shown(server.get(target)) for target in targets] == expected


def test_another_spelling_keeps_the_query(folder: Path) -> None:
    with serving(folder) as server:
        assert server.get("/gr%C3%B6%C3%9Fe?a=b%20c&d").location == "/gr%C3%B6%C3%9Fe/?a=b%20c&d"


def test_cloudflare_takes_index_out_of_addresses(folder: Path) -> None:
    with serving(folder, style="cloudflare") as server:
        for target in ("/docs/index", "/docs/index/", "/docs/index.html"):
            assert shown(server.get(target)) == "308 /docs/"
        assert shown(server.get("/index.html")) == "308 /"


# -- what is not there


def test_the_nearest_404_page_answers_at_cloudflare_and_the_first_one_elsewhere(folder: Path) -> None:
    for style in STYLES:
        with serving(folder, style=style) as server:
            answers = [server.get(target) for target in ("/docs/no/thing", "/docs/nothing/", "/nothing")]
        assert [answer.status for answer in answers] == [404] * 3
        near = b"no docs" if style == "cloudflare" else b"<h1>nothing</h1>"
        assert [answer.body for answer in answers] == [near, near, b"<h1>nothing</h1>"]


def test_without_a_404_page_a_sentence_answers_and_at_cloudflare_the_first_page(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"index.html": "app"}
    for style in STYLES:
        with site(tmp_path, style, files) as server:
            answer = server.get("/deep/link")
        assert answer.status == (200 if style == "cloudflare" else 404)
        assert answer.body == (b"app" if style == "cloudflare" else b"There is nothing here.\n")


# -- _redirects


def test_redirects_lead_where_they_say_with_what_wildcards_caught(folder: Path) -> None:
    expected = {
        "/old": "301 /docs/", "/see": "303 /docs/", "/seven": "307 /docs/", "/eight": "308 /docs/",
        "/gone/": "302 /docs/", "/gr%C3%B6sse": "301 /gr%C3%B6%C3%9Fe/", "/grösse": "301 /gr%C3%B6%C3%9Fe/",
        "/news/2026/05": "301 /archive/05-2026/", "/from/a%20b/%C3%A4": "301 /docs/a%20b/%C3%A4",
        "/from/": "301 /docs/", "/out/a/b": "302 https://example.com/a/b", "/ext": "301 https://example.com/x?a=b",
        "/part": "301 /docs/#part",
    }  # fmt: skip
    for style in ("netlify", "cloudflare"):
        with serving(folder, style=style) as server:
            got = {target: shown(server.get(target.replace("ö", "%C3%B6"))) for target in expected}
        assert got == expected


def test_a_query_goes_along_unless_the_target_has_its_own(folder: Path) -> None:
    for style in ("netlify", "cloudflare"):
        with serving(folder, style=style) as server:
            assert server.get("/old?a=b&c").location == "/docs/?a=b&c"
            assert server.get("/part?a=b").location == "/docs/?a=b#part"
            assert server.get("/asks?a=b").location == "/docs/?x=1"


def test_a_rewrite_answers_with_the_target_under_the_same_address(folder: Path) -> None:
    with serving(folder) as server:
        assert [shown(server.get(target)) for target in ("/profile", "/spa/", "/spa/x/y")] == [
            "200 user",
            "200 app",
            "200 app",
        ]
        assert server.get("/profile").headers["etag"] == server.get("/users/id").headers["etag"]
    with serving(folder, style="cloudflare") as server:
        assert shown(server.get("/profile")) == "308 /users/id"
        assert shown(server.get("/spa/x/y")) == "200 app"


def test_files_win_over_rules_at_netlify_unless_forced_and_never_at_cloudflare(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "index.html": "home", "a.txt": "a", "b.txt": "b", "_redirects": "/a.txt /x 301\n/b.txt /x 301!\n/c.txt /x\n",
    }  # fmt: skip
    with site(tmp_path, "netlify", files) as server:
        assert [shown(server.get(f"/{name}.txt")) for name in "abc"] == ["200 a", "301 /x", "301 /x"]
    with site(tmp_path, "cloudflare", files) as server:
        assert [shown(server.get(f"/{name}.txt")) for name in "abc"] == ["301 /x", "200 b", "302 /x"]


def test_netlify_takes_paths_with_and_without_a_slash_at_the_end_for_one(folder: Path) -> None:
    targets = ("/old/", "/gone", "/from", "/news/2026/05/", "/profile/")
    with serving(folder) as server:
        assert [server.get(target).status for target in targets] == [301, 302, 301, 301, 200]
    with serving(folder, style="cloudflare") as server:
        assert [server.get(target).status for target in targets] == [404] * 5


def test_the_first_rule_counts_whether_it_has_wildcards_or_not(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"404.html": "", "_redirects": "/a /one\n/* /two\n/b /three\n/a /four\n"}
    for style in ("netlify", "cloudflare"):
        with site(tmp_path, style, files) as server:
            assert [server.get(target).location for target in ("/a", "/b", "/c")] == ["/one", "/two", "/two"]


def test_netlify_rules_may_ask_for_a_query_and_have_other_statuses(tmp_path: Path) -> None:
    rules = (
        "/shop id=:id kind=new /new/:id 301\n/shop id=:id /:id 301\n"
        "/gone /went.html 410\n/de/* /went.html 404\n/api/* 200\n"
    )
    files: dict[str, str | bytes] = {"went.html": "gone", "404.html": "none", "_redirects": rules}
    with site(tmp_path, "netlify", files) as server:
        assert server.get("/shop?kind=new&id=5%20a").location == "/new/5%20a?kind=new&id=5%20a"
        assert server.get("/shop?id=5").location == "/5?id=5"
        assert server.get("/shop?x=5").status == 404
        assert shown(server.get("/gone")) == "410 gone"
        assert (server.get("/de/x").status, server.get("/de/x").body) == (404, b"gone")
        assert server.get("/api/x").status == 404


def test_a_splat_may_stand_inside_a_path(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"404.html": "", "_redirects": "/a/*/end /x/:splat\n/pre* /y/:splat\n"}
    with site(tmp_path, "netlify", files) as server:
        assert [server.get(path).location for path in ("/a/b/c/end", "/a/end", "/prefix", "/pre")] == [
            "/x/b/c", "/x/", "/y/fix", "/y/",
        ]  # fmt: skip


def test_a_name_that_caught_nothing_stays_as_it_is(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"404.html": "", "_redirects": "/:a/x /:a/:b/:splat 301\n"}
    for style in ("netlify", "cloudflare"):
        with site(tmp_path, style, files) as server:
            assert server.get("/q/x").location == "/q/:b/:splat"


@pytest.mark.parametrize("style", ["github", "nginx"])
def test_github_and_nginx_know_neither_file(style: StyleName, folder: Path) -> None:
    with serving(folder, style=style) as server:
        assert [server.get(target).status for target in ("/old", "/spa/x", "/_redirects")] == [404] * 3
        assert "x-all" not in server.get("/").headers


# -- _headers


def test_headers_of_all_paths_that_fit_are_sent(folder: Path) -> None:
    for style in ("netlify", "cloudflare"):
        with serving(folder, style=style) as server:
            headers = server.get("/docs/start/").headers
            assert (headers["x-all"], headers["x-twice"], headers["x-docs"]) == ("all", "one, two", "docs")
            assert headers["cache-control"] == "public, max-age=60"
            assert server.get("/_mfe/assets/x.0123456789.css").headers["cache-control"].endswith("immutable")
            assert server.get("/nothing").headers["x-all"] == "all"
            assert "x-docs" not in server.get("/").headers
            assert server.get("/users/id").headers["x-who"] == "user"
            assert "x-who" not in server.get("/users/id/x").headers


def test_headers_that_several_paths_set_are_the_last_at_netlify_and_all_at_cloudflare(tmp_path: Path) -> None:
    rules = "/*\n  X-A: one\n  X-B: b\n/a.txt\n  X-A: two\n  ! X-B\n  X-Name: :splat\n/:name\n  X-Name: the :name\n"
    files: dict[str, str | bytes] = {"a.txt": "a", "_headers": rules}
    with site(tmp_path, "netlify", files) as server:
        headers = server.get("/a.txt").headers
        assert (headers["x-a"], headers["x-b"], headers["x-name"]) == ("two", "b", "the :name")
    with site(tmp_path, "cloudflare", files) as server:
        headers = server.get("/a.txt").headers
        assert (headers["x-a"], headers["x-name"]) == ("one, two", ":splat, the a.txt")
        assert "x-b" not in headers


def test_a_rule_may_say_another_type_and_nothing_of_how_an_answer_is_sent(tmp_path: Path) -> None:
    names = ("Content-Length", "Transfer-Encoding", "Connection", "Set-Cookie", "ETag", "Location", "Date")
    rules = "/*\n  Content-Type: text/x-own\n" + "".join(f"  {name}: 5\n" for name in names)
    for style in ("netlify", "cloudflare"):
        with site(tmp_path, style, {"a.txt": "text", "_headers": rules}) as server:
            answer = server.get("/a.txt")
        assert (answer.body, answer.headers["content-type"]) == (b"text", "text/x-own")
        assert "5" not in answer.headers.values()


def test_redirects_have_headers_at_cloudflare_and_none_at_netlify(folder: Path) -> None:
    for style, expected in (("netlify", None), ("cloudflare", "all")):
        with serving(folder, style=style) as server:
            assert server.get("/old").headers.get("x-all") == expected


def test_each_host_says_how_long_an_answer_may_be_kept(tmp_path: Path) -> None:
    expected = {
        "netlify": ("public, max-age=0, must-revalidate",) * 2,
        "cloudflare": ("public, max-age=0, must-revalidate", "no-store"),
        "github": ("max-age=600",) * 2,
        "nginx": (None, None),
    }
    for style in STYLES:
        with site(tmp_path, style, {"index.html": "x", "404.html": "y"}) as server:
            assert tuple(server.get(target).headers.get("cache-control") for target in ("/", "/x")) == expected[style]


# -- lines that do nothing


def ignored(style: StyleName, redirects: str = "", headers: str = "") -> list[str]:
    _, found = read_rules(View({}, redirects, headers), STYLES[style])
    return [f"{name}:{line.line.number}: {line.why}" for name, line in found]


@pytest.mark.parametrize(
    ("line", "netlify", "cloudflare"),
    [
        ("/a /b", "", ""), ("/a /b 301", "", ""), ("/a /b#x # why", "", ""), ("/a https://x.example/:splat", "", ""),
        ("/a http://x.example/", "", "begins with https"), ("/a /b 301!", "", "statuses"),
        ("/a /b 404", "", "statuses"), ("/a x=1 /b 301", "", "nothing else"),
        ("/a /b 301 Country=de", "Country", "nothing else"), ("/a", "a target", "a path, a target"),
        ("/a /b 999", "status", "statuses"), ("/a /b soon", "status", "statuses"), ("a /b", "begins with /", ""),
        ("https://x.example/a /b", "another host", "another host"), ("/a mailto:x", "a target", "a target"),
        ("/a //evil.example/", "another host", "another host"), ("/a /\\evil.example", "another host", "another host"),
        ("/* https://:splat.example/", "anywhere", "anywhere"),
        ("/a https://x.example/ 200", "not fetched", "not fetched"),
        ("/.netlify/x /b", "the host", ""), ("/* /index.html 200", "", "circle"), ("/a/ /a/index.html", "", "circle"),
        ("/:a/:a /b", "", "twice"), ("/*/x/* /b", "", "twice"), ("/a " + "/b" * 1000, "", "longer"),
    ],
)  # fmt: skip
def test_a_redirect_that_does_nothing_is_told_with_why(line: str, netlify: str, cloudflare: str) -> None:
    for style, why in (("netlify", netlify), ("cloudflare", cloudflare)):
        found = ignored(style, "# one\n\n" + line)  # type: ignore[arg-type]
        assert len(found) == bool(why), found
        assert all(text.startswith("_redirects:3: ") and why in text for text in found)


def test_cloudflare_takes_so_many_rules_and_one_for_a_path() -> None:
    assert ignored("cloudflare", "/a /b\n/a /c\n") == ["_redirects:2: an earlier line begins at the same path"]
    plain = "".join(f"/{number} /x\n" for number in range(2001))
    assert [text.split(":")[1] for text in ignored("cloudflare", plain)] == ["2001"]
    wild = "/0 /x\n/*/a /x\n" + "".join(f"/{number} /x\n" for number in range(1, 102))
    assert [text.split(":")[1] for text in ignored("cloudflare", wild)] == ["102", "103"]
    assert [text.split(":")[1] for text in ignored("cloudflare", headers="/a\n X: y\n" * 101)] == ["201"]
    assert ignored("netlify", plain + wild) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X-A: b", "no path"), ("/a\n  X-A", "a name, a colon"), ("/a\n  X-A:", "a name, a colon"),
        ("/a\n  X A: b", "a name, a colon"), ("/a\n  X-A: b\u0100", "a character"),
        ("/a\n  X-A: b\x00c", "a character"),
        ("/a\n  Content-Length: 5", "the server"), ("/a\n  Access-Control-Allow-Origin: *", "another origin"),
        ("https://x.example/a", "another host"),
    ],
)  # fmt: skip
def test_a_header_that_does_nothing_is_told_with_why(text: str, why: str) -> None:
    for style in ("netlify", "cloudflare"):
        (found,) = ignored(style, headers=text)
        assert why in found


# -- witnesses


def addresses(dist: Path) -> list[str]:
    """Every file of a build as an address, and some where nothing is."""
    files = [
        f"/{os.path.relpath(os.path.join(above, name), dist)}" for above, _, names in os.walk(dist) for name in names
    ]
    hidden = {"/_headers", "/_redirects", "/_mfe/manifest.json"}
    pages = [path.removesuffix("index.html") for path in files if path.endswith("/index.html")]
    return sorted({*files, *pages, *(path.rstrip("/") for path in pages if path != "/"), "/x", "/docs/x/y"} - hidden)


def asked_of(answer: Got) -> tuple[int, str, str, dict[str, str]]:
    """What two servers have to agree about."""
    said = {
        name: value for name, value in answer.headers.items() if name.startswith(("x-", "cache-", "content-security"))
    }
    said.pop("x-content-type-options", None)  # the witness says it of every file
    if answer.status != 200:
        said.pop("cache-control", None)  # and how long these may be kept; the hosts differ
    return answer.status, answer.location, answer.headers.get("etag", "") and "tagged", said


WITNESS_DIFFERS = {
    "netlify": {  # measured at the host, or said by its own command line; the witness is simpler
        *("/file/", "/both", "/both/", "/index"),  # slashes
        *("/docs/nothing", "/docs/no/thing"),  # one 404 page
        *("/shadow", "/spa", "/from"),  # a file wins in every spelling; /x/* is /x, too
    },
    "cloudflare": {"/index", "/both"},  # a page is called by its file's name, where there is one
}


@pytest.mark.slow
@pytest.mark.skipif(not AUDIT.is_file(), reason="no other implementation here: ../shared/audit/serve.py is missing")
@pytest.mark.parametrize(("style", "its"), [("netlify", "netlify"), ("cloudflare", "cf")])
def test_an_independent_server_gives_the_same_answers(
    style: StyleName, its: str, folder: Path, demo: tuple[Path, Result], tmp_path: Path
) -> None:
    dist = demo[0] / "dist"
    for place, targets in ((folder, PATHS), (dist, addresses(dist))):

        def audit(port: int, place: Path = place) -> list[str]:
            return [sys.executable, str(AUDIT), str(place), "--port", str(port), "--host-style", its]

        with started(audit, tmp_path / "said") as other, serving(place, style=style) as server:
            for target in targets:
                if target in WITNESS_DIFFERS[style]:
                    continue
                ours, theirs = server.get(target), other.get(target)
                if ours.location and style == "netlify":  # its redirects have no headers
                    ours, theirs = (answer._replace(headers={"location": answer.location}) for answer in (ours, theirs))
                if "#" in ours.location and "?" in target:  # the witness puts the query behind the anchor
                    continue
                assert asked_of(ours) == asked_of(theirs), target
                if ours.status == 200:
                    assert ours.body == theirs.body, target
        assert len(targets) > 60


NGINX = """
daemon off; worker_processes 1; pid {work}/pid; error_log stderr; {user}
events {{ worker_connections 64; }}
http {{
  include /etc/nginx/mime.types; default_type application/octet-stream; access_log off; absolute_redirect off;
  client_body_temp_path {work}/a; proxy_temp_path {work}/b; fastcgi_temp_path {work}/c; uwsgi_temp_path {work}/d;
  scgi_temp_path {work}/e;
  server {{
    listen 127.0.0.1:{port}; root {root}; error_page 404 /404.html;
    location / {{ try_files $uri $uri/index.html =404; }}
  }}
}}
"""


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_nginx_gives_the_same_answers(folder: Path, tmp_path: Path) -> None:
    user = "user root;" if os.geteuid() == 0 else ""

    def nginx(port: int) -> list[str]:
        (tmp_path / "nginx.conf").write_text(NGINX.format(work=tmp_path, port=port, root=folder, user=user))
        return ["nginx", "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"]

    targets = (*PATHS, "/docs//start/", "//docs/", "/docs%2Fstart/", "/%64ocs/", "/docs/%zz", "/docs/?%00")
    with (
        started(nginx, tmp_path / "said") as other,
        serving(folder, style="nginx") as server,
    ):
        for target in targets:
            for method in ("GET", "HEAD"):
                ours, theirs = server.ask(method, target), other.ask(method, target)
                if theirs.status == 400:
                    assert ours.status in {400, 404}, target
                    continue
                assert (ours.status, ours.location, ours.body) == (theirs.status, theirs.location, theirs.body), target
        whole = len(FILES["index.html"])
        for header in (
            "bytes=0-3",
            "bytes=2-",
            "bytes=-2",
            f"bytes={whole}-",
            "bytes=-0",
            "bytes=3-1",
            "bytes=",
            "x=0-1",
        ):
            ours, theirs = (at.get("/", range=header) for at in (server, other))
            if re.fullmatch(r"bytes=-0|bytes=3-1|bytes=", header):  # nginx calls them unsatisfiable, RFC 9110 invalid
                assert ours.status in {200, 416}
                continue
            assert (ours.status, ours.body) == (theirs.status, theirs.body if ours.body else b""), header
            assert ours.headers.get("content-range") == theirs.headers.get("content-range"), header
        assert other.ask("POST", "/").status == server.ask("POST", "/").status == 405
