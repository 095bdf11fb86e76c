"""Writes a corpus as a site of one generator, and edits it.

`flavours/<name>/` holds what a generator needs beside the pages: settings and a theme of one header, one footer and one
layout, with one more layout for the first team. They print the same document, as near as their template languages let
them. In them, and in their paths, words such as `@team@` stand for what depends on the corpus.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import PICTURES, TEXT_MARK, Corpus, Matter, Page, picture

HERE = Path(__file__).parent
STYLES = HERE / "theme" / "assets" / "theme.css"
"""The style sheet of every flavour."""
EDITS = ("text", "title", "layout", "header")
"""What can be edited: a page's text or title, the layout of the first team, the header that all pages share."""
HEADER_MARK = "Edition {}"
LAYOUT_MARK = "Layout {} of"


def _yaml(page: Page, matter: Matter, more: Mapping[str, str]) -> str:
    rows = {"title": json.dumps(matter.title), "description": json.dumps(matter.description), "date": matter.date}
    return _rows("---", ": ", {**rows, **more, "tags": f"[{', '.join(matter.tags)}]"})


def _eleventy(page: Page, matter: Matter, more: Mapping[str, str]) -> str:
    return _yaml(page, matter, more).replace("\ntags: ", "\ntopics: ")  # its `tags` make collections


def _zola(page: Page, matter: Matter, more: Mapping[str, str]) -> str:
    rows = {"title": json.dumps(matter.title), "description": json.dumps(matter.description), "date": matter.date}
    if not page.team:
        del rows["date"]  # a section, which has none
    elif not page.slug:
        rows["path"] = json.dumps(page.url)
    return _rows("+++", " = ", {**rows, **more, "extra.tags": json.dumps(matter.tags)})


def _pelican(page: Page, matter: Matter, more: Mapping[str, str]) -> str:
    url = page.url[1:]
    rows = {"Title": matter.title, "Description": matter.description, "Date": matter.date, **more}
    return _rows("", ": ", {**rows, "Tags": ", ".join(matter.tags), "URL": url, "Save_as": f"{url}index.html"})


def _rows(fence: str, between: str, rows: Mapping[str, str]) -> str:
    lines = [f"{key}{between}{value}" for key, value in rows.items()]
    return "\n".join([fence, *lines, fence, ""] if fence else [*lines, ""]) + "\n"


class Flavour(NamedTuple):
    """Where a generator wants things, and how it reads front matter."""

    pages: str
    """The folder of a team's pages; `{team}` is empty for the home page, `{owner}` is `home`."""
    public: str
    """The folder of what is copied to the team's URL."""
    header: str
    """The template with the text of `HEADER_MARK`."""
    layout: str
    """The template with the text of `LAYOUT_MARK`."""
    start: str = "index"
    """The name of a team's first page, without `.md`."""
    home: str = "index"
    """The name of the home page, without `.md`."""
    front: Callable[[Page, Matter, Mapping[str, str]], str] = _yaml
    """A page, its front matter and further rows, as text."""
    team_row: tuple[str, str] | None = None
    """The row of front matter by which pages of the first team ask for its layout, where nothing else does."""


FLAVOURS = {
    "mfe-static": Flavour(
        "teams/{owner}/pages",
        "teams/{owner}/public",
        "themes/bench/fragments/header.html",
        "teams/@team@/layouts/noted.html",
        team_row=("layout", "noted"),
    ),
    "hugo": Flavour(
        "content/{team}",
        "static/{team}",
        "layouts/_partials/header.html",
        "layouts/@team@/all.html",
        start="_index",
        home="_index",
    ),
    "zola": Flavour(
        "content/{team}",
        "static/{team}",
        "templates/header.html",
        "templates/team.html",
        start="start",
        home="_index",
        front=_zola,
        team_row=("template", '"team.html"'),
    ),
    "eleventy": Flavour(
        "content/{team}", "static/{team}", "_includes/header.njk", "_includes/team.njk", front=_eleventy
    ),
    "mkdocs": Flavour(
        "docs/{team}", "docs/{team}", "theme/header.html", "theme/team.html", team_row=("template", "team.html")
    ),
    "pelican": Flavour(
        "content/{team}",
        "content/{team}",
        "theme/templates/header.html",
        "theme/templates/team.html",
        front=_pelican,
        team_row=("Template", "team"),
    ),
}


class Site(NamedTuple):
    """A corpus as it was written for one generator."""

    root: Path
    name: str
    """Of its flavour."""
    corpus: Corpus

    @property
    def flavour(self) -> Flavour:
        """Where things are in it."""
        return FLAVOURS[self.name]

    @property
    def edited(self) -> int:
        """The number of the page that is edited: one in the middle."""
        return (len(self.corpus.pages) + 1) // 2

    def source(self, page: Page) -> Path:
        """The file of a page."""
        folder = self.flavour.pages.format(team=page.team, owner=page.team or "home")
        first = self.flavour.start if page.team else self.flavour.home
        return self.root / folder / page.folder / f"{page.slug or first}.md"


def write(root: Path, name: str, corpus: Corpus, *, highlight: bool = True) -> Site:
    """Write the site into a folder, which is made."""
    site = Site(root, name, corpus)
    _skeleton(site, _words(corpus, highlight))
    folders: set[Path] = set()
    for number, page in enumerate(corpus.pages):
        file = site.source(page)
        if file.parent not in folders:
            file.parent.mkdir(parents=True, exist_ok=True)
            folders.add(file.parent)
        more = site.flavour.team_row if page.team == corpus.teams[0] else None
        front = site.flavour.front(page, corpus.matter(number), dict([more] if more else ()))
        file.write_text(front + corpus.text(number), encoding="utf-8")
    for index, team in enumerate(corpus.teams):
        folder = root / site.flavour.public.format(team=team, owner=team)
        folder.mkdir(parents=True, exist_ok=True)
        for nth in range(1, PICTURES + 1):
            (folder / f"picture-{nth}.svg").write_text(picture(index * PICTURES + nth), encoding="utf-8")
    return site


def edit(site: Site, what: str, number: int) -> tuple[list[str], str]:
    """Make an edit for the `number`-th time, from 1 on.

    Returns the URLs of the pages that have to change, and what they must hold then.
    """
    pages = site.corpus.pages
    page = pages[site.edited]
    first = site.corpus.teams[0]
    if what == "text":
        return [page.url], _replace(site.source(page), TEXT_MARK.format(number - 1), TEXT_MARK.format(number))
    if what == "title":
        before = f"{page.title} ({number - 1})" if number > 1 else page.title
        return [page.url], _replace(site.source(page), before, f"{page.title} ({number})")
    if what == "layout":
        file = site.root / site.flavour.layout.replace("@team@", first)
        urls = [other.url for other in pages if other.team == first]
        return urls, _replace(file, LAYOUT_MARK.format(number - 1), LAYOUT_MARK.format(number))
    file = site.root / site.flavour.header
    return [other.url for other in pages], _replace(file, HEADER_MARK.format(number - 1), HEADER_MARK.format(number))


def _replace(file: Path, before: str, after: str) -> str:
    text = file.read_text(encoding="utf-8")
    assert before in text, f"{file} has no {before!r}"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return after


def _words(corpus: Corpus, highlight: bool) -> Mapping[str, str]:
    return {
        "@team@": corpus.teams[0],
        "@teams@": json.dumps(corpus.teams),
        "@names@": " ".join(corpus.teams),
        "@routes@": "\n".join(f'{team} = "/{team}/"' for team in corpus.teams),
        "@highlight@": "true" if highlight else "false",
        "@place@": "markdown" if highlight else "extra",
    }


def _skeleton(site: Site, words: Mapping[str, str]) -> None:
    """All but the pages and their pictures."""
    source = HERE / "flavours" / site.name
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        _put(site.root / _filled(file.relative_to(source).as_posix(), words), _filled(file.read_text("utf-8"), words))
    if site.name == "mfe-static":
        shutil.copytree(HERE / "theme", site.root / "themes" / "bench")
        for team in ("home", *site.corpus.teams):
            _put(site.root / "teams" / team / "team.toml", f'owner = "Team {team} <{team}@bench.example>"\n')
    else:
        _put(site.root / site.flavour.public.format(team="") / "style.css", STYLES.read_text("utf-8"))


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
