"""Promises about the files beside the pages: for search engines, for hosts, for other tools."""

import datetime
import importlib
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from mfe_static.contracts import Contract
from mfe_static.targets import search
from sites import QUIET, Files, built, contract, made, page, problems, put, site, team_toml, tree

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = 'base_url = "https://site.example/shop"'
TWO: Files = {
    "teams/a/team.toml": team_toml("a", 'description = "First"\n[offers]\nfragments = ["box"]\nevents = ["a:added"]\n'),
    "teams/a/pages/index.md": "---\ntitle: Home\ndescription: The start\naliases: [/old/]\n---\n## Part\n\n"
    '[b](b:product?id=1) [path](/b/) [own](guide.md)\n\n<mfe-fragment src=":box" n="1"></mfe-fragment>\n',
    "teams/a/pages/guide.md": '# Guide & more\n\n<a id="given"></a>\n',
    "teams/a/fragments/box.html": "---\ndescription: A box\nparams: {n: {type: int, required: true}}\n---\n<p>box</p>",
    "teams/b/pages/index.md": "# B\n",
    "teams/b/pages/product.html": "---\ntitle: 'P {item.id}'\neach: data.list\npath: '{item.id}/'\n---\nx",
    "teams/b/data/list.json": '[{"id": "1"}, {"id": "größe 2"}]',
}


def read(root: Path, path: str) -> Any:
    return json.loads((root / "dist" / path).read_bytes())


# -- search engines


def test_the_sitemap_lists_every_page_with_the_dates_of_its_content(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# Home\n",
        "teams/a/pages/dated.md": "---\ntitle: D\ndate: 2026-01-02\n---\n",
        "teams/a/pages/changed.md": "---\ntitle: C\ndate: 2026-01-02\nupdated: 2026-03-04T05:06:07Z\n---\n",
        "teams/a/pages/hidden.md": "---\ntitle: H\nnoindex: true\n---\n",
        "teams/a/pages/left-out.md": "---\ntitle: L\nsitemap: false\n---\n",
        "teams/a/pages/größe & co.md": "---\ntitle: G\n---\n",
    }
    made(tmp_path, files, keys=BASE)
    root = ElementTree.fromstring(page(tmp_path, "/sitemap.xml"))
    rows = {row.findtext(f"{SITEMAP}loc"): row.findtext(f"{SITEMAP}lastmod") for row in root}
    assert rows == {
        "https://site.example/shop/": None,
        "https://site.example/shop/changed/": "2026-03-04T05:06:07+00:00",
        "https://site.example/shop/dated/": "2026-01-02",
        "https://site.example/shop/gr%C3%B6%C3%9Fe-&-co/": None,
    }


def test_a_files_time_says_nothing_about_its_content(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    assert "lastmod" not in page(tmp_path, "/sitemap.xml")


def test_above_the_limit_the_sitemap_is_an_index_of_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SITEMAP_LIMIT", 2)
    made(tmp_path, {f"teams/a/pages/p{n}.md": f"# {n}\n" for n in range(5)}, keys=BASE)
    index = ElementTree.fromstring(page(tmp_path, "/sitemap.xml"))
    locations = [row.findtext(f"{SITEMAP}loc") for row in index]
    assert locations == [f"https://site.example/shop/sitemap-{n}.xml" for n in (1, 2, 3)]
    parts = [ElementTree.fromstring(page(tmp_path, f"/sitemap-{n}.xml")) for n in (1, 2, 3)]
    assert [len(part) for part in parts] == [2, 2, 1]
    listed = [row.findtext(f"{SITEMAP}loc") for part in parts for row in part]
    assert listed == [f"https://site.example/shop/p{n}/" for n in range(5)]


def test_a_sitemap_stays_within_the_bytes_that_it_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SITEMAP_BYTES", 130)  # a row has some 50
    made(tmp_path, {f"teams/a/pages/p{n}.md": f"# {n}\n" for n in range(5)}, keys=BASE)
    parts = [ElementTree.fromstring(page(tmp_path, f"/sitemap-{n}.xml")) for n in (1, 2, 3)]
    assert [len(part) for part in parts] == [2, 2, 1]


def test_robots_are_told_where_the_sitemap_is_unless_the_site_says_otherwise(tmp_path: Path) -> None:
    made(tmp_path / "ours", {"teams/a/pages/index.md": "# Home\n"}, keys=BASE)
    assert page(tmp_path / "ours", "/robots.txt").splitlines() == [
        "User-agent: *",
        "Allow: /",
        "",
        "Sitemap: https://site.example/shop/sitemap.xml",
    ]
    made(tmp_path / "theirs", {"teams/a/pages/index.md": "# Home\n", "public/robots.txt": "mine\n"})
    assert page(tmp_path / "theirs", "/robots.txt") == "mine\n"


# -- hosts


def test_there_is_a_404_of_the_theme_or_of_a_team(tmp_path: Path) -> None:
    made(tmp_path / "theme", {"teams/a/pages/index.md": "# Home\n"})
    assert "<h1>Page not found</h1>" in page(tmp_path / "theme", "/404.html")
    made(tmp_path / "team", {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/404.md": "# Lost\n"})
    assert ">Lost</h1>" in page(tmp_path / "team", "/404.html")
    assert not (tmp_path / "team/dist/404").exists()
    for name in ("theme", "team"):
        assert "404" not in page(tmp_path / name, "/sitemap.xml")


def test_only_fingerprinted_files_are_kept_for_ever(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    blocks = page(tmp_path, "/_headers").split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == ["/*", "/_mfe/assets/*"]
    assert "immutable" not in blocks[0]
    assert "immutable" in blocks[1]
    for name in ("Content-Security-Policy", "X-Content-Type-Options: nosniff", "Referrer-Policy"):
        assert name in blocks[0]


def test_the_site_may_say_other_headers(tmp_path: Path) -> None:
    tables = '[security]\npolicy = "default-src *"\nheaders = {X-Mine = "1", Referrer-Policy = ""}\n'
    made(tmp_path, {"teams/a/pages/index.md": "---\ntitle: H\ndescription: D\n---\n"}, tables=tables)
    text = page(tmp_path, "/_headers")
    assert "  Content-Security-Policy: default-src *\n" in text
    assert "  X-Mine: 1\n" in text
    assert "Referrer-Policy" not in text


def test_a_policy_of_several_lines_is_one_header(tmp_path: Path) -> None:
    tables = '[security]\npolicy = """\ndefault-src *;\n  img-src *"""\n'
    made(tmp_path, {"teams/a/pages/index.md": "---\ntitle: H\ndescription: D\n---\n"}, tables=tables)
    assert "  Content-Security-Policy: default-src *; img-src *\n" in page(tmp_path, "/_headers")


def test_redirects_say_their_status_and_where_browsers_go(tmp_path: Path) -> None:
    files = {"teams/a/pages/größe.md": "---\ntitle: G\naliases: ['/alt & groß/']\n---\n"}
    made(tmp_path, files, keys=BASE)
    assert page(tmp_path, "/_redirects") == "/alt%20&%20gro%C3%9F/ /shop/gr%C3%B6%C3%9Fe/ 301\n"


def test_every_url_of_a_page_carries_the_path_of_the_base_url(tmp_path: Path) -> None:
    made(tmp_path, TWO, keys=BASE)
    for path, data in tree(tmp_path / "dist").items():
        if path.endswith(".html"):
            for url in re.findall(rb'(?:href|src)="(/[^"]*)"', data):
                assert url.startswith(b"/shop/"), (path, url)


# -- other tools


def test_a_contract_says_all_that_others_may_know(tmp_path: Path) -> None:
    made(tmp_path, TWO)
    data = (tmp_path / "dist/_mfe/contracts/a.json").read_bytes()
    contract = msgspec.json.decode(data, type=Contract)
    assert (contract.version, contract.team, contract.owner, contract.path) == (1, "a", "Team A", "/")
    assert contract.description == "First"
    home = next(page for page in contract.pages if page.url == "/")
    assert (home.name, home.title, home.description) == ("index", "Home", "The start")
    assert (home.anchors, home.aliases) == (("part",), ("/old/",))
    guide = next(page for page in contract.pages if page.url == "/guide/")
    assert guide.anchors == ("given", "guide--more")
    assert [(row.name, row.params, row.pages) for row in contract.routes] == [("guide", (), 1), ("index", (), 1)]
    assert [(item.name, item.description, item.params[0].name) for item in contract.fragments] == [
        ("box", "A box", "n")
    ]
    assert contract.events == ("a:added",)
    assert {ref.to for ref in contract.refs} >= {"b:product?id=1"}


def test_a_contract_is_made_without_any_other_team(tmp_path: Path) -> None:
    made(tmp_path, TWO)
    before = (tmp_path / "dist/_mfe/contracts/a.json").read_bytes()
    put(tmp_path, "teams/b/pages/index.md", "# Another B\n\n## With more\n")
    put(tmp_path, "teams/b/pages/new.md", "# New\n")
    put(tmp_path, "teams/b/team.toml", team_toml("b", 'description = "Changed"\n'))
    put(tmp_path, "themes/plain/layouts/page.html", "<!doctype html><title>x</title><h1>y</h1>{{ content }}")
    assert problems(built(tmp_path)) == []
    assert (tmp_path / "dist/_mfe/contracts/a.json").read_bytes() == before


def test_the_index_says_who_owns_which_url_and_what_it_embeds(tmp_path: Path) -> None:
    made(tmp_path, TWO, keys=BASE)
    index = read(tmp_path, "_mfe/site.json")
    assert (index["title"], index["base_url"]) == ("Site", "https://site.example/shop")
    assert index["teams"]["a"] == {
        "owner": "Team A",
        "path": "/",
        "architecture": "linked-pages",
        "contract": "/_mfe/contracts/a.json",
    }
    assert set(index["pages"]) == {"/", "/404.html", "/guide/", "/b/", "/b/1/", "/b/größe 2/"}
    assert index["pages"]["/"] == {"team": "a", "fragments": ["a:box", "theme:footer", "theme:header"]}
    assert index["pages"]["/b/1/"]["team"] == "b"


def test_a_large_index_is_split_by_team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("mfe_static.targets.contracts"), "SHARD_LIMIT", 100)
    made(tmp_path, TWO)
    index = read(tmp_path, "_mfe/site.json")
    assert index["shards"] == {"a": "/_mfe/site/a.json", "b": "/_mfe/site/b.json"}
    assert "pages" not in index
    assert set(read(tmp_path, "_mfe/site/b.json")["pages"]) == {"/b/", "/b/1/", "/b/größe 2/"}


def test_nothing_published_names_a_source_a_folder_or_an_address(tmp_path: Path) -> None:
    made(tmp_path, TWO)
    for path, data in tree(tmp_path / "dist").items():
        assert b"@site.example" not in data, path
        assert str(tmp_path).encode() not in data, path
        assert b"teams/a" not in data, path
        assert b".md" not in data, path


def test_addresses_are_published_when_the_site_wants_it(tmp_path: Path) -> None:
    tables = '[security]\npublish_emails = true\n[checks]\nmissing-description = "off"\n'
    made(tmp_path, TWO, tables=tables)
    assert read(tmp_path, "_mfe/site.json")["teams"]["a"]["owner"] == "Team A <a@site.example>"
    assert read(tmp_path, "_mfe/contracts/b.json")["owner"] == "Team B <b@site.example>"


def test_the_inventory_is_read_by_sphinx(tmp_path: Path) -> None:
    inventory = pytest.importorskip("sphinx.util.inventory")
    made(tmp_path, TWO, keys=BASE)
    data = (tmp_path / "dist/objects.inv").read_bytes()
    if hasattr(inventory.InventoryFile, "loads"):
        loaded = inventory.InventoryFile.loads(data, uri="https://site.example/shop").data
    else:
        join = "{}/{}".format
        loaded = inventory.InventoryFile.load(io.BytesIO(data), "https://site.example/shop", join)

    def entry(kind: str, name: str) -> tuple[str, str]:
        item = loaded[kind][name]
        return (item.uri, item.display_name) if hasattr(item, "uri") else (item[2], item[3])

    assert entry("std:doc", "a:index") == ("https://site.example/shop/", "Home")
    assert entry("std:doc", "a:guide") == ("https://site.example/shop/guide/", "Guide & more")
    assert entry("std:doc", "b:product?id=1") == ("https://site.example/shop/b/1/", "P 1")
    assert entry("std:label", "a:index#part")[0] == "https://site.example/shop/#part"
    assert len(loaded["std:doc"]) == 5


def test_the_manifest_lists_what_was_written(tmp_path: Path) -> None:
    made(tmp_path, TWO)
    text = "".join(data.decode() for path, data in tree(tmp_path / "dist").items() if "manifest" in path)
    for path in tree(tmp_path / "dist"):
        assert "manifest" in path or path in text


def test_now_leaves_no_trace_in_the_output(tmp_path: Path) -> None:
    root = site(tmp_path, TWO)
    built(root)
    before = tree(tmp_path / "dist")
    result = built(root, now=datetime.datetime(1999, 12, 31, tzinfo=datetime.UTC), cache=False)
    assert result.written.written == 0
    assert tree(tmp_path / "dist") == before


def test_a_redirect_keeps_its_query_and_anchor_and_is_encoded_once(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/über.md": "# Über\n\n## Part\n"}
    redirects = '[redirects]\n"/o/" = "/%C3%BCber/?x=1#part"\n"/p/" = "/o/"\n"/q/" = "https://other.example/?a=b#c"\n'
    made(tmp_path, files, tables=QUIET + redirects)
    assert (tmp_path / "dist/_redirects").read_text().splitlines() == [
        "/o/ /%C3%BCber/?x=1#part 301",
        "/p/ /%C3%BCber/?x=1#part 301",
        "/q/ https://other.example/?a=b#c 301",
    ]


def test_a_contract_names_what_the_root_team_and_its_fragments_refer_to(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# Home\n\n[b](/b/) [own](/)\n",
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["head"]\n'),
        "teams/a/fragments/head.html": '<a href="{{ ref("b:index") }}">b</a><a href="/b/">b</a><a href="/">a</a>\n',
        "teams/b/pages/index.md": '# B\n\n<mfe-fragment src="a:head"></mfe-fragment>\n',
    }
    refs = contract(made(tmp_path, files), "a").refs
    assert [(ref.page, ref.fragment, ref.to) for ref in refs] == [
        ("/", "", "/b/"),
        ("", "head", "/b/"),
        ("", "head", "b:index"),
    ]


def test_lastmod_with_a_time_says_its_zone(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "---\ntitle: x\nupdated: 2024-01-02 10:00:00\n---\n"}
    made(tmp_path, files)
    assert "<lastmod>2024-01-02T10:00:00+00:00</lastmod>" in (tmp_path / "dist/sitemap.xml").read_text()
