"""What templates see: plain read-only mappings over the values of a team, made when asked for.

A page's place among its siblings (sections, previous and next, breadcrumbs) is worked out once for each team; a page's
view then costs only what its template prints, so the cost of a page does not grow with the team.

What is looked at is noted (`Reads`), by a name whose present value can be asked for at any later time (`Tree.mark`,
`data_mark`). So a page that was rendered before is known to be the same as long as all that it read is. Reading a list
is one read, however long the list is; after `team.pages`, which is everything, no further page is noted.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, overload

import msgspec
from markupsafe import Markup

from mfe_static.digests import Digest, digest
from mfe_static.model import Body, Heading, Page, Read, Site, TeamSources
from mfe_static.routes import emitted
from mfe_static.templates import Free

View = Mapping[str, Any]


def moment(text: str) -> datetime.date | datetime.datetime | None:
    """An ISO 8601 date, or date with time, as templates see it; None for an empty text."""
    if not text:
        return None
    return datetime.date.fromisoformat(text) if len(text) <= 10 else datetime.datetime.fromisoformat(text)


class Reads:
    """What templates looked at, beside what is always in front of them."""

    def __init__(self) -> None:
        self.names: set[Read] = set()

    def page(self, kind: str, url: str) -> None:
        """Some pages of the team were looked at from the page at `url`."""
        if _ALL not in self.names:
            self.names.add((kind, url))

    def data(self, key: str) -> None:
        """A data file was looked at; with an empty key, all of them."""
        self.names.add(("data", key))


_ALL: Read = ("pages", "")


class Data(dict[str, Any]):  # noqa: PLW1641  as a dictionary, it has no hash
    """`data` of templates: a dictionary that notes which of its keys are looked at."""

    def __init__(self, values: Mapping[str, Any], reads: Reads) -> None:
        super().__init__(values)
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._reads.data(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._reads.data(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dictionary."""
        self._reads.data(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        self._reads.data("")
        return super().__iter__()

    def __len__(self) -> int:
        self._reads.data("")
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self._reads.data("")
        return super().__eq__(other)

    def __repr__(self) -> str:
        self._reads.data("")
        return super().__repr__()

    def __or__(self, other: Any) -> Any:
        self._reads.data("")
        return super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        self._reads.data("")
        return super().__ror__(other)

    def keys(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().keys()

    def values(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().values()

    def items(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().items()

    def copy(self) -> dict[str, Any]:
        """As of a dictionary."""
        self._reads.data("")
        return super().copy()


def data_mark(data: Mapping[str, Any], key: str) -> Digest:
    """Names what `data` holds under `key`; with an empty key, all it holds."""
    if key and key not in data:
        return ""
    return digest(msgspec.msgpack.encode(data[key] if key else data))


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
        self._marks: dict[Read, Digest] = {}

    def mark(self, read: Read) -> Digest:
        """Names what this read gives: which pages there are, and all that can be seen of them."""
        found = self._marks.get(read)
        if found is None:
            found = self._marks[read] = self._marked(*read)
        return found

    def _marked(self, kind: str, url: str) -> Digest:
        if kind == "page":
            return digest(msgspec.msgpack.encode(seen_of(self.pages[url])))
        if kind == "pages":
            urls: Sequence[str] = self.order
        elif url not in self.parent and url:
            return ""
        else:
            urls = self.listed(kind, url)
        return digest(*[part for other in urls for part in (other, self.mark(("page", other)))])

    def listed(self, kind: str, url: str) -> Sequence[str]:
        """The pages that stand in this relation to the page at `url`."""
        match kind:
            case "children":
                return self.children.get(url, ())
            case "breadcrumbs":
                return self.trail(url)
            case "section":
                return [above] if (above := self.parent.get(url, "")) else []
        other = self.neighbour(url, -1 if kind == "previous" else 1)
        return [other] if other else []

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

    def __init__(self, tree: Tree, url: str = "", reads: Reads | None = None) -> None:
        self.tree, self.url = tree, url
        self.above = frozenset(tree.trail(url))
        self.reads = reads or Reads()

    def listed(self, kind: str, url: str) -> "Summaries":
        """The pages that stand in this relation to the page at `url`, and that somebody looked."""
        self.reads.page(kind, url)
        return Summaries(self, self.tree.listed(kind, url))

    def one(self, kind: str, url: str) -> "Summary | None":
        """The same where it is one page or none."""
        found = self.listed(kind, url)
        return found[0] if found else None

    def every(self, urls: Sequence[str]) -> "Summaries":
        """Some of all the pages."""
        self.reads.page(*_ALL)
        return Summaries(self, urls)


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
                return seen.listed("children", page.url)
            case "current":
                return page.url == seen.url
            case "active":
                return page.url == seen.url or page.url in seen.above
            case "depth":
                return len(seen.listed("breadcrumbs", page.url))
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
                return seen.every(seen.tree.order)
            case "tree":
                return seen.every(seen.tree.children[""])
            case "sections":
                return seen.every([url for url in seen.tree.order if seen.tree.children.get(url)])
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


class PageView(_View):
    """`page` of templates, seen from the page itself."""

    KEYS = tuple(
        "url canonical name title heading heading_id description date updated tags language weight extra params toc "
        "breadcrumbs section previous next children noindex layout".split()
    )

    def __init__(self, page: Page, body: Body | None, seen: Seen, site: Site) -> None:
        """`body`: what is known of the page's content; None: a template is still to make it."""
        self._page, self._body, self._seen, self._site = page, body, seen, site

    def __getitem__(self, key: str) -> Any:
        page = self._page
        match key:
            case "canonical":
                return self._site.base_url + emitted("", page.url)
            case "heading":
                return self._heading()
            case "heading_id":
                return self._body.heading_id if self._body else ""
            case "date" | "updated":
                return moment(getattr(page, key))
            case "extra":
                return Free(page.extra)
            case "toc":
                return contents(self._body.headings) if self._body and page.toc else []
            case "breadcrumbs" | "children":
                return self._seen.listed(key, page.url)
            case "section" | "previous" | "next":
                return self._seen.one(key, page.url)
        if key not in self.KEYS:
            raise KeyError(key)
        return getattr(page, key)

    def _heading(self) -> str | None:
        """HTML for the `h1`; None where the content has one of its own."""
        body = self._body
        if body is None or (body.heading is None and body.cut.h1 is None):
            return self._page.title
        return None if body.heading is None else Markup(body.heading)  # noqa: S704  our own HTML


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
