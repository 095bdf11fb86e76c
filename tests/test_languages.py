"""Promises about pages in several languages (documentation, "Languages")."""

import json
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from sites import PARTIAL, Files, built, codes, made, page, put, rendered, team_toml, tree

SITE = """
title = "S"
base_url = "https://site.example"
[teams]
a = "/"
b = "/b/"
"""[1:]
BOTH = team_toml("a", 'language = "en"\n[languages]\nde = "de"\nar = "ar"\n')


XHTML_LINK = "{http://www.w3.org/1999/xhtml}link"
TWO_HIDDEN = [("en", "/hidden/"), ("de", "/de/hidden/"), ("x-default", "/hidden/")]


def text(title: str, body: str = "", more: str = "") -> str:
    return f"---\ntitle: {title}\ndescription: d\n{more}---\n{body}\n"


FILES: Files = {
    "site.toml": SITE,
    "teams/a/team.toml": BOTH,
    "teams/a/pages/index.md": text("Home", "[about](:about) [b](b:index) [c](b:only)"),
    "teams/a/pages/about.md": text("About"),
    "teams/a/pages/only.md": text("Only in English"),
    "teams/a/pages/de/index.md": text("Start", "[about](:about) [only](:only) [b](b:index) [c](b:only) [en](about.md)"),
    "teams/a/pages/de/about.md": text("Über uns"),
    "teams/a/pages/ar/index.md": text("بداية"),
    "teams/b/team.toml": team_toml("b", '[languages]\ngerman = "de"\n'),
    "teams/b/pages/index.md": text("B"),
    "teams/b/pages/only.md": text("Only"),
    "teams/b/pages/german/erste.md": text("B auf Deutsch", more="name: german/index\n"),
}


def links(root: Path, url: str, selector: str) -> list[tuple[str, str]]:
    found = BeautifulSoup(page(root, url), "html.parser").select(selector)
    return [(str(link.get("hreflang", link.text)), str(link["href"])) for link in found]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {path: content for path, content in FILES.items() if "erste" not in path}
    made(tmp_path, {**files, "teams/b/pages/german/index.md": text("B auf Deutsch")})
    return tmp_path


def test_a_page_is_in_the_language_of_its_folder(root: Path) -> None:
    assert '<html lang="de">' in page(root, "/de/about/")
    assert '<html lang="ar" dir="rtl">' in page(root, "/ar/")
    assert '<html lang="en">' in page(root, "/about/")


def test_translations_find_each_other(root: Path) -> None:
    expected = [("en", "/"), ("ar", "/ar/"), ("de", "/de/")]
    for url in ("/", "/de/", "/ar/"):
        assert links(root, url, ".mfe-languages a") == expected
    heads = [("en", "/about/"), ("de", "/de/about/"), ("x-default", "/about/")]
    for url in ("/about/", "/de/about/"):
        assert links(root, url, "link[hreflang]") == [(tag, f"https://site.example{to}") for tag, to in heads]
    assert links(root, "/only/", "[hreflang]") == []
    current = BeautifulSoup(page(root, "/de/"), "html.parser").select(".mfe-languages [aria-current]")
    assert [(link.text, link["lang"]) for link in current] == [("Deutsch", "de")]


def test_search_engines_are_told_the_same_of_translations_on_pages_and_in_the_sitemap(tmp_path: Path) -> None:
    files = {
        "site.toml": SITE.replace('b = "/b/"\n', "").replace("site.example", "site.example/shop") + PARTIAL,
        "teams/a/team.toml": BOTH,
        **{f"teams/a/pages/{folder}größe & co's.md": text("T") for folder in ("", "de/", "ar/")},
        **{f"teams/a/pages/{folder}hidden.md": text("H") for folder in ("", "de/")},
        "teams/a/pages/ar/hidden.md": text("H", more="noindex: true\n"),
        "teams/a/pages/left.md": text("L"),
        "teams/a/pages/de/left.md": text("L", more="sitemap: false\n"),
        "teams/a/pages/one.md": text("O"),
        "teams/a/pages/de/one.md": text("O", more="noindex: true\n"),
    }
    made(tmp_path, files)
    document = (tmp_path / "dist/sitemap.xml").read_text()
    listed = {
        str(row.findtext("{*}loc")): [(link.get("hreflang"), link.get("href")) for link in row.findall(XHTML_LINK)]
        for row in ElementTree.fromstring(document)
    }
    base = "https://site.example/shop"
    spelt = "gr%C3%B6%C3%9Fe-&-co's/"
    assert listed[f"{base}/{spelt}"] == [
        ("en", f"{base}/{spelt}"),
        ("ar", f"{base}/ar/{spelt}"),
        ("de", f"{base}/de/{spelt}"),
        ("x-default", f"{base}/{spelt}"),
    ]
    assert listed[f"{base}/hidden/"] == [(tag, base + to) for tag, to in TWO_HIDDEN]
    assert [tag for tag, _ in listed[f"{base}/left/"]] == ["en", "de", "x-default"]
    assert f"{base}/de/left/" not in listed
    assert listed[f"{base}/one/"] == []
    for url, its in listed.items():
        assert links(tmp_path, unquote(url.removeprefix(base)), "link[hreflang]") == its
    assert links(tmp_path, "/de/one/", "link[hreflang]") == []
    put(tmp_path, "teams/a/pages/ar/hidden.md", text("H"))
    built(tmp_path)
    assert "/shop/ar/hidden/" in page(tmp_path, "/de/hidden/")
    assert (tmp_path / "dist/sitemap.xml").read_text().count("/shop/ar/hidden/") == 4
    before = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == before


def test_a_sitemap_of_pages_in_one_language_has_none_of_this(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# A\n"})
    assert "xhtml" not in (tmp_path / "dist/sitemap.xml").read_text()


def test_refs_stay_in_a_language_where_they_can(root: Path) -> None:
    assert [to for _, to in links(root, "/", "main a")] == ["/about/", "/b/", "/b/only/"]
    assert [to for _, to in links(root, "/de/", "main a")] == [
        "/de/about/", "/only/", "/b/german/", "/b/only/", "/de/about/",
    ]  # fmt: skip


def test_a_translation_that_comes_or_goes_changes_what_shows_it_and_what_links_to_it(root: Path) -> None:
    put(root, "teams/a/pages/de/only.md", text("Nur hier"))
    result = built(root)
    assert rendered(result) == {"/de/only/"}
    assert "/de/only/" in [to for _, to in links(root, "/de/", "main a")]
    assert links(root, "/only/", ".mfe-languages a") == [("en", "/only/"), ("de", "/de/only/")]
    (root / "teams/a/pages/de/only.md").unlink()
    built(root)
    assert links(root, "/only/", ".mfe-languages a") == []
    assert "/only/" in [to for _, to in links(root, "/de/", "main a")]


def test_a_name_in_front_matter_links_translations_of_other_file_names(tmp_path: Path) -> None:
    named = text("Über uns", more="name: de/about\n")
    files = {path: content for path, content in FILES.items() if "de/about" not in path}
    made(tmp_path, {**files, "teams/a/pages/de/ueber-uns.md": named, "teams/a/pages/de/index.md": text("Start")})
    assert links(tmp_path, "/about/", ".mfe-languages a") == [("en", "/about/"), ("de", "/de/ueber-uns/")]


def test_pages_from_data_are_translated_param_by_param(tmp_path: Path) -> None:
    each = "---\ntitle: '{item}'\ndescription: d\neach: data.list\npath: 'x/{item}/'\nparams: {id: item}\n---\n"
    made(
        tmp_path,
        {
            "site.toml": SITE.replace('b = "/b/"\n', ""),
            "teams/a/team.toml": team_toml("a", '[languages]\nde = "de"\n'),
            "teams/a/data/list.json": '["1", "2"]',
            "teams/a/pages/index.md": text("Home"),
            "teams/a/pages/item.html": each,
            "teams/a/pages/de/item.html": each,
        },
    )
    assert links(tmp_path, "/x/2/", ".mfe-languages a") == [("en", "/x/2/"), ("de", "/de/x/2/")]


def test_lists_neighbours_tags_and_menus_stay_in_a_language(tmp_path: Path) -> None:
    toml = team_toml("a", '[languages]\nde = "de"\n[tags]\npath = "tags/"\n')
    made(
        tmp_path,
        {
            "site.toml": SITE.replace('b = "/b/"\n', ""),
            "teams/a/team.toml": toml,
            "teams/a/pages/index.md": text("Home", more="layout: listing\nmenu: true\n"),
            "teams/a/pages/x.md": text("X", more="tags: [both]\nlayout: article\n"),
            "teams/a/pages/de/index.md": text("Start", more="layout: listing\nmenu: true\n"),
            "teams/a/pages/de/x.md": text("X auf Deutsch", more="tags: [both, nur]\nlayout: article\n"),
        },
    )
    assert links(tmp_path, "/", ".mfe-list a") == [("X", "/x/")]
    assert links(tmp_path, "/de/", ".mfe-list a") == [("X auf Deutsch", "/de/x/")]
    assert links(tmp_path, "/tags/both/", ".mfe-list a") == [("X", "/x/")]
    assert links(tmp_path, "/de/tags/both/", ".mfe-list a") == [("X auf Deutsch", "/de/x/")]
    assert links(tmp_path, "/de/tags/", ".mfe-list a") == [("both", "/de/tags/both/"), ("nur", "/de/tags/nur/")]
    assert '<html lang="de">' in page(tmp_path, "/de/tags/both/")
    assert [to for _, to in links(tmp_path, "/de/x/", "[rel=tag]")] == ["/de/tags/both/", "/de/tags/nur/"]
    assert [to for _, to in links(tmp_path, "/x/", "a[rel=next], a[rel=prev]")] == ["/"]
    assert [to for _, to in links(tmp_path, "/de/x/", "a[rel=next], a[rel=prev]")] == ["/de/"]
    assert links(tmp_path, "/de/x/", ".mfe-header nav a") == [("Start", "/de/")]
    assert links(tmp_path, "/x/", ".mfe-header nav a") == [("Home", "/")]
    before = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == before


def test_a_team_that_begins_to_translate_is_linked_to_in_that_language(root: Path) -> None:
    put(root, "teams/b/team.toml", team_toml("b"))
    built(root)
    assert "/b/" in [to for _, to in links(root, "/de/", "main a")]
    put(root, "teams/b/team.toml", team_toml("b", '[languages]\ngerman = "de"\n'))
    built(root)
    assert "/b/german/" in [to for _, to in links(root, "/de/", "main a")]


def test_other_teams_know_the_languages_of_a_team_by_its_contract(root: Path) -> None:
    contracts = root / "dist/_mfe/contracts"
    assert json.loads((contracts / "a.json").read_text())["languages"] == {"ar": "ar", "de": "de"}
    put(root, "teams/b/team.toml", team_toml("b"))
    built(root)
    assert "languages" not in json.loads((contracts / "b.json").read_text())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    made(tmp_path, {**FILES, "teams/b/pages/german/erste.md": text("B")})
    put(tmp_path, "teams/a/team.toml", BOTH.replace("de = ", "dee = "))
    found = [its for its in built(tmp_path).problems if its.code == "unknown-folder"]
    assert [(its.line, its.hint) for its in found] == [(4, 'did you mean "de"?')]


def test_a_language_that_is_none_is_a_problem(tmp_path: Path) -> None:
    made(tmp_path, {**FILES, "teams/b/pages/german/erste.md": text("B")})
    put(tmp_path, "teams/a/team.toml", BOTH.replace('"ar"', '"not a language"'))
    assert codes(built(tmp_path)) == ["bad-value"]
