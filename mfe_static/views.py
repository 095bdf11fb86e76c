"""What templates see: plain read-only mappings over the values of a team, made when asked for.

A page's place among its siblings (sections, previous and next, breadcrumbs) is worked out once for each team; a page's
view then costs only what its template prints, so the cost of a page does not grow with the team.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, overload

from markupsafe import Markup

from mfe_static.model import Heading, Page, Site, TeamSources
from mfe_static.routes import emitted
from mfe_static.templates import Free

View = Mapping[str, Any]


def moment(text: str) -> datetime.date | datetime.datetime | None:
    """An ISO 8601 date, or date with time, as templates see it; None for an empty text."""
    if not text:
        return None
    return datetime.date.fromisoformat(text) if len(text) <= 10 else datetime.datetime.fromisoformat(text)


class Tree:
    """A team's pages in reading order, as a tree by their URLs: a page's parent is the nearest page above it."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = {page.url: page for page in pages}
        self.parent: dict[str, str] = {}
        self.children: dict[str, list[str]] = {"": []}
        for page in pages:
            above = self._above(page.url)
            self.parent[page.url] = above
            self.children.setdefault(above, []).append(page.url)
        for urls in self.children.values():
            urls.sort(key=self._rank)
        self.order = list(self._walk())
        self._index = {url: index for index, url in enumerate(self.order)}

    def _above(self, url: str) -> str:
        path = url.rstrip("/")
        while path:
            path = path.rpartition("/")[0]
            if path + "/" in self.pages and path + "/" != url:
                return path + "/"
        return ""

    def _rank(self, url: str) -> tuple[bool, float, str]:
        weight = self.pages[url].weight
        return weight is None, weight or 0.0, url

    def _walk(self) -> Iterator[str]:
        pending = list(reversed(self.children[""]))
        while pending:
            url = pending.pop()
            yield url
            pending.extend(reversed(self.children.get(url, ())))

    def neighbour(self, url: str, step: int) -> str:
        """The URL `step` places away in reading order, or an empty string."""
        index = self._index[url] + step
        return self.order[index] if 0 <= index < len(self.order) else ""

    def trail(self, url: str) -> list[str]:
        """The URLs from the top down to the parent of `url`."""
        out = []
        while url := self.parent.get(url, ""):
            out.append(url)
        return out[::-1]


class Seen:
    """A team's pages, seen from one of them (or from none, in fragments)."""

    def __init__(self, tree: Tree, url: str = "") -> None:
        self.tree, self.url = tree, url
        self.above = frozenset(tree.trail(url))

    def summaries(self, urls: Sequence[str]) -> "Summaries":
        """What the pages at `urls` look like from here."""
        return Summaries(self, urls)

    def summary(self, url: str) -> "Summary | None":
        """One page; None for an empty URL."""
        return Summary(self, url) if url else None


class Summaries(Sequence["Summary"]):
    """Pages of a list, each made when it is looked at: a layout may look at few of many."""

    def __init__(self, seen: Seen, urls: Sequence[str]) -> None:
        self._seen, self._urls = seen, urls

    @overload
    def __getitem__(self, index: int) -> "Summary": ...

    @overload
    def __getitem__(self, index: slice) -> "Summaries": ...

    def __getitem__(self, index: int | slice) -> "Summary | Summaries":
        if isinstance(index, slice):
            return Summaries(self._seen, self._urls[index])
        return Summary(self._seen, self._urls[index])

    def __len__(self) -> int:
        return len(self._urls)

    def __repr__(self) -> str:
        return f"<{len(self)} pages>"


class _View(Mapping[str, Any]):
    """A mapping whose values are made when they are asked for."""

    KEYS: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # never an address: the same input gives the same bytes

    def __iter__(self) -> Iterator[str]:
        return iter(self.KEYS)

    def __len__(self) -> int:
        return len(self.KEYS)


_STORED = tuple("url title description date updated tags weight name extra params".split())
seen_of = attrgetter(*_STORED)
"""All of a page that other pages of its team can see, as a tuple: what a template that lists pages depends on."""


class Summary(_View):
    """A page as other pages of its team see it."""

    KEYS = (*_STORED, "depth", "current", "active", "children")

    def __init__(self, seen: Seen, url: str) -> None:
        self._seen, self._page = seen, seen.tree.pages[url]

    def __getitem__(self, key: str) -> Any:
        seen, page = self._seen, self._page
        match key:
            case "children":
                return seen.summaries(seen.tree.children.get(page.url, ()))
            case "current":
                return page.url == seen.url
            case "active":
                return page.url == seen.url or page.url in seen.above
            case "depth":
                return len(seen.tree.trail(page.url))
            case "date" | "updated":
                return moment(getattr(page, key))
            case "extra":
                return Free(page.extra)
        if key not in self.KEYS:
            raise KeyError(key)
        return getattr(page, key)


class TeamView(_View):
    """`team` of templates."""

    KEYS = ("name", "owner", "owner_name", "path", "description", "pages", "sections", "tree")

    def __init__(self, team: TeamSources, seen: Seen) -> None:
        self._team, self._seen = team, seen

    def __getitem__(self, key: str) -> Any:
        team, seen = self._team, self._seen
        match key:
            case "path":
                return team.prefix
            case "owner_name":
                return team.owner.partition("<")[0].strip()
            case "pages":
                return seen.summaries(seen.tree.order)
            case "tree":
                return seen.summaries(seen.tree.children[""])
            case "sections":
                return seen.summaries([url for url in seen.tree.order if seen.tree.children.get(url)])
        if key not in self.KEYS:
            raise KeyError(key)
        return getattr(team, key)


def site_view(site: Site, teams: Sequence[View] | None = None) -> View:
    """`site` of templates. `teams`, the route table, is for the theme only: a team's render knows no other team."""
    view = {
        "title": site.title,
        "description": site.description,
        "language": site.language,
        "base_url": site.base_url,
        "url": "/",
    }
    return view if teams is None else {**view, "teams": teams}


def page_view(page: Page, seen: Seen, site: Site) -> dict[str, Any]:
    """`page` of templates; `seen` from the page itself."""
    tree = seen.tree
    return {
        "url": page.url,
        "canonical": site.base_url + emitted("", page.url),
        "name": page.name,
        "title": page.title,
        "heading": Markup(page.heading) if page.heading is not None else page.title,  # noqa: S704  our own HTML
        "heading_id": page.heading_id,
        "description": page.description,
        "date": moment(page.date),
        "updated": moment(page.updated),
        "tags": page.tags,
        "language": page.language,
        "weight": page.weight,
        "extra": Free(page.extra),
        "params": page.params,
        "toc": contents(page.headings),
        "breadcrumbs": seen.summaries(tree.trail(page.url)),
        "section": seen.summary(tree.parent[page.url]),
        "previous": seen.summary(tree.neighbour(page.url, -1)),
        "next": seen.summary(tree.neighbour(page.url, 1)),
        "children": seen.summaries(tree.children.get(page.url, ())),
        "noindex": page.noindex,
        "layout": page.layout,
    }


def contents(headings: Sequence[Heading]) -> list[dict[str, Any]]:
    """Headings as a table of contents: nested by level, whatever levels are skipped."""
    top: list[dict[str, Any]] = []
    open_lists: list[tuple[int, list[dict[str, Any]]]] = [(0, top)]
    for heading in headings:
        entry: dict[str, Any] = {"id": heading.id, "title": heading.title, "level": heading.level, "children": []}
        while open_lists[-1][0] >= heading.level:
            open_lists.pop()
        open_lists[-1][1].append(entry)
        open_lists.append((heading.level, entry["children"]))
    return top
