"""Teams whose pages are exchanged softly: what their pages say, and that nobody else's say it."""

import base64
import hashlib
import html
import re
from pathlib import Path
from typing import Any

import pytest

from mfe_static.build import build
from mfe_static.run import Options
from mfe_static.session import Session
from sites import NOW, QUIET, THEME, Files, built, made, only, page, put, rendered, site, stitched, team_toml, tree
from test_islands import BUTTON, listed

SOFT = 'architecture = "linked-universal-spa"\n'
SHOP: Files = {
    "teams/home/pages/index.md": "# Home\n",
    "teams/shop/team.toml": team_toml("shop", SOFT),
    "teams/shop/pages/index.md": "# Shop\n",
    "teams/shop/pages/tractor.md": "# Tractor\n",
    "teams/parts/pages/index.md": "# Parts\n",
    "teams/bolts/pages/index.md": "# Bolts\n",
}
CART = '# Cart\n\n<mfe-fragment src="cart:mini" count="1" />\n'
WITH_CART: Files = {**BUTTON, "teams/home/pages/cart.md": CART}
ROUTES = {"home": "/", "shop": "/shop/", "parts": "/shop/parts/", "bolts": "/shop/parts/bolts/"}


def shop(root: Path, more: Files | None = None, **options: Any) -> Path:
    made(root, {**SHOP, **(more or {})}, **{"routes": ROUTES, **options})
    return root


def meta(root: Path, url: str, name: str) -> str | None:
    found = re.search(rf'<meta name="mfe-{name}" content="([^"]*)">', page(root, url))
    return html.unescape(found[1]) if found else None


def scripts(root: Path, url: str) -> list[str]:
    """The modules of a page, without fingerprints."""
    found = re.findall(r'<script type="module" src="([^"]*)"', page(root, url))
    return [re.sub(r"\.[0-9a-f]{10}\.js$", ".js", src.rpartition("/")[2]) for src in found]


def outlets(text: str) -> list[str]:
    """The elements that are exchanged."""
    return re.findall(r'<([a-z]+)[^>]* data-mfe="\w+" data-mfe-outlet', text)


# -- what pages say


def test_pages_of_a_soft_team_name_their_scope_and_their_build_and_load_one_module(tmp_path: Path) -> None:
    shop(tmp_path)
    for url in ("/shop/", "/shop/tractor/"):
        text = page(tmp_path, url)
        assert meta(tmp_path, url, "scope") == "/shop/ !/shop/parts/"
        assert re.fullmatch("[0-9a-f]{10}", meta(tmp_path, url, "build") or "")
        assert '<main data-mfe="shop" data-mfe-outlet>' in text
        assert scripts(tmp_path, url) == ["navigate.js"]
        assert "importmap" not in text


def test_the_module_has_integrity_is_kept_for_ever_and_counts_as_script_of_the_page(tmp_path: Path) -> None:
    shop(tmp_path)
    found = re.search(r'src="(/_mfe/modules/mfe/[^"]*)" integrity="sha(\d+)-([^"]*)"', page(tmp_path, "/shop/"))
    assert found
    data = (tmp_path / f"dist{found[1]}").read_bytes()
    assert base64.b64decode(found[3]) == hashlib.new(f"sha{found[2]}", data).digest()
    assert f"/_mfe/modules/*\n  Cache-Control: {'public, max-age=31536000, immutable'}" in (
        tmp_path / "dist/_headers"
    ).read_text("utf-8")
    rows = {row["url"]: row for row in listed(tmp_path, "urls")}
    assert rows["/shop/"]["js"] == [found[1]]
    assert rows["/"]["js"] == []


def test_the_pages_of_all_others_are_as_they_were(tmp_path: Path) -> None:
    shop(tmp_path / "soft", WITH_CART, routes=ROUTES | {"cart": ""})
    shop(tmp_path / "hard", {**WITH_CART, "teams/shop/team.toml": team_toml("shop")}, routes=ROUTES | {"cart": ""})
    old, new = tree(tmp_path / "hard/dist"), tree(tmp_path / "soft/dist")
    changed = {path for path in old if path.endswith(".html") and old[path] != new[path]}
    assert changed == {"shop/index.html", "shop/tractor/index.html"}
    assert [path for path in new.keys() - old.keys() if "/mfe/navigate." not in path] == []


def test_the_scope_is_as_the_browser_has_it_in_its_address(tmp_path: Path) -> None:
    shop(
        tmp_path,
        keys='base_url = "https://site.example/a%20b"',
        routes=ROUTES | {"shop": "/größe/", "parts": "/größe/é/"},
    )
    assert meta(tmp_path, "/größe/", "scope") == "/a%20b/gr%C3%B6%C3%9Fe/ !/a%20b/gr%C3%B6%C3%9Fe/%C3%A9/"


def test_at_the_root_the_prefixes_of_all_others_are_left_out(tmp_path: Path) -> None:
    shop(tmp_path, {"teams/home/team.toml": team_toml("home", SOFT)})
    assert meta(tmp_path, "/", "scope") == "/ !/shop/"


def test_pages_that_nobody_wrote_are_loaded(tmp_path: Path) -> None:
    shop(tmp_path, {"teams/home/team.toml": team_toml("home", SOFT)})
    assert meta(tmp_path, "/404.html", "scope") is None
    assert outlets(page(tmp_path, "/404.html")) == []


def test_the_import_map_stands_on_all_pages_of_a_soft_team_as_it_cannot_come_later(tmp_path: Path) -> None:
    shop(tmp_path, {**BUTTON, "teams/shop/pages/cart.md": CART}, routes=ROUTES | {"cart": ""})
    maps = [
        re.findall(r'<script type="importmap">.*?</script>', page(tmp_path, url)) for url in ("/shop/", "/shop/cart/")
    ]
    assert maps[0] == maps[1]
    assert len(maps[0]) == 1
    assert scripts(tmp_path, "/shop/") == ["navigate.js"]
    assert scripts(tmp_path, "/shop/cart/") == ["islands.js", "navigate.js"]
    assert "importmap" not in page(tmp_path, "/")


def test_documents_of_another_tool_are_left_as_they_are(tmp_path: Path) -> None:
    document = "<!doctype html><title>Own</title><main>own</main>"
    shop(tmp_path, {"teams/bolts/team.toml": team_toml("bolts", f'{SOFT}[build]\noutput = "out"\n'),
                    "teams/bolts/out/index.html": document})  # fmt: skip
    assert page(tmp_path, "/shop/parts/bolts/") == document


# -- events for other tabs

TABS: Files = {
    **WITH_CART,
    "teams/cart/team.toml": team_toml(
        "cart", '[offers]\nfragments = ["mini"]\nevents = ["cart:changed", "cart:seen"]\ntabs = ["cart:changed"]\n'
    ),
}


def test_events_for_other_tabs_stand_on_pages_with_islands_and_on_soft_ones(tmp_path: Path) -> None:
    shop(tmp_path, TABS, routes=ROUTES | {"cart": ""})
    assert meta(tmp_path, "/cart/", "tabs") == meta(tmp_path, "/shop/", "tabs") == "cart:changed"
    assert scripts(tmp_path, "/cart/") == ["islands.js", "tabs.js"]
    assert scripts(tmp_path, "/shop/") == ["navigate.js", "tabs.js"]
    assert "script" not in page(tmp_path, "/")


def test_an_event_more_stitches_the_pages_that_say_it(tmp_path: Path) -> None:
    shop(tmp_path, TABS, routes=ROUTES | {"cart": ""})
    text = str(TABS["teams/cart/team.toml"]).replace('tabs = ["cart:changed"]', 'tabs = ["cart:changed", "cart:seen"]')
    assert again(tmp_path, "teams/cart/team.toml", text) == {"/shop/", "/shop/tractor/", "/cart/"}
    assert meta(tmp_path, "/cart/", "tabs") == "cart:changed cart:seen"


def test_an_event_for_other_tabs_that_is_not_offered_is_told(tmp_path: Path) -> None:
    text = str(TABS["teams/cart/team.toml"]).replace('tabs = ["cart:changed"]', 'tabs = ["cart:chanced"]')
    files = {**SHOP, **TABS, "teams/cart/team.toml": text}
    found = only(built(site(tmp_path, files, routes=ROUTES | {"cart": ""})), "bad-value")
    assert (found.file, found.line) == ("teams/cart/team.toml", 5)
    assert "cart:changed" in found.hint


# -- how pages fared


def test_where_somebody_wants_to_know_every_page_tells_how_it_fared(tmp_path: Path) -> None:
    shop(tmp_path, TABS, routes=ROUTES | {"cart": ""}, tables=f'{QUIET}[monitoring]\nendpoint = "/vitals?a&b"\n')
    for url in ("/", "/shop/", "/cart/", "/404.html"):
        assert meta(tmp_path, url, "vitals") == "/vitals?a&b"
    assert scripts(tmp_path, "/") == ["vitals.js"]
    assert scripts(tmp_path, "/shop/") == ["navigate.js", "tabs.js", "vitals.js"]
    assert [re.sub(r"\..*", "", url) for row in listed(tmp_path, "urls") if row["url"] == "/" for url in row["js"]] == [
        "/_mfe/modules/mfe/vitals"
    ]


def test_from_when_somebody_wants_to_know_all_pages_are_stitched(tmp_path: Path) -> None:
    shop(tmp_path)
    toml = (tmp_path / "site.toml").read_text("utf-8")
    assert "/" in again(tmp_path, "site.toml", f'{toml}\n[monitoring]\nendpoint = "/vitals"\n')
    assert meta(tmp_path, "/", "vitals") == "/vitals"


@pytest.mark.parametrize("endpoint", ["vitals", "//other.example/", "https://other.example/", "/a b"])
def test_how_pages_fared_is_told_to_nobody_else(tmp_path: Path, endpoint: str) -> None:
    files = {"teams/home/pages/index.md": "# Home\n"}
    result = built(site(tmp_path, files, tables=f'{QUIET}[monitoring]\nendpoint = "{endpoint}"\n'))
    assert only(result, "bad-value").file == "site.toml"


# -- what is exchanged

SHELL = "themes/plain/layouts/shell.html"


@pytest.mark.parametrize(
    ("around", "found"),
    [
        ("<main>{{ content }}</main>", ["main"]),
        ("<!-- <main> --><MAIN class=x>{{ content }}</MAIN>", ["MAIN"]),
        ("<p title='<main>'>a</p><main\nid=m>{{ content }}</main>", ["main"]),
        ("<div{{ outlet }}><main>{{ content }}</main></div>", ["div"]),
        ("<main{{ outlet }}>{{ content }}</main><aside{{ outlet }}></aside>", ["main", "aside"]),
        ("<main>{{ content }}</main><aside{{ outlet }}></aside>", ["main", "aside"]),
        ("<div{{ outlet }}>{{ content }}</div>", ["div"]),
    ],
)
def test_the_layout_s_main_is_exchanged_unless_it_says_what_is(tmp_path: Path, around: str, found: list[str]) -> None:
    layout = str(THEME[SHELL]).replace("<main>{% block main %}{{ content }}{% endblock %}</main>", around)
    shop(tmp_path, {SHELL: layout, "themes/plain/layouts/page.html": '{% extends "shell.html" %}',
                    "themes/plain/layouts/404.html": "<html>{{ head }}{{ content }}"},
         tables='[checks]\nmissing-description = "off"\nheading-count = "off"\n')  # fmt: skip
    assert re.findall(r'<([a-zA-Z]+)[^<>]*? data-mfe="shop" data-mfe-outlet', page(tmp_path, "/shop/")) == found
    assert "data-mfe" not in page(tmp_path, "/")


def test_a_layout_without_anything_to_exchange_is_told(tmp_path: Path) -> None:
    layout = str(THEME[SHELL]).replace("main>", "div>")
    result = built(site(tmp_path, {**SHOP, SHELL: layout}, routes=ROUTES))
    found = only(result, "template-error")
    assert found.file == "themes/plain/layouts/page.html"
    assert "<main>" in found.message
    assert "outlet" in found.hint


@pytest.mark.parametrize("layout", ["page", "article", "home", "listing", "docs"])
def test_in_the_built_in_theme_all_that_differs_is_exchanged(tmp_path: Path, layout: str) -> None:
    text = f"---\ntitle: A\ndescription: A page.\nlayout: {layout}\n---\n\nHi\n\n## There\n"
    pages = {"teams/shop/pages/index.md": text, "teams/shop/pages/b.md": text.replace("title: A", "title: B")}
    routes = "".join(f'{name} = "{path}"\n' for name, path in ROUTES.items())
    toml = f'title = "Site"\n[teams]\n{routes}[checks]\nmissing-description = "off"\n'
    made(tmp_path, {**SHOP, **pages, "site.toml": toml}, routes=ROUTES)
    one, other = (page(tmp_path, url) for url in ("/shop/", "/shop/b/"))
    assert len(outlets(one)) == len(outlets(other)) == 1
    start = re.compile(r"<[a-z]+[^>]*? data-mfe-outlet")
    around = [start.split(text.partition("<body>")[2])[0] for text in (one, other)]
    assert around[0].replace(' aria-current="page"', "") == around[1].replace(' aria-current="true"', "")


# -- what makes them stale


def again(root: Path, path: str, text: str) -> set[str]:
    """Which pages are stitched after a change; none is rendered, and the site is as one from nothing."""
    put(root, path, text)
    result = built(root)
    assert rendered(result) == set()
    before = tree(root / "dist")
    built(root, cache=False)
    assert tree(root / "dist") == before
    return stitched(result)


def test_a_changed_theme_is_another_build(tmp_path: Path) -> None:
    shop(tmp_path)
    before = meta(tmp_path, "/shop/", "build")
    again(tmp_path, SHELL, str(THEME[SHELL]).replace("<body>", "<body><p>New</p>"))
    assert meta(tmp_path, "/shop/", "build") not in {None, before}


def test_a_changed_page_is_none(tmp_path: Path) -> None:
    shop(tmp_path)
    before = meta(tmp_path, "/shop/", "build")
    put(tmp_path, "teams/shop/pages/tractor.md", "# Tractor\n\nBlue\n")
    assert stitched(built(tmp_path)) == {"/shop/tractor/"}
    assert meta(tmp_path, "/shop/", "build") == before


def test_a_changed_module_stitches_the_soft_team_s_pages(tmp_path: Path) -> None:
    shop(tmp_path, WITH_CART, routes=ROUTES | {"cart": ""})
    done = again(tmp_path, "teams/cart/fragments/mini/fragment.js", "export function mount() { return {} }\n")
    assert done == {"/shop/", "/shop/tractor/", "/cart/"}


def test_another_architecture_stitches_the_team_s_pages(tmp_path: Path) -> None:
    shop(tmp_path)
    assert again(tmp_path, "teams/shop/team.toml", team_toml("shop")) == {"/shop/", "/shop/tractor/"}
    assert meta(tmp_path, "/shop/", "scope") is None
    assert again(tmp_path, "teams/shop/team.toml", team_toml("shop", SOFT)) == {"/shop/", "/shop/tractor/"}
    assert meta(tmp_path, "/shop/", "scope")


def test_in_a_session_a_changed_theme_is_another_build_too(tmp_path: Path) -> None:
    shop(tmp_path)
    session = Session()
    options = Options(now=NOW, jobs=1)
    build(tmp_path, options, session=session)
    before = meta(tmp_path, "/shop/", "build")
    put(tmp_path, SHELL, str(THEME[SHELL]).replace("<body>", "<body><p>New</p>"))
    build(tmp_path, options, session=session)
    assert meta(tmp_path, "/shop/", "build") not in {None, before}
