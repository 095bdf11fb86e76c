"""All teams' pages can be searched: by a real index of Pagefind's, in a real browser, with the policy that the build
wrote."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from mfe_static import load, pagefind
from mfe_static.build import build
from mfe_static.run import Options, Result
from mfe_static.session import Session
from serving import Server, serving
from sites import NOW, Files, built, codes, only, page, problems, put, site, stitched, tree

pytestmark = pytest.mark.skipif(not pagefind.installed(), reason="Pagefind is not installed: pip install '.[search]'")

SITE: Files = {
    "site.toml": """
        title = "Harbour"
        base_url = "https://harbour.example/port"
        [teams]
        home = "/"
        docs = "/docs/"
        [search]
        path = "/search/"
        """,
    "teams/home/team.toml": 'owner = "Team Home <home@harbour.example>"\n',
    "teams/home/pages/index.md": (
        "---\ntitle: Port\ndescription: The way in.\n---\nShips come and go.\n\n"
        "| berth | draught | length |\n|---|---|---|\n| one | 7 | 90 |\n"
    ),
    "teams/home/pages/secret.md": "---\ntitle: Plans\ndescription: d\nnoindex: true\n---\nA walrus sleeps here.\n",
    "teams/home/fragments/tides.html": "<p>High water by noon, says the barnacle.</p>",
    "teams/docs/team.toml": 'owner = "Team Docs <docs@harbour.example>"\n[languages]\nde = "de"\n',
    "teams/docs/pages/index.md": (
        "---\ntitle: Handbook\ndescription: On cranes.\n---\nHow ships are lifted.\n\n## The gantry\n\n"
        'A gantry stands on **four** legs, where `x < y & z`.\n\n<mfe-fragment src="home:tides"></mfe-fragment>\n'
    ),
    "teams/docs/pages/old.md": "---\ntitle: Old\ndescription: d\ndraft: true\n---\nAn ostrich.\n",
    "teams/docs/pages/de/index.md": (
        "---\ntitle: Handbuch\ndescription: Von Kränen.\n---\nEin Portalkran steht auf vier Beinen.\n\n"
        '<p data-pagefind-filter="load:light">Leicht.</p>\n\n<p data-pagefind-filter="load:heavy">Schwer.</p>\n\n'
        "<p data-pagefind-ignore>Unsichtbarkeitsmantel.</p>\n"
    ),
}
OFFERING = 'owner = "Team Home <home@harbour.example>"\n[offers]\nfragments = ["tides"]\n'


def harbour(root: Path, changed: Mapping[str, str] = {}) -> Path:
    """The site of these tests."""
    return site(root, {**SITE, "teams/home/team.toml": OFFERING, **changed})


def index(root: Path) -> dict[str, bytes]:
    """The files of the index."""
    return {path: data for path, data in tree(root / "dist").items() if path.startswith("_mfe/search/")}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The URLs of each index that is made from now on."""
    made: list[list[str]] = []
    real = pagefind.indexed

    def noted(documents: Iterator[pagefind.Document]) -> pagefind.Index:
        found = list(documents)
        made.append([document.url for document in found])
        return real(found)

    monkeypatch.setattr(pagefind, "indexed", noted)
    return made


# -- what is built


def test_a_site_that_does_not_ask_has_no_search_and_starts_nothing(tmp_path: Path, runs: list[list[str]]) -> None:
    root = harbour(tmp_path, {"site.toml": 'title = "H"\n[teams]\nhome = "/"\ndocs = "/docs/"\n'})
    assert problems(built(root)) == []
    assert (index(root), runs) == ({}, [])
    assert not (root / "dist/search").exists()
    assert "search" not in page(root, "/")
    assert "wasm" not in (root / "dist/_headers").read_text()


def test_what_teams_wrote_for_search_engines_is_indexed_and_nothing_else(tmp_path: Path, runs: list[list[str]]) -> None:
    root = harbour(tmp_path)
    assert problems(built(root)) == []
    assert runs == [["/port/", "/port/docs/", "/port/docs/de/"]]
    files = index(root)
    assert {"pagefind.js", "pagefind-worker.js", "pagefind-entry.json"} <= {Path(path).name for path in files}
    assert not any(re.search(r"\.css$|-ui\.js$|playground", path) for path in files)
    assert "script-src 'self' 'wasm-unsafe-eval';" in (root / "dist/_headers").read_text()


def test_the_same_pages_give_the_same_files_and_where_nothing_they_say_changed_no_index_is_made(
    tmp_path: Path, runs: list[list[str]]
) -> None:
    root = harbour(tmp_path / "one")
    assert problems(built(root)) == []
    first = tree(root / "dist")
    assert problems(built(harbour(tmp_path / "other"))) == []
    assert tree(tmp_path / "other/dist") == first
    runs.clear()
    assert built(root, quick=True).published
    put(root, "themes/default/theme.toml", 'extends = "default"\n')
    put(root, "themes/default/fragments/footer.html", "<footer>Another one</footer>")
    assert problems(built(root)) == []
    assert "Another one" in page(root, "/docs/")
    assert (runs, index(root)) == ([], {path: data for path, data in first.items() if path in index(root)})
    put(root, "teams/home/pages/index.md", "---\ntitle: Port\ndescription: d\n---\nShips come, ships go.\n")
    assert problems(built(root)) == []
    assert len(runs) == 1
    incremental = tree(root / "dist")
    assert problems(built(root, cache=False)) == []
    assert tree(root / "dist") == incremental


@pytest.mark.parametrize("harm", ["cache", "index", "output"])
def test_whatever_of_it_is_damaged_is_made_anew(tmp_path: Path, runs: list[list[str]], harm: str) -> None:
    root = harbour(tmp_path)
    assert problems(built(root)) == []
    whole = tree(root / "dist")
    if harm == "cache":
        (root / ".mfe/cache/site.index").write_bytes(b"mfe-static index 2\nnonsense")
    elif harm == "index":
        next((root / "dist/_mfe/search/index").iterdir()).write_bytes(b"nonsense")
    else:
        (root / "dist/_mfe/search/pagefind.js").unlink()
    assert built(root, quick=True).published
    assert len(runs) == 2
    assert tree(root / "dist") == whole


def test_while_one_process_builds_again_and_again_the_index_stays_and_the_next_build_makes_it(
    tmp_path: Path, runs: list[list[str]]
) -> None:
    root, session, options = harbour(tmp_path), Session(), Options(now=NOW, jobs=1)
    assert build(root, options, session=session).published
    assert len(runs) == 1  # there was none
    before = index(root)
    put(root, "teams/docs/pages/index.md", "---\ntitle: Handbook\ndescription: d\n---\nOn pontoons.\n")
    session.touched = ["teams/docs/pages/index.md"]
    assert build(root, options, session=session).published
    assert "On pontoons" in page(root, "/docs/")
    assert (len(runs), index(root)) == (1, before)
    assert built(root, quick=True).published
    assert len(runs) == 2
    assert index(root) != before


# -- what is said


def test_without_pagefind_the_site_is_not_published_and_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "installed", lambda: False)
    root = harbour(tmp_path)
    for write in (True, False):
        found = only(built(root, write=write), "missing-library")
        assert (found.file, found.line) == ("site.toml", 7)
        assert found.hint.startswith('pip install "mfe-static[search]"')
    assert not (root / "dist/index.html").exists()


def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Result:
    """A build with another program in Pagefind's place."""
    put(tmp_path, "bin/pagefind_bin/pagefind", f"#!/bin/sh\n{program}\n").chmod(0o755)
    put(
        tmp_path,
        "bin/pagefind_stand_in.py",
        "from pathlib import Path\ndef get_executable(): return Path(__file__).parent / 'pagefind_bin/pagefind'\n",
    )
    monkeypatch.syspath_prepend(tmp_path / "bin")
    monkeypatch.setattr(pagefind, "_PACKAGES", ("pagefind_stand_in",))
    return built(harbour(tmp_path / "site"))


@pytest.mark.parametrize(
    "program",
    [
        "exit 3",
        "head -c 10 >/dev/null; printf 'bm9uc2Vuc2U=,'",
        "head -c 10 >/dev/null; printf 'e30=,'",
        "printf '%%,'",
    ],
)
def test_where_pagefind_fails_nothing_is_published_and_why_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    result = broken(tmp_path, monkeypatch, program)
    assert only(result, "search-failed").message.startswith("Pagefind made no index: ")
    assert not result.published
    assert not (tmp_path / "site/dist/index.html").exists()


@pytest.mark.parametrize(
    ("policy", "expected"), [("script-src 'self'", ["search-blocked"]), ("script-src 'wasm-unsafe-eval'", [])]
)
def test_a_policy_that_does_not_let_pages_search_is_told(tmp_path: Path, policy: str, expected: list[str]) -> None:
    for table in (f'policy = "{policy}"', f'headers = {{Content-Security-Policy = "{policy}"}}'):
        root = harbour(tmp_path, {"site.toml": f"{_toml()}\n[security]\n{table}\n"})
        assert codes(built(root)) == expected


@pytest.mark.parametrize("path", ["search", "/search", "search/", "/Search/", "/../", "/a//", "//", "/a b/", "7"])
def test_a_path_that_is_none_is_told(tmp_path: Path, path: str) -> None:
    root = harbour(tmp_path, {"site.toml": _toml().replace('"/search/"', f'"{path}"')})
    assert only(built(root), "bad-value").line == 7


def test_the_tools_own_folder_is_no_place_for_the_page(tmp_path: Path) -> None:
    root = harbour(tmp_path, {"site.toml": _toml().replace("/search/", "/_mfe/search/")})
    assert only(built(root), "bad-value").line == 7


def _toml() -> str:
    lines = str(SITE["site.toml"]).strip("\n").splitlines()
    return "\n".join(line.strip() for line in lines) + "\n"


# -- its page


def test_the_page_lists_all_pages_by_team_in_each_language_and_follows_their_titles(tmp_path: Path) -> None:
    root = harbour(tmp_path)
    assert problems(built(root)) == []

    def listed(url: str) -> list[tuple[str, str]]:
        document = BeautifulSoup(page(root, url), "html.parser")
        return [(link.text, str(link["href"])) for link in document.select(".mfe-all a")]

    assert listed("/search/") == [("Port", "/port/"), ("Handbook", "/port/docs/")]
    assert listed("/search/de/") == [("Handbuch", "/port/docs/de/")]
    assert '<a href="/port/search/de/">Suche</a>' in page(root, "/docs/de/")
    assert '<a href="/port/search/">Search</a>' in page(root, "/docs/")
    assert "search" not in (root / "dist/sitemap.xml").read_text()
    put(root, "teams/home/pages/index.md", "---\ntitle: Harbour\ndescription: d\n---\nShips.\n")
    result = built(root)
    assert "/search/" in stitched(result)
    assert not any(url.startswith("/docs/") for url in stitched(result))
    assert listed("/search/")[0] == ("Harbour", "/port/")


def test_while_one_process_builds_again_and_again_the_page_follows_all_teams(tmp_path: Path) -> None:
    text = "---\ntitle: Cranes\ndescription: d\n---\n{{ 1 }}\n"
    broken = {"teams/docs/pages/cranes.html": text.replace("1", "nix")}
    root, session, options = harbour(tmp_path, broken), Session(), Options(now=NOW, jobs=1)
    assert not build(root, options, session=session).published
    handbook = str(SITE["teams/docs/pages/index.md"])
    for path, content, listed in (
        ("cranes.html", text, ["Port", "Handbook", "Cranes"]),
        ("index.md", handbook.replace("Handbook", "Manual"), ["Port", "Manual", "Cranes"]),
        ("index.md", handbook.replace("---\nHow", "noindex: true\n---\nHow"), ["Port", "Cranes"]),
    ):
        session.touched = [put(root, f"teams/docs/pages/{path}", content).relative_to(root).as_posix()]
        assert build(root, options, session=session).published
        links = BeautifulSoup(page(root, "/search/"), "html.parser").select(".mfe-all a")
        assert [link.text for link in links] == listed


def test_a_page_of_a_team_at_that_place_is_taken_instead(tmp_path: Path) -> None:
    own = "---\ntitle: Find\ndescription: d\n---\nOur own.\n"
    root = harbour(tmp_path, {"teams/home/pages/search.md": own})
    assert problems(built(root)) == []
    assert "Our own." in page(root, "/search/")


def test_a_theme_without_the_layout_is_told(tmp_path: Path) -> None:
    root = harbour(tmp_path, {"site.toml": f'theme = "plain"\n{_toml()}[checks]\nmissing-description = "off"\n'})
    found = {problem.message for problem in built(root).problems}
    assert found == {'the theme has no layout "search", which every theme needs'}


# -- in a browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = harbour(tmp_path_factory.mktemp("searched"))
    assert problems(built(root, strict=True)) == []
    with serving(root / "dist", base_path="/port") as server:
        yield server


class Window:
    """A page in a browser, and what it asked for and complained of."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url.removeprefix(base)))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/port{path}")

    def found(self) -> list[str]:
        """The titles of what is found."""
        return self.page.locator(".mfe-found > li > a").all_inner_texts()

    @property
    def indexed(self) -> list[str]:
        """What was loaded of the index."""
        return [url for url in self.asked if "/_mfe/search/" in url]


@pytest.fixture
def window(browser: Browser, served: Server) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    yield Window(context.new_page(), served.url)
    context.close()


@pytest.mark.browser
def test_typing_finds_a_page_of_another_team_and_nothing_is_loaded_before(window: Window) -> None:
    for path in ("/", "/docs/", "/search/"):
        window.open(path)
        expect(window.page.locator(".mfe-search form")).to_have_count(1 if path == "/search/" else 0)
    assert [url.partition(".")[0] for url in window.asked if url.endswith(".js")] == ["/port/_mfe/assets/search"]
    assert window.indexed == []
    expect(window.page.get_by_role("searchbox", name="Search")).to_be_focused()
    window.page.keyboard.type("gantry")
    expect(window.page.get_by_role("status")).to_have_text("Pages found: 1")
    assert window.found() == ["Handbook"]
    assert window.page.locator(".mfe-found small").inner_text() == "Docs"
    assert window.page.locator(".mfe-found mark").first.inner_text().lower().startswith("gantry")
    assert "x < y & z" in window.page.locator(".mfe-found p").inner_text()
    assert window.page.locator(".mfe-found li li a").get_attribute("href") == "/port/docs/#the-gantry"
    expect(window.page).to_have_url(f"{window.base}/port/search/?q=gantry")
    assert window.page.locator(".mfe-all").is_hidden()
    window.page.locator(".mfe-found > li > a").click()
    assert window.page.url == f"{window.base}/port/docs/"
    window.page.go_back(wait_until="commit")
    expect(window.page.locator(".mfe-found > li > a")).to_have_text(["Handbook"])
    assert window.said == []


@pytest.mark.browser
def test_what_is_private_for_search_engines_and_what_fragments_say_is_not_found(window: Window) -> None:
    for word in ("walrus", "ostrich", "barnacle", "Beinen"):
        window.open(f"/search/?q={word}")
        expect(window.page.get_by_role("status")).to_have_text("No page has all of these words.")
        assert window.page.locator(".mfe-all").is_visible()
    assert window.said == []


@pytest.mark.browser
def test_words_that_stand_side_by_side_in_a_table_are_found_one_by_one(window: Window) -> None:
    window.open("/search/?q=draught")
    expect(window.page.get_by_role("status")).to_have_text("Pages found: 1")
    assert window.found() == ["Port"]


@pytest.mark.browser
def test_each_language_is_searched_on_a_page_of_its_own(window: Window) -> None:
    window.open("/docs/de/")
    window.page.get_by_role("link", name="Suche").click()
    window.page.get_by_role("searchbox", name="Suche").fill("Portalkran")
    expect(window.page.get_by_role("status")).to_have_text("Gefundene Seiten: 1")
    assert window.found() == ["Handbuch"]
    window.page.get_by_role("searchbox", name="Suche").fill("Unsichtbarkeitsmantel")
    expect(window.page.get_by_role("status")).to_have_text("Keine Seite enthält alle diese Wörter.")
    assert window.said == []


@pytest.mark.browser
def test_what_is_found_can_be_narrowed_to_a_team(window: Window) -> None:
    window.open("/search/?q=ships")
    expect(window.page.get_by_role("status")).to_have_text("Pages found: 2")
    assert sorted(window.found()) == ["Handbook", "Port"]
    window.page.get_by_label("Team").select_option("Docs")
    expect(window.page.get_by_role("status")).to_have_text("Pages found: 1")
    assert window.found() == ["Handbook"]
    expect(window.page).to_have_url(f"{window.base}/port/search/?q=ships&team=docs")
    window.page.get_by_label("Search").fill("")
    expect(window.page.locator(".mfe-all")).to_be_visible()
    assert window.found() == [] or window.page.locator(".mfe-found").is_hidden()
    assert window.page.evaluate("document.documentElement.scrollWidth") == 320
    assert window.said == []


@pytest.mark.browser
def test_where_the_index_cannot_be_loaded_that_is_said_and_the_next_word_tries_again(window: Window) -> None:
    window.page.route("**/_mfe/search/**", lambda route: route.abort())
    window.open("/search/?q=gantry")
    expect(window.page.get_by_role("status")).to_have_text("Searching failed. All pages are listed below.")
    assert window.page.locator(".mfe-all").is_visible()
    window.page.unroute("**/_mfe/search/**")
    window.page.keyboard.press("Tab")
    window.page.get_by_label("Search").fill("legs")
    expect(window.page.get_by_role("status")).to_have_text("Pages found: 1")


@pytest.mark.browser
def test_without_javascript_there_is_the_list_and_no_form(browser: Browser, served: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{served.url}/port/search/")
    assert plain.get_by_role("searchbox").count() == 0
    assert plain.get_by_text("Searching needs JavaScript.").is_visible()
    assert plain.get_by_role("link", name="Handbook").is_visible()
    context.close()


@pytest.mark.browser
def test_many_results_come_in_parts_and_the_focus_goes_to_the_first_new_one(browser: Browser, tmp_path: Path) -> None:
    many = {
        f"teams/home/pages/n{number}.md": f"---\ntitle: Page {number}\ndescription: d\n---\nA zebra.\n"
        for number in range(25)
    }
    root = harbour(tmp_path, many)
    assert problems(built(root)) == []
    with serving(root / "dist", base_path="/port") as server:
        context = browser.new_context()
        window = Window(context.new_page(), server.url)
        window.open("/search/?q=zebra")
        expect(window.page.get_by_role("status")).to_have_text("Pages found: 25")
        assert len(window.found()) == 10
        for shown in (20, 25):
            window.page.get_by_role("button", name="More").click()
            expect(window.page.locator(".mfe-found > li")).to_have_count(shown)
            place = "[...document.querySelectorAll('.mfe-found > li > a')].indexOf(document.activeElement)"
            assert window.page.evaluate(place) in {10, 20}
        assert window.page.locator(".mfe-further").is_hidden()
        context.close()


def test_what_an_author_says_of_a_picture_is_indexed_where_the_author_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    real = pagefind.indexed

    def noted(documents: Iterator[pagefind.Document]) -> pagefind.Index:
        found = list(documents)
        told.extend(document.html for document in found)
        return real(found)

    monkeypatch.setattr(pagefind, "indexed", noted)
    tag = '<img src="a.svg" alt="A pelican" data-pagefind-index-attrs="alt">'
    page = f"---\ntitle: Port\ndescription: d\n---\n<div>{tag}</div>\n"
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    root = harbour(tmp_path, {"teams/home/pages/index.md": page, "teams/home/assets/a.svg": drawing})
    assert built(root).published
    assert any(tag.replace("a.svg", "") in html for html in told)
