"""What nobody gets from the server: a file outside the site, an answer for another origin, a way to another host."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.serve.guard import loopback
from mfe_static.serve.hosts import STYLES, StyleName
from mfe_static.serve.paths import decoded, local
from mfe_static.serve.view import servable, standing
from serving import Server, finished, serving

SECRET = b"SECRET of this machine"
SITE: dict[str, str | bytes] = {
    "index.html": "<p>home</p>", "404.html": "<p>nothing here</p>", "docs/index.html": "<p>docs</p>", "a.css": "a{}",
    "docs/file.html": "<p>file</p>", "_redirects": "/from/* /:splat 301\n/out/* https://example.com/:splat 302\n",
    "_headers": "/*\n  X-All: yes\n",
}  # fmt: skip
HIDDEN = (
    "notes.txt", ".env", ".git/config", "docs/.secret", "docs/draft.html", ".well-known/../x", "_mfe/.incoming",
    "con", "a.map", "docs/file.html.bak",
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with secrets in its folder, beside it and behind links."""
    above = tmp_path_factory.mktemp("machine")
    folder = finished(above / "dist", SITE)
    for name in HIDDEN:
        place = folder / os.path.normpath(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(SECRET)
    (above / "secret.txt").write_bytes(SECRET)
    (above / "dist-too").mkdir()
    (above / "dist-too/secret.txt").write_bytes(SECRET)
    (folder / "link").symlink_to(above)
    (folder / "link.txt").symlink_to(above / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def servers(root: Path) -> Iterator[dict[StyleName, Server]]:
    with (
        serving(root, style="netlify") as netlify,
        serving(root, style="cloudflare") as cloudflare,
        serving(root, style="github") as github,
        serving(root, style="nginx") as nginx,
    ):
        yield {"netlify": netlify, "cloudflare": cloudflare, "github": github, "nginx": nginx}


@pytest.fixture
def server(servers: dict[StyleName, Server]) -> Server:
    return servers["netlify"]


# -- paths

ATTACKS = (
    b"/../secret.txt", b"/..", b"/docs/../../secret.txt", b"/%2e%2e/secret.txt", b"/%2e%2e/%2e%2e/etc/passwd",
    b"/.%2e/secret.txt", b"/..%2f..%2fsecret.txt", b"/..%2fsecret.txt", b"/%2e%2e%2fsecret.txt",
    b"/%2e%2e%5csecret.txt", b"/..%5c..%5csecret.txt", b"/..\\secret.txt", b"/docs/..%2f..%2fsecret.txt",
    b"/%252e%252e/secret.txt", b"/%252e%252e%252fsecret.txt", b"/..;/secret.txt", b"/.../secret.txt",
    b"/./../secret.txt", b"/link/secret.txt", b"/link.txt", b"/link/dist/index.html", b"/etc/passwd", b"//etc/passwd",
    b"///etc/passwd", b"/%2fetc%2fpasswd", b"/@fs/etc/passwd", b"/@fs//etc/passwd", b"/file:///etc/passwd", b"/.env",
    b"/.env/.", b"/.env/", b"/.env%5c", b"/.env\\", b"/.env::$DATA", b"/.ENV", b"/.env?raw", b"/.env?raw??",
    b"/.env?import&raw", b"/.env?url&inline", b"/notes.txt", b"/notes.txt?raw", b"/notes.txt/", b"/notes.txt%00",
    b"/notes.txt%00.html", b"/%00", b"/index.html%00", b"/a.map", b"/a.css/../notes.txt", b"/a.css%00/../notes.txt",
    b"/%c0%ae%c0%ae/secret.txt", b"/%c0%ae%c0%ae%c0%afsecret.txt", b"/%e0%80%ae%e0%80%ae/secret.txt",
    b"/%f0%80%80%ae./secret.txt", b"/%uff0e%uff0e/secret.txt", b"/%ff", b"/%", b"/%2", b"/%zz", b"/.git/config",
    b"/.git%2fconfig", b"/%2egit/config", b"/docs/.secret", b"/docs/%2esecret", b"/_headers", b"/_redirects",
    b"/%5fheaders", b"/_headers/", b"/_mfe/manifest.json", b"/_mfe//manifest.json", b"/_mfe/.incoming", b"/_mfe/",
    b"/#/../.env", b"/#", b"http://evil.example/", b"http://localhost/", b"HTTP://localhost/../secret.txt", b"*",
    b"index.html", b"../secret.txt", b"\\..\\secret.txt", b"?/../secret.txt", b"/con", b"/aux", b"/docs/draft",
    b"/docs/file.html.bak", b"/docs/FILE.html", b"/dist-too/secret.txt", b"/../dist-too/secret.txt",
    b"/" + b"a/" * 3000, b"/" + b"%2e%2e/" * 1000 + b"secret.txt", b"/" + b"x" * 64_000,
)  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_no_known_attack_gets_a_file_that_is_not_of_the_site(
    servers: dict[StyleName, Server], style: StyleName
) -> None:
    server = servers[style]
    for target in ATTACKS:
        status = server.status(target)
        assert status in {400, 403, 404}, target
    assert server.get("/").body == SITE["index.html"].encode()  # type: ignore[union-attr]


@pytest.mark.parametrize("style", STYLES)
def test_no_answer_to_a_known_attack_holds_anything_but_what_is_for_everybody(
    servers: dict[StyleName, Server], style: StyleName
) -> None:
    for target in ATTACKS:
        answer = servers[style].raw(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert SECRET not in answer
        assert b"root:" not in answer
        assert target[:50] not in answer or target in {b"/", b"*", b"/#", b"/%"}, "nothing of a request is said again"


pieces = st.sampled_from(
    "/ // . .. %2e %2E%2e %2f %2F %5c \\ %00 %c0%ae %252e : ; ? # ~ % %zz %0d%0a %09 %20 + * @ index.html docs "
    "file.html a.css notes.txt .env .git config secret.txt link link.txt etc passwd _headers _redirects _mfe "
    "manifest.json .well-known draft.html dist dist-too con from out evil.example http:".split()
)


@given(
    target=st.lists(pieces, max_size=8).map(lambda parts: ("/" + "".join(parts)).encode()),
    style=st.sampled_from(list(STYLES)),
)
def test_no_path_however_it_is_written_gives_a_file_outside_the_manifest(
    servers: dict[StyleName, Server], target: bytes, style: StyleName
) -> None:
    head, _, body = (
        servers[style]
        .raw(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .partition(b"\r\n\r\n")
    )
    assert int(head.split(b" ")[1]) in {200, 301, 302, 308, 400, 404}
    assert SECRET not in body
    if b" 200 " in head[:20]:
        assert body in [
            content.encode() for name, content in SITE.items() if name[0] != "_" and isinstance(content, str)
        ]
    location = next((line for line in head.split(b"\r\n") if line.startswith(b"location: ")), b"location: /")
    where = location.removeprefix(b"location: ")
    assert (where.startswith(b"/") and where[1:2] not in {b"/", b"\\"}) or where.startswith(b"https://example.com/")


@given(st.binary(max_size=40).map(lambda rest: b"/" + rest))
def test_a_path_is_decoded_to_plain_segments_or_refused(target: bytes) -> None:
    path = decoded(target)
    if path is not None:
        assert not {".", ".."} & set(path.split("/"))
        assert "\\" not in path
        assert path.isprintable() or all(ord(letter) > 0x7F for letter in path if not letter.isprintable())
        assert local(path).isascii()
        assert not local(path).startswith("//")


# -- folders


def test_a_forged_manifest_leads_nowhere(root: Path) -> None:
    names = (
        "../secret.txt", "/etc/passwd", "docs/../../secret.txt", "./index.html", "a//b", "..", "", "docs/", "x\\y",
        ".env", "link/secret.txt", "link.txt", "docs", "x\x00y",
    )  # fmt: skip
    forged = finished(root.parent / "forged", {"index.html": "x"}, listed=dict.fromkeys(names, ""))
    (forged / "link").symlink_to(root.parent)
    (forged / "link.txt").symlink_to(root.parent / "secret.txt")
    view = standing(str(forged))
    assert view is not None
    assert set(view.files) <= {"/link/secret.txt", "/link.txt", "/docs"}
    with serving(forged) as server:
        for name in names:
            assert server.status(b"/" + name.encode().replace(b"\x00", b"%00")) in {400, 404}, name


def test_a_file_that_is_none_is_not_opened(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x"}, listed={"index.html": "x", "pipe": "", "folder": "", "gone": ""})
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with serving(tmp_path) as server:
        assert [server.get(path).status for path in ("/pipe", "/folder", "/gone", "/")] == [404, 404, 404, 200]


def test_an_output_that_is_a_link_itself_is_served(root: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(root)
    with serving(tmp_path / "current") as server:
        assert server.get("/docs/").status == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", True), ("a/b.c/d", True), (".well-known/a", True), (".well-known/a/b", True), ("a~b/c:d", True),
        (".well-known/.a", False), ("a/.well-known/b", False), (".a", False), ("a/..", False), ("", False),
        ("a/", False), ("/a", False), ("_headers", False), ("_redirects", False), ("_mfe/manifest.json", False),
        ("a\\b", False), ("a/_headers", True),
    ],
)  # fmt: skip
def test_what_has_an_address(path: str, expected: bool) -> None:
    assert servable(path) is expected


# -- other hosts


@pytest.mark.parametrize("style", STYLES)
def test_no_path_leads_to_another_host(servers: dict[StyleName, Server], style: StyleName) -> None:
    for target in (
        "//evil.example/", "//evil.example/index", "//evil.example/%2e%2e", "/%2f/evil.example/",
        "/%2fevil.example/index", "/from//evil.example", "/from/%2fevil.example", "/from///evil.example/x",
        "/from/%5cevil.example", "/from/\\evil.example", "/from/http://evil.example/", "/out//evil.example",
        "/out/@evil.example", "/out/..%2f@evil.example", "//docs", "/docs//", "/from/%0d%0aX-Evil:%20yes",
        "/docs?%0d%0aX-Evil:yes", "/docs?\\evil", "/from/a?b=//evil.example",
    ):  # fmt: skip
        answer = servers[style].get(target)
        assert "x-evil" not in answer.headers
        where = answer.location or "/"
        assert not where.startswith(("//", "/\\")), target
        assert where.startswith(("/", "https://example.com/")), target


# -- who may ask


@pytest.mark.parametrize("host", [
    "localhost", "localhost:8000", "LOCALHOST", "localhost.", "shop.localhost:1", "127.0.0.1", "127.0.0.1:8000",
    "127.1.2.3", "[::1]", "[::1]:8000",
])  # fmt: skip
def test_this_machine_has_many_names(server: Server, host: str) -> None:
    assert server.get("/", host=host).status == 200


@pytest.mark.parametrize("host", [
    "evil.test", "localhost.evil.test", "evil.test:8000", "notlocalhost", "127.0.0.1.evil.test", "10.0.0.1", "0.0.0.0",
    "[::2]", "[::1", "::1", "[]", "", ":8000", "localhost:x", "local host", "localhost/evil", "localhost@evil.test",
    "localhost,evil.test", "localhost:80:80", "2130706433", "0x7f.1", "%6cocalhost", "localhost#", "[::1]x",
])  # fmt: skip
def test_a_request_for_another_host_is_refused(server: Server, host: str) -> None:
    answer = server.get("/", host=host)
    assert answer.status in {400, 403}
    assert b"home" not in answer.body
    assert answer.body.endswith(b".\n") or b"Invalid HTTP request" in answer.body


def test_a_request_names_one_host(server: Server) -> None:
    for request in (
        b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.0\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.test\r\nHost: localhost\r\n",
    ):  # fmt: skip
        assert server.raw(request + b"Connection: close\r\n\r\n").split(b" ")[1] == b"400"


def test_a_name_that_was_given_is_ours_too(root: Path) -> None:
    with serving(root, named=lambda host: host == "shop.test" or loopback(host)) as server:
        assert server.get("/", host="shop.test:80").status == 200
        assert server.get("/", host="evil.test").status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("origin", [
    "http://evil.test", "null", "http://[", "", "http://localhost", "https://evil.test:{port}", "http://localhost:{port}.evil.test",
    "http://localhost:{port}/", "file://", "localhost:{port}",
])  # fmt: skip
def test_pages_of_other_origins_are_refused(server: Server, method: str, origin: str) -> None:
    answer = server.ask(method, "/", origin=origin.format(port=server.port))
    assert answer.status == 403
    assert b"home" not in answer.body


def test_pages_of_the_site_itself_may_ask(server: Server) -> None:
    own = f"http://localhost:{server.port}"
    assert server.get("/", origin=own, sec_fetch_site="same-origin", sec_fetch_mode="cors").status == 200
    assert server.get("/a.css", sec_fetch_site="same-origin", sec_fetch_mode="no-cors").status == 200
    assert server.ask("POST", "/", origin=own).status == 405


def test_another_site_may_link_to_a_page_and_use_nothing_of_it(server: Server) -> None:
    assert server.get("/", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status == 200
    for mode in ("no-cors", "cors", "websocket"):
        assert server.get("/a.css", sec_fetch_site="cross-site", sec_fetch_mode=mode).status == 403
    assert server.get("/", sec_fetch_site="cross-site").status == 403


@pytest.mark.parametrize("style", STYLES)
def test_no_answer_opens_the_site_to_other_origins(tmp_path: Path, style: StyleName) -> None:
    rules = "/*\n  Access-Control-Allow-Origin: *\n  access-control-allow-credentials: true\n"
    finished(tmp_path, {"index.html": "x", "_headers": rules, "_redirects": "/a / 301\n"})
    with serving(tmp_path, style=style) as server:
        for target in ("/", "/a", "/nothing", "/%00"):
            for method in ("GET", "OPTIONS"):
                answer = server.ask(method, target, access_control_request_method="GET")
                assert not [name for name in answer.headers if name.startswith("access-control")]


# -- what is no HTTP


@pytest.mark.parametrize("request_", [
    b"\r\n\r\n", b"\x00\xff\xfe", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET  / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", b"G" * 100_000,
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzzz\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"CONNECT evil.test:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
])  # fmt: skip
def test_what_is_no_request_ends_nothing(server: Server, request_: bytes) -> None:
    server.raw(request_, hang_up=True)
    assert server.get("/").status == 200


def test_a_client_that_goes_away_or_never_finishes_holds_up_nobody(server: Server) -> None:
    import socket

    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    try:
        for link in waiting[:25]:
            link.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        for link in waiting[25:]:
            link.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            link.close()
        assert server.get("/").status == 200
    finally:
        for link in waiting:
            link.close()
