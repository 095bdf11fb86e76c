"""What the server sends for a file: its bytes, types, tags, parts and encodings, always of the site as it is now."""

import gzip
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mfe_static.digests import digest
from mfe_static.serve import Asked
from mfe_static.serve.encoding import Packed, chosen
from mfe_static.serve.media import media_type, shrinks
from mfe_static.serve.view import File, View, base_path_of, standing
from serving import Server, finished, serving
from sites import made
from sites import page as built_page

PAGE = "<!doctype html><title>Größe</title>" + "<p>Some words of a page.</p>" * 40
FILES: dict[str, str | bytes] = {
    "index.html": PAGE,
    "404.html": "<h1>Not here</h1>",
    "docs/index.html": "docs",
    "größe/index.html": "size",
    "a b/index.html": "blank",
    "data.json": "{}",
    "big.txt": "".join(f"line {number}\n" for number in range(500)),
    "picture.png": b"\x89PNG" + bytes(range(256)) * 4,
    "empty.txt": "",
    ".well-known/security.txt": "Contact",
    "_headers": "/*\n  X-All: yes\n/old.txt\n  Vary: Cookie\n",
    "_redirects": "/old /docs/ 301\n",
    "old.txt": "word " * 100,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("site"), FILES)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as running:
        yield running


# -- files


def test_a_page_is_what_stands_in_the_folder(server: Server) -> None:
    with server.browser() as browser:
        answer = browser.get("/")
    assert (answer.status_code, answer.text, answer.http_version) == (200, PAGE, "HTTP/1.1")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "date" in answer.headers
    assert "server" not in answer.headers


def test_a_path_is_decoded_once(server: Server) -> None:
    assert server.get("/gr%C3%B6%C3%9Fe/").body == b"size"
    assert server.get("/gr%c3%b6%c3%9fe/").body == b"size"
    assert server.get("/a%20b/").body == b"blank"
    assert server.get("/%64ocs/").body == b"docs"
    assert server.get("/%2564ocs/").status == 404


def test_what_is_not_there_is_the_sites_own_page_with_404(server: Server) -> None:
    answer = server.get("/nothing/here")
    assert (answer.status, answer.body) == (404, b"<h1>Not here</h1>")
    assert answer.headers["x-all"] == "yes"
    assert "etag" not in answer.headers


def test_files_for_the_host_are_not_served(server: Server) -> None:
    for path in ("/_headers", "/_redirects", "/_mfe/manifest.json"):
        assert server.get(path).status == 404


def test_a_query_changes_nothing_about_a_file(server: Server) -> None:
    assert server.get("/docs/?x=1&y=/../").body == b"docs"


def test_the_well_known_folder_is_served_and_no_other_dotfile(tmp_path: Path) -> None:
    names = (".env", ".git/config", "docs/.htaccess", ".well-known/.secret", "x/.well-known/y")
    finished(tmp_path, {".well-known/a": "a", **dict.fromkeys(names, "secret")})
    with serving(tmp_path) as server:
        assert server.get("/.well-known/a").body == b"a"
        assert [server.get(f"/{name}").status for name in names] == [404] * len(names)


def test_only_files_of_the_manifest_are_served(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "home", "notes.txt": "mine"}, listed={"index.html": "home"})
    with serving(tmp_path) as server:
        assert server.get("/").status == 200
        assert server.get("/notes.txt").status == 404


def test_the_machine_has_no_say_in_media_types() -> None:
    assert media_type("/x.js") == media_type("/X.MJS") == "text/javascript; charset=utf-8"
    assert media_type("/a/b.woff2") == "font/woff2"
    assert media_type("/a.d/file") == media_type("/a.unheard") == "application/octet-stream"
    assert [shrinks(media_type(name)) for name in ("a.svg", "a.json", "a.wasm", "a.png", "a.woff2")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_other_methods_are_refused_with_those_that_are_known(server: Server) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        answer = server.ask(method, "/")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_head_request_gets_the_headers_of_the_answer_and_no_content(server: Server) -> None:
    for target in ("/", "/nothing", "/old", "/picture.png"):
        whole, head = server.get(target), server.ask("HEAD", target)
        assert head.body == b""
        assert (head.status, head.headers) == (whole.status, {**whole.headers, "date": head.headers["date"]})


def test_answers_say_how_long_they_may_be_kept(server: Server) -> None:
    assert server.get("/").headers["cache-control"] == "public, max-age=0, must-revalidate"


def test_no_browser_keeps_a_redirect_for_good_since_every_local_site_has_the_same_name(server: Server) -> None:
    for target in ("/old", "/docs"):
        answer = server.get(target)
        assert (answer.status, answer.headers["cache-control"]) == (301, "no-cache")


# -- conditional requests


def test_a_browser_that_has_a_page_is_told_so(server: Server) -> None:
    tag = server.get("/docs/").headers["etag"]
    assert tag == f'"{digest(b"docs")}"'
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = server.get("/docs/", if_none_match=header)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"]
    assert server.get("/docs/", if_none_match='"other"').status == 200


def test_a_page_that_is_not_there_is_never_told_to_be_known(server: Server) -> None:
    assert server.get("/nothing", if_none_match="*").status == 404


def test_each_encoding_has_its_own_tag(server: Server) -> None:
    tags = [server.get("/", accept_encoding=name).headers["etag"] for name in ("br", "gzip", "identity")]
    assert len(set(tags)) == 3
    assert server.get("/", accept_encoding="br", if_none_match=tags[0]).status == 304
    assert server.get("/", accept_encoding="gzip", if_none_match=tags[0]).status == 200


def test_a_tag_is_of_the_bytes_that_are_sent_whatever_happened_to_the_file(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "as built"})
    with serving(tmp_path) as server:
        (tmp_path / "index.html").write_text("by hand!")
        assert server.get("/").headers["etag"] == f'"{digest(b"by hand!")}"'


# -- encodings


def test_text_is_compressed_as_the_browser_likes(server: Server) -> None:
    best, known = server.get("/", accept_encoding="gzip, br"), server.get("/", accept_encoding="gzip")
    assert (best.headers["content-encoding"], known.headers["content-encoding"]) == ("br", "gzip")
    assert brotli.decompress(best.body) == gzip.decompress(known.body) == PAGE.encode()
    assert best.headers["vary"] == known.headers["vary"] == server.get("/").headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in server.get("/").headers


def test_compressed_answers_are_the_same_bytes_each_time(server: Server) -> None:
    assert server.get("/", accept_encoding="gzip").body == server.get("/", accept_encoding="gzip").body


def test_a_page_for_what_is_not_there_is_compressed_too(tmp_path: Path) -> None:
    finished(tmp_path, {"404.html": PAGE})
    with serving(tmp_path) as server:
        answer = server.get("/x", accept_encoding="br")
        assert (answer.status, brotli.decompress(answer.body)) == (404, PAGE.encode())


def test_what_does_not_shrink_is_sent_as_it_is(server: Server) -> None:
    for target in ("/picture.png", "/data.json"):
        answer = server.get(target, accept_encoding="br, gzip")
        assert not {"content-encoding", "vary"} & answer.headers.keys()


def test_a_rule_may_vary_by_more(server: Server) -> None:
    assert server.get("/old.txt").headers["vary"] == "Cookie, Accept-Encoding"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", ""), ("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("*", "br"), ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"), ("br;q=0.5, gzip;q=0.8", "gzip"), ("gzip;q=1.0, br;q=1", "br"), ("identity", ""),
        ("*;q=0", ""), ("br;q=0, *", "gzip"), ("identity, gzip;q=0.5", ""), ("gzip;q=2", ""), ("br ; q=0.001", "br"),
        ("x-gzip", "gzip"), (";;,,q=1", ""), ("br;q=x, gzip;level=9", ""),
    ],
)  # fmt: skip
def test_the_encoding_is_the_one_that_the_client_likes_best(accept: str, expected: str) -> None:
    assert chosen(accept, ("br", "gzip")) == expected


def test_where_brotli_is_not_installed_gzip_does(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("mfe_static.packing.find_spec", lambda name: None)
    with serving(folder) as server:
        assert server.get("/", accept_encoding="br, gzip").headers["content-encoding"] == "gzip"


def test_what_was_compressed_is_remembered_within_bounds() -> None:
    packed = Packed(room=100)
    for number in range(10):
        packed.put(str(number), bytes(20))
    assert [bool(packed.get(str(number))) for number in range(10)] == [False] * 5 + [True] * 5
    packed.get("5")
    packed.put("more", bytes(20))
    packed.put("huge", bytes(90))
    assert [bool(packed.get(name)) for name in ("5", "6", "more", "huge")] == [True, False, True, False]


# -- the site as it is now


def test_a_later_build_is_seen_at_once(tmp_path: Path) -> None:
    files = {"teams/home/pages/index.md": "# One\n"}
    made(tmp_path, files)
    with serving(tmp_path / "dist") as server:
        before = server.get("/")
        assert b"One" in before.body
        made(tmp_path, {"teams/home/pages/index.md": "# Two\n", "teams/home/pages/more.md": "# More\n"})
        after = server.get("/", if_none_match=before.headers["etag"])
        assert (after.status, b"Two" in after.body) == (200, True)
        assert server.get("/more/").status == 200


def test_rules_are_those_of_the_latest_build(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x", "_redirects": "/a / 301\n"})
    with serving(tmp_path) as server:
        assert server.get("/a").status == 301
        finished(tmp_path, {"index.html": "x", "_redirects": "/b / 302\n"})
        assert [server.get(path).status for path in ("/a", "/b")] == [404, 302]


def test_a_site_that_is_removed_is_gone_and_comes_back(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x"})
    with serving(tmp_path) as server:
        (tmp_path / "_mfe/manifest.json").unlink()
        assert server.get("/").status == 404
        finished(tmp_path, {"index.html": "y"})
        assert server.get("/").body == b"y"


def test_a_file_that_is_missing_for_a_moment_is_404_and_no_more(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x"})
    (tmp_path / "index.html").unlink()
    with serving(tmp_path) as server:
        assert server.get("/").status == 404


# -- below a path


def test_a_site_with_a_path_is_shown_below_it(tmp_path: Path) -> None:
    made(
        tmp_path,
        {
            "teams/home/pages/index.md": "---\ntitle: Home\naliases: [/old/]\n---\n\n[More](more/index.md)\n",
            "teams/home/pages/more/index.md": "# More\n",
        },
        keys='base_url = "https://site.example/shop/größe"',
    )
    view = standing(str(tmp_path / "dist"))
    assert view is not None
    base = base_path_of(view)
    assert base == "/shop/gr%C3%B6%C3%9Fe"
    with serving(tmp_path / "dist", base_path=base) as server:
        for outside in ("/", base):
            assert (server.get(outside).status, server.get(outside).location) == (302, f"{base}/")
        assert server.get(f"{base}/").body.decode() == built_page(tmp_path, "/")
        assert server.get(f"{base}/more").location == f"{base}/more/"
        assert server.get(f"{base}/old/").location == f"{base}/"
        assert [server.get(path).status for path in ("/more/", "/shop/", f"{base}x/", f"{base}/nothing/")] == [404] * 4
        for link in set(re.findall(r'(?:href|src)="(/[^"]*)"', built_page(tmp_path, "/"))):
            assert server.get(link).status == 200


def test_a_site_that_says_nothing_of_a_path_has_none(tmp_path: Path) -> None:
    for index in ("[]", "{}", '{"base_url": 5}', '{"base_url": "https://site.example/"}', "\xff"):
        view = standing(str(finished(tmp_path, {"_mfe/site.json": index})))
        assert view is not None
        assert base_path_of(view) == ""


# -- for the development server


def test_a_view_may_name_files_of_several_folders_and_change_between_requests(tmp_path: Path) -> None:
    for name in ("one", "two"):
        finished(tmp_path / name, {"index.html": name})
    one, two = (File(str(tmp_path / name), "index.html", "") for name in ("one", "two"))
    views = [
        View({"/index.html": one, "/two/index.html": two}),
        View({"/index.html": two}, headers="/*\n  X-New: yes\n"),
    ]
    current = iter([views[0], views[0], views[1]])
    with serving(lambda: next(current)) as server:
        assert [server.get(path).body for path in ("/", "/two/")] == [b"one", b"two"]
        answer = server.get("/")
        assert (answer.body, answer.headers["x-new"]) == (b"two", "yes")


def test_pages_are_changed_on_their_way_out_and_nothing_else_is(folder: Path) -> None:
    def transform(request: Request, path: str, html: bytes) -> bytes:
        return html + f"<!-- {path} {request.query_params.get('q', '')} -->".encode()

    with serving(folder, transform=transform) as server:
        page = server.get("/docs/?q=5")
        assert page.body == b"docs<!-- /docs/index.html 5 -->"
        assert page.headers["etag"] == f'"{digest(page.body)}"'
        assert server.get("/docs/?q=5", if_none_match=page.headers["etag"]).status == 304
        assert server.get("/docs/?q=6", if_none_match=page.headers["etag"]).status == 200
        assert server.get("/nothing").body.endswith(b"<!-- /404.html  -->")
        assert brotli.decompress(server.get("/", accept_encoding="br").body).endswith(b"<!-- /index.html  -->")
        assert server.get("/big.txt").body == str(FILES["big.txt"]).encode()


def test_a_request_waits_before_the_site_is_looked_at(folder: Path) -> None:
    told: list[str] = []
    seen: list[int] = []

    async def wait(path: str) -> None:
        told.append(path)

    def view() -> View:
        seen.append(len(told))
        return View({"/docs/index.html": File(str(folder), "docs/index.html", "")})

    with serving(view, wait=wait, base_path="/b") as server:
        assert server.get("/b/%64ocs/").body == b"docs"
        assert server.get("/docs/").status == 404
    assert (told, seen) == (["/docs/"], [1])


def test_further_routes_come_first_and_are_guarded_as_well(folder: Path) -> None:
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.method)

    with serving(folder, routes=[Route("/_mfe/dev/x", echo, methods=["GET", "POST"])], base_path="/b") as server:
        assert [server.ask(method, "/_mfe/dev/x").body for method in ("GET", "POST")] == [b"GET", b"POST"]
        assert server.ask("POST", "/_mfe/dev/x", origin="http://evil.example").status == 403
        assert server.get("/_mfe/dev/x", host="evil.example").status == 403
        assert server.get("/_mfe/dev/y").status == 404


def test_a_browser_asks_again_for_everything_where_that_is_wanted(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x", "_headers": "/*\n  Cache-Control: immutable\n"})
    with serving(tmp_path, fresh=True) as server:
        answer = server.get("/")
        assert answer.headers["cache-control"] == "no-cache"
        assert server.get("/", if_none_match=answer.headers["etag"]).status == 304


def test_a_bug_of_ours_is_told_and_ends_nothing(folder: Path) -> None:
    broken: list[Exception] = []

    def transform(request: Request, path: str, html: bytes) -> bytes:
        raise RuntimeError("secret detail")

    with serving(folder, transform=transform, broke=broken.append) as server:
        answer = server.get("/")
        assert answer.status == 500
        assert b"secret" not in answer.body
        assert server.get("/big.txt").status == 200
    assert [str(error) for error in broken] == ["secret detail"]


def test_every_answer_is_told_of(folder: Path) -> None:
    told: list[Asked] = []
    done = threading.Event()

    def asked(one: Asked) -> None:
        told.append(one)
        if len(told) == 3:
            done.set()

    with serving(folder, asked=asked) as server:
        server.get("/docs/?x=1")
        server.get("/nothing%20here")
        server.ask("POST", "/", host="evil.example")
        assert done.wait(30)
    assert [one[:3] for one in told] == [("GET", "/docs/", 200), ("GET", "/nothing%20here", 404), ("POST", "/", 403)]


def test_an_answer_takes_as_long_as_is_said(folder: Path) -> None:
    told: list[Asked] = []
    with serving(folder, asked=told.append, latency=0.05) as server:
        server.get("/docs/")
    assert told[0].seconds >= 0.05


def test_many_clients_at_once_get_what_each_asked_for(folder: Path) -> None:
    wrong: list[str] = []

    def ask(server: Server) -> None:
        with server.browser() as browser:
            for _ in range(20):
                for target, expected in (("/docs/", "docs"), ("/", PAGE), ("/big.txt", str(FILES["big.txt"]))):
                    if browser.get(target).text != expected:
                        wrong.append(target)

    with serving(folder) as server:
        threads = [threading.Thread(target=ask, args=(server,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
