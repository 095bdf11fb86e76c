"""Teams that build with other tools: their documents come out as the tool wrote them, with the site's parts put in."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents import ODD, document
from mfe_static.html.whole import Home, read_document
from mfe_static.pieces import Link, Piece, Slot
from sites import (
    QUIET,
    Files,
    built,
    codes,
    contract,
    looked_ahead,
    made,
    only,
    page,
    problems,
    put,
    rendered,
    site,
    stitched,
    team_toml,
    tree,
)

TAKEN = '[build]\noutput = "html"\n'
FILLED = f"{TAKEN}[build.inject]\nheader = true\nfooter = true\n"
HOME: Files = {"teams/a/pages/index.md": "# Home\n"}
HEADER = '<header><a href="/">a</a><a href="/b/" aria-current="page">b</a></header>'
FOOTER = "<footer>Site</footer>"


def taken(files: Files, build: str = TAKEN) -> Files:
    """A site of a team that we build and of the team `b`, which brings documents; `files`: by path in its output."""
    own = {
        path if path.startswith(("teams/", "themes/")) else f"teams/b/html/{path}": text for path, text in files.items()
    }
    return {**HOME, "teams/b/team.toml": team_toml("b", build), **own}


# -- documents as they are

STYLED: Files = {
    "themes/plain/assets/theme.css": "header { color: red }",
    "teams/b/html/s.css": "p { color: red }",
    "teams/b/html/s.js": "1",
}


@pytest.mark.parametrize("title", ODD)
def test_a_document_is_as_its_tool_wrote_it_but_for_what_is_put_in(tmp_path: Path, title: str) -> None:
    marked = ODD[title]
    document = re.sub(r"⟨\w+⟩", "", marked)
    checks = '[checks]\nmissing-description = "off"\nheading-count = "off"\ninline-code = "off"\n'
    made(tmp_path, {**taken({"index.html": document.encode()}, FILLED), **STYLED}, tables=checks)
    written = (tmp_path / "dist/b/index.html").read_bytes().decode()
    styles = re.search(r'<link rel="stylesheet" href="/_mfe/assets/theme\.[^>]*>\n', written)
    assert styles
    parts = {"⟨styles⟩": styles[0], "⟨header⟩": HEADER, "⟨footer⟩": FOOTER}
    assert written == re.sub(r"⟨\w+⟩", lambda mark: parts[mark[0]], marked)


@pytest.mark.parametrize("title", ODD)
def test_a_document_into_which_nothing_is_put_is_the_same_file(tmp_path: Path, title: str) -> None:
    document = re.sub(r"⟨\w+⟩", "", ODD[title]).encode()
    built(site(tmp_path, {**taken({"index.html": document}), **STYLED}))
    assert (tmp_path / "dist/b/index.html").read_bytes() == document


_WORDS = st.sampled_from(
    '<!doctype html>|<html>|</html>|<head>|</head>|<body>|</body>|<title>|</title>|<p>|<a href=x>|<a href="b:c">|</a>|'
    "<script>|</script>|<style>|</style>|<template>|</template>|<svg>|</svg>|<![CDATA[|]]>|<!--|-->|--!>|<textarea>|"
    "</textarea>|<mfe-fragment src=a:b>|</mfe-fragment>|<img srcset='a 1x, b 2x'>|<base href=/x/>|<|>|\"|'|=|&amp;|"
    "text|"
    "\n|\r\n|\t|\0|é|\ufeff|<frameset>|<meta http-equiv=refresh content='0; url=x'>|<plaintext>|</|<a b='>".split("|")
)


@given(st.lists(_WORDS, max_size=30).map("".join))
def test_whatever_a_document_is_nothing_of_it_is_lost_or_written_anew(text: str) -> None:
    cut, _ = read_document(text, Home("https://example.org/shop", "/b/x.html"), frozenset())

    def printed(pieces: tuple[Piece, ...]) -> str:
        out = ""
        for piece in pieces:
            if isinstance(piece, Slot):
                out += "<mfe-fragment src=a:b>" + printed(piece.children.pieces)
            elif isinstance(piece, Link):
                out += piece.value
            elif isinstance(piece, str):
                out += piece
        return out

    end = "</mfe-fragment>"
    assert printed(cut.pieces).replace(end, "") == text.replace(end, "")


# -- places

PLACES = {
    "/b/": "index.html",
    "/b/about.html": "about.html",
    "/b/Team/": "Team/index.html",
    "/b/guide/start.html": "guide/start.html",
    "/b/old.htm": "old.htm",
}


def test_documents_and_files_stay_where_the_tool_put_them(tmp_path: Path) -> None:
    files = {path: document(url) for url, path in PLACES.items()}
    result = made(tmp_path, taken({**files, "_astro/x.Ab12.css": "p{}", "img/Größe.png": b"\0", ".htaccess": "x"}))
    assert {each.url: each.title for each in contract(result, "b").pages} == {url: url for url in PLACES}
    assert sorted(path for path in tree(tmp_path / "dist") if path.startswith("b/")) == sorted(
        [*(f"b/{path}" for path in files), "b/_astro/x.Ab12.css", "b/img/Größe.png"]
    )
    sitemap = (tmp_path / "dist/sitemap.xml").read_text()
    assert re.findall(r"<loc>http://localhost(/b[^<]*)</loc>", sitemap) == sorted(PLACES)


def test_refs_lead_to_documents_by_the_names_of_their_files(tmp_path: Path) -> None:
    text = "# Home\n\n[1](b:index) [2](b:about#x) [3](b:Team) [4](/b/about) [5](/b/team) [6](b:about.html)\n"
    files = {"index.html": document("B"), "about.html": document("A"), "about/index.html": document("A2", "<p id=x>"),
             "Team/index.html": document("T")}  # fmt: skip
    made(tmp_path, {**taken(files), "teams/a/pages/index.md": text})
    assert re.findall(r'href="([^"]*)">\d', page(tmp_path, "/")) == [
        "/b/", "/b/about/#x", "/b/Team/", "/b/about/", "/b/Team/", "/b/about.html"
    ]  # fmt: skip


def test_the_root_may_be_of_another_tool_with_its_own_page_for_what_is_not_there(tmp_path: Path) -> None:
    files = {"teams/b/html/index.html": document("B"), "teams/b/html/404.html": document("Nothing"),
             "teams/b/team.toml": team_toml("b", TAKEN)}  # fmt: skip
    result = made(tmp_path, files, routes={"b": "/"})
    assert (tmp_path / "dist/404.html").read_text() == document("Nothing")
    assert "404" not in (tmp_path / "dist/sitemap.xml").read_text()
    assert [each.url for each in contract(result, "b").pages] == ["/", "/404.html"]


def test_a_tool_keeps_folders_that_mean_something_to_us_elsewhere(tmp_path: Path) -> None:
    own = {
        f"teams/b/{path}": "{{ .Title }" for path in ("layouts/x.html", "data/x.json", "pages/x.md", "fragments/x.html")
    }
    files = {**own, "teams/b/public/index.html": document("B"), "teams/b/node_modules/x/y.html": "x"}
    build = TAKEN.replace("html", "public")
    made(tmp_path, {**HOME, **files, "teams/b/team.toml": team_toml("b", build)})
    assert [path for path in tree(tmp_path / "dist") if path.startswith("b/")] == ["b/index.html"]


def test_documents_are_read_for_what_they_say_of_themselves(tmp_path: Path) -> None:
    head = '<meta name="Description" content=" Words  of it ">'
    files = {
        "index.html": f"<!doctype html><html lang=de-AT><head>{head}<title>\n B &amp;  more</title></head><h1>x</h1>",
        "hidden.html": '<!doctype html><title>H</title><meta name=robots content="noindex, follow"><h1>x</h1>',
        "moved.html": '<!doctype html><meta http-equiv="refresh" content="0; url=/b/">',
        "part.html": "<p>A piece for a script",
    }
    result = made(tmp_path, taken(files, FILLED))
    pages = {each.url: each for each in contract(result, "b").pages}
    assert (pages["/b/"].title, pages["/b/"].description) == ("B & more", "Words of it")
    assert re.findall(r"<loc>http://localhost(/b[^<]*)</loc>", (tmp_path / "dist/sitemap.xml").read_text()) == ["/b/"]
    assert result.site
    assert {each.page.url: each.page.language for each in result.site.pages}["/b/"] == "de-AT"
    for path in ("moved.html", "part.html"):  # nobody reads these
        assert (tmp_path / "dist/b" / path).read_text() == files[path]
    assert HEADER.partition(" aria")[0] in page(tmp_path, "/b/hidden.html")


# -- links


def test_links_of_documents_are_checked_and_stay_as_they_are_written(tmp_path: Path) -> None:
    body = (
        "<a href=about.html>1</a><a href='./about.html?q=1&amp;r#team'>2</a><a href=/b/about#team>3</a>"
        '<a href=../>4</a><a href="about.html#no">5</a><a href=nix.html>6</a><a href=/nix/>7</a><img alt="" src=i.png '
        'srcset="i.png 1x, no.png 2x"><script src=/b/s.js integrity=sha384-x></script><link rel=stylesheet href=no.css '
        "integrity=sha384-y><a href=https://elsewhere.example/>8</a><a href='http://localhost/b/about.html'>9</a>"
        '<a href="#/route">10</a><a href=About.html>11</a><a href=#here id=here>12</a><form action=?x=1></form>'
        "<a href=mailto:a@b.example>13</a>"
    )
    files: dict[str, Any] = {
        "index.html": document("B", body),
        "about.html": document("About", "<p id=team>"),
        "i.png": b"\0",
        "s.js": "1",
    }
    result = built(site(tmp_path, taken(files)))
    assert [found.partition(" (")[0] for found in problems(result)] == [
        'teams/b/html/index.html:1:178: error[broken-anchor]: /b/about.html has no anchor "no"',
        "teams/b/html/index.html:1:206: error[broken-link]: nothing is at /b/nix.html; the path belongs to b",
        "teams/b/html/index.html:1:228: error[broken-link]: nothing is at /nix/; the path belongs to a",
        "teams/b/html/index.html:1:279: error[missing-asset]: there is no file /b/no.png; the path belongs to b",
        "teams/b/html/index.html:1:364: error[missing-asset]: there is no file /b/no.css; the path belongs to b",
        "teams/b/html/index.html:1:507: error[broken-link]: /b/About.html is spelt /b/about.html",
    ]
    good = re.sub(r"<a [^>]*(?:#no|nix|About)[^>]*>|, no\.png 2x|<link[^>]*no\.css[^>]*>", "", files["index.html"])
    put(tmp_path, "teams/b/html/index.html", good)
    assert problems(built(tmp_path)) == []
    assert page(tmp_path, "/b/") == good


def test_links_by_name_are_closed_where_they_stand(tmp_path: Path) -> None:
    files = {
        "index.html": document(
            "B", "<a class=x HREF='a:index#home'>1</a><a href=a:index>2</a><a href=\":about\">3</a>"
        ),
        "about.html": document("About"),
    }
    made(tmp_path, taken(files))
    assert page(tmp_path, "/b/") == document(
        "B", '<a class=x HREF="/#home">1</a><a href="/">2</a><a href="/b/about.html">3</a>'
    )
    put(tmp_path, "teams/b/html/index.html", document("B", "<a href=a:nix>1</a><a href=nix:x>2</a>"))
    assert [found.partition(": ")[2] for found in problems(built(tmp_path))] == [
        'error[unknown-page]: no page "a:nix" (Team B)',
        'error[unknown-page]: no team "nix" for the ref "nix:x" '
        '(Team B; if "nix:" is a URL scheme, add it to [links] schemes)',
    ]


def test_below_a_path_the_links_of_tools_have_it_already(tmp_path: Path) -> None:
    where = 'base_url = "https://site.example/shop"'
    files = {
        "index.html": document("B", '<a href="/shop/b/about.html">1</a><a href=about.html>2</a><a href=a:index>3</a>'
                               '<link rel=canonical href="https://site.example/shop/b/">'),
        "about.html": document("About"),
    }  # fmt: skip
    made(tmp_path, taken(files), keys=where)
    assert page(tmp_path, "/b/") == files["index.html"].replace("href=a:index", 'href="/shop/"')
    put(tmp_path, "teams/b/html/about.html", document("About", '<a href="/b/">1</a>'))
    found = only(built(tmp_path), "broken-link")
    assert found.message == "/b/ leads out of the site"
    assert found.hint == "the site stands below /shop/: tell the tool its base path, /shop/b/ (MFE_BASE_PATH)"


def test_a_tool_that_does_not_know_its_path_is_told_so(tmp_path: Path) -> None:
    files = {"index.html": document("B", '<script type=module src="/assets/x.js"></script>'), "assets/x.js": "1"}
    found = only(built(site(tmp_path, taken(files))), "missing-asset")
    assert found.message == "there is no file /assets/x.js; the path belongs to a"
    assert found.hint == "/b/assets/x.js is there: tell the tool its base path, /b/ (MFE_BASE_PATH)"


def test_a_base_counts_for_the_links_of_its_document(tmp_path: Path) -> None:
    files = {"deep/er/index.html": '<!doctype html><base href="/b/"><title>B</title><h1>x</h1><a href=x.html#y>1</a>',
             "x.html": document("X", "<p id=y>"), "index.html": document("B")}  # fmt: skip
    made(tmp_path, taken(files))
    put(tmp_path, "teams/b/html/x.html", document("X"))
    assert codes(built(tmp_path)) == ["broken-anchor"]


def test_other_teams_see_where_documents_lead(tmp_path: Path) -> None:
    files = {"index.html": document("B", "<a href=/>1</a><a href=a:index>2</a><mfe-fragment src=a:box></mfe-fragment>"),
             "teams/a/fragments/box.html": "<div>Box</div>",
             "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box"]\n')}  # fmt: skip
    result = made(tmp_path, taken(files))
    assert [ref.to for ref in contract(result, "b").refs] == ["/", "a:box", "a:index"]
    assert contract(result, "b").pages[0].anchors == ()


# -- fragments


def test_fragments_take_the_place_of_their_tags(tmp_path: Path) -> None:
    files = {
        "index.html": document("B", "<p>1<mfe-fragment src=a:box n=3></mfe-fragment>2<MFE-FRAGMENT SRC='a:header'>"
                               "<p>until <a href=nix>then</a></MFE-FRAGMENT>3"),
        "teams/a/fragments/box.html": "---\nparams: {n: int}\n---\n<b>{{ params.n }}</b>",
        "teams/a/fragments/box/fragment.css": "",
        "teams/a/fragments/header.html": '<nav><a href="/">a</a><a href="b:index">b</a></nav>',
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box", "header"]\n'),
        "themes/plain/assets/theme.css": "p { color: red }",
    }  # fmt: skip
    made(tmp_path, taken(files), tables=f'[shell]\nheader = "a:header"\n{QUIET}')
    written = page(tmp_path, "/b/")
    assert '<p>1<b>3</b>2<nav><a href="/">a</a><a href="/b/" aria-current="page">b</a></nav>3\n' in written
    assert written.count("<link") == 2


def test_a_fragment_that_fails_leaves_its_fallback(tmp_path: Path) -> None:
    files = {
        "index.html": document("B", "<mfe-fragment src=a:box><a href=index.html>Fallback</a></mfe-fragment>"),
        "teams/a/fragments/box.html": "{{ nix }}",
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box"]\n'),
    }
    result = built(site(tmp_path, taken(files)))
    assert codes(result) == ["undefined-variable"]
    assert result.published
    assert page(tmp_path, "/b/") == document("B", "<a href=index.html>Fallback</a>")


def test_tools_offer_fragments_as_files_of_their_output(tmp_path: Path) -> None:
    whole = (
        '<!doctype html><html><head><title>Card</title><link rel="stylesheet" href="/b/x.css" integrity=sha384-x>'
        "</head><body><p>{{ no template }} <a href=../about.html>About</a><img alt='' src=i.png></body></html>"
    )
    files: dict[str, Any] = {
        "index.html": document("B"), "about.html": document("About"), "x.css": "p{}", "parts/i.png": b"\0",
        "parts/card.html": whole, "parts/note.html": '<b><a href="a:index">Home</a></b>', "parts/own.html": "x",
        "teams/a/pages/index.md": "# Home\n\n<mfe-fragment src=\"b:card\"></mfe-fragment>\n\n"
        "<mfe-fragment src=\"b:note\"></mfe-fragment>\n",
        "teams/b/team.toml": team_toml("b", f'[offers]\nfragments = ["card", "note"]\n{TAKEN}fragments = "parts"\n'),
    }  # fmt: skip
    result = made(tmp_path, {**taken(files), "teams/b/team.toml": str(files["teams/b/team.toml"])})
    assert page(tmp_path, "/").count(
        '<link rel="stylesheet" href="/b/x.css" integrity=sha384-x><p>{{ no template }} '
        '<a href="/b/about.html">About</a>'
        "<img alt='' src=\"/b/parts/i.png\">"
    )
    assert '<b><a href="/">Home</a></b>' in page(tmp_path, "/")
    assert [each.name for each in contract(result, "b").fragments] == ["card", "note"]
    assert "b/parts/card.html" not in tree(tmp_path / "dist")
    put(tmp_path, "teams/b/html/parts/note.html", "<b>New</b>")
    again = built(tmp_path)
    assert (stitched(again), rendered(again)) == ({"/"}, set())
    put(tmp_path, "teams/a/pages/index.md", '# Home\n\n<mfe-fragment src="b:own"></mfe-fragment>\n')
    assert codes(built(tmp_path))[0] == "private-fragment"


def test_a_tool_may_make_the_header_of_all_pages(tmp_path: Path) -> None:
    files: Files = {
        "index.html": document("B"),
        "parts/header.html": "<nav><a href='/'>Home</a><a href=/b/>B</a><img alt=x src=/b/i.png></nav>",
        "i.png": b"\0",
    }
    offer = '[offers]\nfragments = ["header"]\n' + FILLED.replace("output", 'fragments = "parts"\noutput')
    made(tmp_path, taken(files, offer), tables=f'[shell]\nheader = "b:header"\n{QUIET}')
    nav = '<nav><a href="/"{}>Home</a><a href="/b/"{}>B</a><img alt=x src=/b/i.png></nav>'
    assert nav.format(' aria-current="page"', "") in page(tmp_path, "/")
    assert nav.format("", ' aria-current="page"') in page(tmp_path, "/b/")


@pytest.mark.parametrize(
    ("styles", "expected"),
    [("theme", ["theme", "site", "fragment"]), ("fragments", ["fragment"]), ("none", [])],
)
def test_a_team_says_which_style_sheets_come_with_fragments(tmp_path: Path, styles: str, expected: list[str]) -> None:
    files = {
        "index.html": document("B"),
        "teams/a/fragments/header/fragment.html": "<header></header>",
        "teams/a/fragments/header/fragment.css": ".a-header { color: red }",
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["header"]\n'),
        "teams/a/assets/team.css": "p { color: red }",
        "themes/plain/assets/theme.css": "p { color: red }",
        "themes/plain/assets/site.css": "p { color: blue }",
    }
    build = f'{TAKEN}inject = {{header = "a:header", styles = "{styles}"}}\n'
    result = made(tmp_path, taken(files, build))
    assert re.findall(r'href="/_mfe/assets/(\w+)\.', page(tmp_path, "/b/")) == expected
    assert result.site
    assert next(len(each.css) for each in result.site.pages if each.page.url == "/b/") == len(expected)


def test_a_header_of_the_shell_that_is_missing_is_said_of_who_asks_for_it(tmp_path: Path) -> None:
    build = f'{TAKEN}inject = {{header = "a:nix"}}\n'
    found = only(built(site(tmp_path, taken({"index.html": document("B")}, build))), "unknown-fragment")
    assert (found.file, found.line, found.team) == ("teams/b/team.toml", 4, "b")
    build = f'{TAKEN}inject = {{header = "b"}}\n'  # a word that stands elsewhere, too
    found = only(built(site(tmp_path, taken({"index.html": document("B")}, build))), "unknown-fragment")
    assert (found.message, found.line, found.column) == ('no fragment "b:b"', 4, 21)


def test_a_team_puts_in_fragments_of_its_own_that_it_offers_to_nobody(tmp_path: Path) -> None:
    build = f'{TAKEN}fragments = "parts"\ninject = {{header = ":bar"}}\n'
    made(tmp_path, taken({"index.html": document("B"), "parts/bar.html": "<nav>Bar</nav>"}, build))
    assert "<nav>Bar</nav><h1>B</h1>" in page(tmp_path, "/b/")


# -- checks


def test_a_document_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "index.html": document("B"),
        "latin.html": document("Größe").encode("latin-1"),
        "wide.html": document("B").encode("utf-16"),
        "said.html": '<!doctype html><meta charset="windows-1252"><title>x</title><h1>x</h1>',
    }
    result = built(site(tmp_path, taken(files)))
    assert [found.split("html/")[1].partition(" (Team")[0] for found in problems(result)] == [
        "latin.html:1:41: error[bad-encoding]: byte 40 (0xf6) is not UTF-8",
        'said.html:1:31: error[bad-encoding]: the document says that it is "windows-1252", '
        "but what is put into it is UTF-8",
        "wide.html: error[bad-encoding]: the file is UTF-16, not UTF-8",
    ]


def test_a_document_of_frames_has_no_place_for_a_header(tmp_path: Path) -> None:
    frames = "<!doctype html><title>F</title><frameset cols=50%,*><frame src=x.html><frame src=nix.html></frameset>"
    files = {"index.html": frames, "x.html": document("X")}
    assert codes(built(site(tmp_path, taken(files, FILLED)))) == ["no-place", "broken-link"]


@pytest.mark.parametrize(
    ("base", "build", "body", "expected"),
    [
        ("https://cdn.example/x/", FILLED, "", ["no-place"]),
        ("//cdn.example", TAKEN, "<mfe-fragment src=a:box></mfe-fragment>", ["no-place"]),
        ("https://cdn.example/x/", TAKEN, "<a href=x.html>x</a>", []),
        ("https://site.example/b/", FILLED, "", []),
        ("/b/deeper/", FILLED, "", []),
        ("../..", FILLED, "", []),
    ],
)
def test_a_base_on_another_host_is_no_place_for_what_links_to_this_one(
    tmp_path: Path, base: str, build: str, body: str, expected: list[str]
) -> None:
    text = f"<!doctype html><title>B</title><base href={base}><h1>B</h1>{body}"
    files = taken({"index.html": text, "teams/a/fragments/box.html": "<p>Box"}, build)
    files = {**files, "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box"]\n')}
    keys, tables = 'base_url = "https://site.example"', f'{QUIET}unused-fragment = "off"\n'
    assert codes(built(site(tmp_path, files, keys=keys, tables=tables))) == expected


def test_inline_code_of_a_tool_is_one_warning_for_each_document(tmp_path: Path) -> None:
    code = "<script>1</script><script type=application/ld+json>{}</script><p style=x onclick=y>"
    code += "<a href='javascript:z()'>q</a>"
    result = built(site(tmp_path, taken({"index.html": document("B", code), "x.html": document("X")})))
    found = only(result, "inline-code")
    assert (
        found.message
        == "the site's Content-Security-Policy blocks 4 inline scripts, styles and handlers of the document"
    )
    assert page(tmp_path, "/b/") == document("B", code)
    assert result.published
    root = site(
        tmp_path / "own", taken({"index.html": document("B", code)}), tables=f'{QUIET}[security]\npolicy = "x"\n'
    )
    assert problems(built(root)) == []


def test_what_documents_owe_their_readers_is_checked(tmp_path: Path) -> None:
    text = "<!doctype html><p id=x><p id=x><img src=i.png>"
    result = built(site(tmp_path, taken({"index.html": text, "i.png": b"\0"}), tables=""))
    assert sorted(found.code for found in result.problems if found.team == "b") == [
        "duplicate-id", "heading-count", "missing-alt", "missing-description", "missing-title"
    ]  # fmt: skip
    assert {found.hint for found in result.problems if found.code == "missing-title"} == {
        "have the tool write a <title>"
    }


def test_a_file_name_that_is_not_utf_8_is_refused_in_the_output_alone(tmp_path: Path) -> None:
    root = site(tmp_path, taken({"index.html": document("B")}))
    for name in (b"html/\xff.html", b"html2/\xff.html", b"\xff.txt"):
        put(root, os.fsdecode(b"teams/b/" + name), "x")
    assert problems(built(root)) == [
        "teams/b/html/\\udcff.html: error[bad-file-name]: the file's name is not UTF-8 (Team B)"
    ]


def test_links_out_of_the_team_s_folder_are_refused_in_the_output_alone(tmp_path: Path) -> None:
    put(tmp_path, "secret.txt", "x")
    root = site(tmp_path / "site", taken({"index.html": document("B")}))
    os.symlink(tmp_path / "secret.txt", root / "teams/b/linked.txt")
    assert problems(built(root)) == []
    os.symlink(tmp_path / "secret.txt", root / "teams/b/html/secret.txt")
    assert codes(built(root)) == ["symlink-outside"]


# -- laws


def test_a_changed_document_is_read_again_and_no_other(tmp_path: Path) -> None:
    files = {f"{name}.html": document(name) for name in ("index", "x", "y")}
    root = site(tmp_path, taken(files, FILLED))
    built(root)
    put(root, "teams/b/html/x.html", document("new"))
    result = built(root)
    assert (rendered(result), stitched(result)) == ({"/b/x.html"}, {"/b/x.html"})
    put(root, "themes/plain/fragments/footer.html", "<footer>New</footer>")
    result = built(root)
    assert (rendered(result), len(stitched(result))) == (set(), 5)
    assert "<footer>New</footer>" in page(root, "/b/x.html")
    put(root, "teams/b/team.toml", team_toml("b", TAKEN))
    assert page(root, "/b/x.html") != document("new")
    result = built(root)
    assert page(root, "/b/x.html") == document("new")
    assert rendered(result) == {"/b/", "/b/x.html", "/b/y.html"}


def test_cold_warm_and_on_many_processes_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"{number}.html": document(f"P {number}", f"<a href={(number + 1) % 80}.html>next</a>") for number in range(80)
    }
    root = site(tmp_path, taken({**files, "index.html": document("B"), "x.css": "p{}"}, FILLED))
    assert problems(built(root)) == []
    cold = tree(root / "dist")
    looked_ahead(monkeypatch)
    for options in ({}, {"cache": False, "jobs": 2}, {"cache": False}):
        assert problems(built(root, **options)) == []
        assert tree(root / "dist") == cold
