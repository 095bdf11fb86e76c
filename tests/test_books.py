"""Two real books, over a thousand Markdown files written for other generators: what the checks say of them is true.

An HTML parser that is not ours reads what was published: every link that leads nowhere has been reported, and nothing
has been reported that leads somewhere.
"""

import datetime
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from mfe_static.build import build
from mfe_static.problems import Problem
from mfe_static.routes import output_path
from mfe_static.run import Options, Result

CORPORA = Path(__file__).parents[1].parent / "shared" / "corpora"
EVERY = 5
"""Parsing is slow, so each fifth page is read."""

pytestmark = [
    pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not on this machine"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    root = tmp_path_factory.mktemp("books") / "site"
    subprocess.run([sys.executable, str(CORPORA / "as_site.py"), str(root)], check=True, stdout=subprocess.DEVNULL)
    return root / "dist", build(root, Options(now=datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)))


def meant(found: Problem) -> str:
    """The text that a problem points at."""
    return found.excerpt[found.column - 1 : found.column - 1 + found.length]


def document(dist: Path, url: str) -> BeautifulSoup:
    return BeautifulSoup((dist / output_path(url)).read_text(encoding="utf-8"), "html.parser")


def test_they_are_published_whole(books: tuple[Path, Result]) -> None:
    _, result = books
    assert result.published
    assert result.site is not None
    assert len(result.site.pages) == 1058
    assert {found.severity for found in result.problems} == {"warning"}


def test_every_problem_points_at_what_it_is_about(books: tuple[Path, Result]) -> None:
    _, result = books
    about = [found for found in result.problems if found.code in {"broken-link", "broken-anchor", "missing-asset"}]
    assert len(about) > 500
    for found in about:
        assert meant(found), found
        assert found.code != "broken-anchor" or "#" in meant(found), found


def test_every_link_that_leads_nowhere_is_reported(books: tuple[Path, Result]) -> None:
    dist, result = books
    assert result.site is not None
    reported: dict[str, set[str]] = {}
    for found in result.problems:
        reported.setdefault(found.file, set()).add(meant(found))
    sources = {composed.page.url: composed.page.source for composed in result.site.pages}
    checked = 0
    for url in sorted(sources)[::EVERY]:
        for link in document(dist, url).find_all("a", href=True):
            href = str(link["href"])
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            path = unquote(parts.path)
            file = dist / output_path(path) if path.startswith("/") else dist / output_path(url) if not path else None
            leads = file is not None and file.is_file()
            if leads and file is not None and parts.fragment and file.suffix == ".html":
                target = document(dist, path or url)
                leads = target.find(id=unquote(parts.fragment)) is not None
            said = reported.get(sources[url], set())
            assert leads or href in said or any(parts.fragment and parts.fragment in text for text in said), (url, href)
    assert checked > 1000


def test_nothing_is_reported_that_leads_somewhere(books: tuple[Path, Result]) -> None:
    dist, result = books
    for found in [found for found in result.problems if found.code == "broken-anchor"][::EVERY]:
        target, _, rest = found.message.partition(" has no anchor ")
        assert document(dist, target).find(id=rest.strip('"')) is None, found
    for found in [found for found in result.problems if found.code == "broken-link"][::EVERY]:
        beside = Path(found.file).parent / unquote(meant(found).partition("#")[0])
        assert not (dist.parent / beside).is_file(), found
        assert not (dist.parent / beside.with_suffix(".md")).is_file(), found


def test_what_looks_like_a_template_is_text(books: tuple[Path, Result]) -> None:
    dist, _ = books
    assert "{{< code-toggle file=content/about.md fm=true >}}" in document(dist, "/methods/page/title/").get_text()
