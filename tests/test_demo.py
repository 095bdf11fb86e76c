"""The demo at the top of the repository: it builds without a problem, and shows what it is there to show."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mfe_static.run import Result
from sites import built, problems, rendered

ROOT = Path(__file__).parents[1]
URL_ATTRIBUTES = {"href", "src", "srcset", "action", "poster"}


class Document(HTMLParser):
    """What a reader's tools see of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.title = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._in_title = tag == "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def description(self) -> str:
        """What `<meta name="description">` says."""
        return next((meta["content"] for meta in self.all("meta") if meta.get("name") == "description"), "")

    @property
    def urls(self) -> list[str]:
        """Every URL in an attribute, but the canonical one."""
        return [
            value
            for tag, attributes in self.tags
            for name, value in attributes.items()
            if name in URL_ATTRIBUTES and not (tag == "link" and attributes.get("rel") == "canonical")
        ]


def copy_of_demo(folder: Path) -> Path:
    """The demo's own files, without what builds left."""
    for name in ("teams", "themes", "public"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "site.toml", folder / "site.toml")
    return folder


def documents(folder: Path) -> dict[str, Document]:
    """Every page of the published site, by its path."""
    dist = folder / "dist"
    return {
        path.relative_to(dist).as_posix(): Document(path.read_text(encoding="utf-8"))
        for path in sorted(dist.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = copy_of_demo(tmp_path_factory.mktemp("demo"))
    return folder, built(folder, strict=True)


def test_it_builds_strictly_without_a_problem(demo: tuple[Path, Result]) -> None:
    _, result = demo
    assert problems(result) == []
    assert result.code == 0
    assert result.published
    assert result.report.fallbacks == 0


def test_each_team_has_the_pages_it_should(demo: tuple[Path, Result]) -> None:
    _, result = demo
    assert result.site is not None
    counts = {build.sources.name: build.contract for build in result.site.builds}
    assert {name: contract.path for name, contract in counts.items()} == {
        "explore": "/", "decide": "/product/", "docs": "/docs/",
    }  # fmt: skip
    data = counts["decide"]
    machines = next(build.sources.data["products"] for build in result.site.builds if build.sources.name == "decide")
    assert len(data.pages) == len(machines) + sum(len(machine["variants"]) for machine in machines)
    assert [page.url for page in counts["explore"].pages] == [
        "/", "/products/", "/products/autonomous/", "/products/classic/", "/stores/",
    ]  # fmt: skip
    sources = list((ROOT / "teams" / "docs" / "pages").rglob("*.md"))
    assert len(counts["docs"].pages) == len(sources)


def test_every_page_has_one_heading_a_title_a_description_and_a_language(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    for path, document in documents(folder).items():
        assert len(document.all("h1")) == 1, path
        assert document.title, path
        assert document.description, path
        assert document.all("html")[0].get("lang") == "en", path


def test_no_two_pages_share_a_title_or_a_description(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    pages = documents(folder)
    for texts in ([page.title for page in pages.values()], [page.description for page in pages.values()]):
        assert [text for text in texts if texts.count(text) > 1] == []


def test_every_page_has_the_header_of_explore_and_no_script(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    for path, document in documents(folder).items():
        assert [header.get("data-boundary") for header in document.all("header")] == ["explore"], path
        assert document.all("script") == [], path


def test_every_picture_has_a_size_and_a_text_or_none_on_purpose(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    pictures = [picture for document in documents(folder).values() for picture in document.all("img")]
    assert pictures
    for picture in pictures:
        assert picture["src"].startswith("/_mfe/assets/")
        assert picture["width"].isdigit()
        assert picture["height"].isdigit()
        assert "alt" in picture


def test_the_home_page_of_explore_shows_cards_that_decide_wrote(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    home = documents(folder)["index.html"]
    cards = [card for card in home.all("article") if card.get("data-boundary") == "decide"]
    assert len(cards) == 4
    assert "/product/AU-02/" in home.urls
    assert "mfe-fragment" not in (folder / "dist" / "index.html").read_text(encoding="utf-8")


def test_machines_are_listed_dearest_first(demo: tuple[Path, Result]) -> None:
    folder, _ = demo
    for name in ("products", "products/classic", "products/autonomous"):
        text = (folder / "dist" / name / "index.html").read_text(encoding="utf-8")
        prices = [int(price) for price in re.findall(r"from (\d+),00 Ø", text)]
        assert prices == sorted(prices, reverse=True)
        assert f"<p>{len(prices)} products</p>" in text


def test_a_change_of_the_header_stitches_every_page_and_renders_none(tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    built(folder)
    before = {path: path.read_text(encoding="utf-8") for path in (folder / "dist").rglob("*.html")}
    header = folder / "teams/explore/fragments/header/fragment.html"
    header.write_text(header.read_text(encoding="utf-8").replace("Machines", "All machines"), encoding="utf-8")
    result = built(folder)
    assert rendered(result) == set()
    for path, text in before.items():
        changed = path.read_text(encoding="utf-8")
        assert changed != text
        assert changed == re.sub(r'(<li><a href="/products/"[^>]*>)Machines<', r"\1All machines<", text)


def test_with_a_path_in_base_url_every_link_begins_with_it(tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path)
    result = built(folder, flags={"base_url": "https://example.org/shop"})
    assert problems(result) == []
    for path, document in documents(folder).items():
        for url in document.urls:
            assert url.startswith(("/shop/", "#", "https://")), (path, url)
    for rule in (folder / "dist" / "_redirects").read_text(encoding="utf-8").splitlines():
        assert rule.split()[1].startswith("/shop/")
