"""The demo at the top of the repository: it builds without a problem, and every page of it is one to be proud of."""

import re
from html.parser import HTMLParser
from pathlib import Path

from demo import ROOT, Pages, copy_of_demo, the
from mfe_static.run import Result
from mfe_static.serve.hosts import STYLES, read_rules
from mfe_static.serve.view import standing
from sites import built, problems, rendered

__all__ = ["ROOT", "copy_of_demo"]
URL_ATTRIBUTES = {"href", "src", "srcset", "action", "poster"}
RUNNING = "script:not([type='application/ld+json'])"
COMPACT = "checkout/checkout/index.html"
"""The one page that has another header."""


class Urls(HTMLParser):
    """Every URL in an attribute, but the canonical one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("rel", "canonical") not in attrs:
            self.found.update(value or "" for name, value in attrs if name in URL_ATTRIBUTES)


def test_it_builds_strictly_without_a_problem(demo: tuple[Path, Result]) -> None:
    _, result = demo
    assert problems(result) == []
    assert result.code == 0
    assert result.published
    assert result.report.fallbacks == 0


def test_each_team_has_the_pages_it_should(demo: tuple[Path, Result]) -> None:
    _, result = demo
    assert result.site is not None
    teams = {build.sources.name: build for build in result.site.builds}
    assert {name: build.sources.prefix for name, build in teams.items()} == {
        "explore": "/", "decide": "/product/", "checkout": "/checkout/", "docs": "/docs/", "inspire": "",
    }  # fmt: skip
    machines = teams["decide"].sources.data["products"]
    assert {page.url for page in teams["decide"].pages} == {
        url
        for machine in machines
        for url in (
            f"/product/{machine['id']}/",
            *(f"/product/{machine['id']}/{variant['sku']}/" for variant in machine["variants"]),
        )
    }
    assert [page.url for page in teams["explore"].pages] == [
        "/", "/products/", "/products/autonomous/", "/products/classic/", "/stores/",
    ]  # fmt: skip
    assert [page.url for page in teams["checkout"].pages] == [
        "/checkout/cart/", "/checkout/checkout/", "/checkout/thanks/",
    ]  # fmt: skip
    assert list(teams["inspire"].pages) == []
    sources = list((ROOT / "teams" / "docs" / "pages").rglob("*.md"))
    assert len(teams["docs"].pages) == len(sources)


def test_every_page_has_one_heading_a_title_a_description_a_language_and_landmarks(pages: Pages) -> None:
    for path, page in pages.items():
        assert the(page, "h1").get_text(strip=True), path
        assert the(page, "head > title").get_text(strip=True), path
        assert the(page, "meta[name=description]")["content"], path
        assert the(page, "html")["lang"] == "en", path
        assert str(the(page, "link[rel=canonical]")["href"]).startswith("https://tractors.example/"), path
        for landmark in ("body > header", "body > main", "body > footer"):
            if path.startswith("docs/"):
                landmark = landmark.replace("body > main", "main")
            the(page, landmark)


def test_no_two_pages_share_a_title_a_description_or_a_canonical_url(pages: Pages) -> None:
    for texts in (
        [the(page, "head > title").get_text() for page in pages.values()],
        [str(the(page, "meta[name=description]")["content"]) for page in pages.values()],
        [str(the(page, "link[rel=canonical]")["href"]) for page in pages.values()],
    ):
        assert [text for text in texts if texts.count(text) > 1] == []


def test_only_pages_of_the_shop_and_search_have_a_script_and_none_is_in_the_page_but_the_import_map(
    pages: Pages,
) -> None:
    for path, page in pages.items():
        inline = page.select(f"{RUNNING}:not([src]), style, [style], [onclick]")
        sources = [str(tag["src"]).partition(".")[0] for tag in page.select(f"{RUNNING}[src]")]
        wanted = {"islands": page.select("mfe-island"), "navigate": page.select("meta[name=mfe-build]")}
        own = [f"/_mfe/modules/mfe/{name}" for name, asked in wanted.items() if asked]
        assert not (own and path.startswith("docs/")), path
        assert bool(wanted["navigate"]) == path.startswith("product/"), path
        assert [tag.get("type") for tag in inline] == ["importmap"] * bool(own), path
        assert sorted(sources) == (["/_mfe/assets/search"] if path == "search/index.html" else []) + own, path


def test_every_picture_has_a_text_or_none_on_purpose(pages: Pages) -> None:
    drawings = 0
    for path, page in pages.items():
        for picture in page.select("img"):
            assert {"alt", "width", "height"} <= set(picture.attrs), path
        for drawing in page.select("svg"):
            if drawing.get("aria-hidden") != "true":
                assert drawing["role"] == "img", path
                assert the(drawing, "title").get_text(strip=True), path
                drawings += 1
    assert drawings > 100


def test_every_id_stands_once_and_every_field_has_a_label(pages: Pages) -> None:
    for path, page in pages.items():
        ids = [tag["id"] for tag in page.select("[id]")]
        assert len(ids) == len(set(ids)), path
        for field in page.select("input:not([type=hidden]), select, textarea"):
            assert field.find_parent("label"), path


def test_nothing_of_an_including_tag_remains(pages: Pages) -> None:
    assert [path for path, page in pages.items() if page.select("mfe-fragment")] == []


def test_a_change_of_the_header_stitches_every_page_that_has_it_and_renders_none(tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    built(folder)
    before = {path: path.read_text(encoding="utf-8") for path in (folder / "dist").rglob("*.html")}
    header = folder / "teams/explore/fragments/header/fragment.html"
    header.write_text(header.read_text(encoding="utf-8").replace("Machines", "All machines"), encoding="utf-8")
    result = built(folder)
    assert rendered(result) == set()
    for path, text in before.items():
        changed = path.read_text(encoding="utf-8")
        assert (changed != text) == (path != folder / "dist" / COMPACT)
        assert changed == re.sub(r'(<li><a href="/products/"[^>]*>)Machines<', r"\1All machines<", text)


def test_with_a_path_in_base_url_every_link_begins_with_it(tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    result = built(folder, flags={"base_url": "https://example.org/shop"})
    assert problems(result) == []
    for path in (folder / "dist").rglob("*.html"):
        found = Urls(path.read_text(encoding="utf-8")).found
        assert found
        assert [url for url in found if not url.startswith(("/shop/", "#", "https://"))] == [], path
    for rule in (folder / "dist" / "_redirects").read_text(encoding="utf-8").splitlines():
        assert rule.split()[1].startswith("/shop/")


def test_what_our_builds_write_is_understood_whole_by_both_hosts(demo: tuple[Path, Result]) -> None:
    view = standing(str(demo[0] / "dist"))
    assert view is not None
    assert view.redirects.count("\n") > 2
    for style in ("netlify", "cloudflare"):
        rules, found = read_rules(view, STYLES[style])
        assert found == []
        assert rules.redirects.first("/product", "") is not None or style == "cloudflare"
