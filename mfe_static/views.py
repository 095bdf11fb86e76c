"""What templates see: plain read-only mappings over the values of a team, made when asked for.

A view costs only what its template prints. Other pages come through `Seen`, which notes that they were looked at (see
`reads`) before it gives them: a template cannot see of another page what is not noted.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, overload
from urllib.parse import quote

from markupsafe import Markup

from mfe_static.model import Body, Free, Listing, Page, Site, TeamSources
from mfe_static.pieces import Heading
from mfe_static.reads import EVERY_PAGE, Reads
from mfe_static.routes import emitted, feed_urls, tag_segment
from mfe_static.structured import structured
from mfe_static.tree import SEEN, Tree

View = Mapping[str, Any]


def moment(text: str) -> datetime.date | datetime.datetime | None:
    """An ISO 8601 date, or date with time, as templates see it; None for an empty text."""
    if not text:
        return None
    return datetime.date.fromisoformat(text) if len(text) <= 10 else datetime.datetime.fromisoformat(text)


class Seen:
    """A team's pages, seen from one of them (or from none, in fragments)."""

    def __init__(self, tree: Tree, url: str = "", reads: Reads | None = None) -> None:
        """`reads`: where it is noted what was looked at; None: nobody asks."""
        self.tree, self.url, self._reads = tree, url, reads

    @cached_property
    def above(self) -> frozenset[str]:
        """The URLs of the pages above it."""
        return frozenset(self.tree.trail(self.url))

    def listed(self, kind: str, url: str) -> "Summaries":
        """The pages that stand in this relation to the page at `url`, and that somebody looked."""
        return Summaries(self, self.urls(kind, url))

    def urls(self, kind: str, url: str) -> Sequence[str]:
        """Their URLs, and that somebody looked."""
        if self._reads is not None:
            self._reads.page(kind, url)
        return self.tree.listed(kind, url)

    def one(self, kind: str, url: str) -> "Summary | None":
        """The same where it is one page or none."""
        found = self.listed(kind, url)
        return found[0] if found else None

    def every(self, urls: Sequence[str]) -> "Summaries":
        """Some of all the pages."""
        if self._reads is not None:
            self._reads.page(*EVERY_PAGE)
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

    def __iter__(self) -> Iterator["Summary"]:
        return map(partial(Summary, self._seen), self._urls)

    def __len__(self) -> int:
        return len(self._urls)

    def __repr__(self) -> str:
        return f"<{len(self)} pages>"


class _View(Mapping[str, Any]):
    """A mapping whose values are made when they are asked for."""

    KEYS: tuple[str, ...] = ()
    PLAIN: frozenset[str] = frozenset()
    """Those that a page has itself, as they are."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # never an address: the same input gives the same bytes

    def __iter__(self) -> Iterator[str]:
        return iter(self.KEYS)

    def __len__(self) -> int:
        return len(self.KEYS)


class Summary(_View):
    """A page as other pages of its team see it."""

    KEYS = (*SEEN, "depth", "current", "active", "children")
    PLAIN = frozenset(SEEN) - {"date", "updated", "extra"}

    def __init__(self, seen: Seen, url: str) -> None:
        self._seen, self._page = seen, seen.tree.pages[url]

    @property
    def listing(self) -> Listing:
        """What it lists; for ourselves."""
        return self._page.listing or Listing()

    def __getitem__(self, key: str) -> Any:
        seen, page = self._seen, self._page
        if key in self.PLAIN:
            return getattr(page, key)
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
        raise KeyError(key)


class TeamView(_View):
    """`team` of templates."""

    KEYS = ("name", "owner", "owner_name", "path", "description", "pages", "sections", "tree", "recent", "tags")

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
            case "recent":
                return seen.every(seen.tree.dated)
            case "tags":
                return [_tag_view(page) for page in seen.every(seen.tree.tags)]
            case "sections":
                return seen.every([url for url in seen.tree.order if seen.tree.children.get(url)])
        if key not in self.KEYS:
            raise KeyError(key)
        return getattr(team, key)


def site_view(
    site: Site,
    teams: Sequence[View] | None = None,
    menus: Mapping[str, Any] | None = None,
    search: Mapping[str, Any] | None = None,
) -> View:
    """`site` of templates. `teams`, the route table, and `menus` and `search`, from all teams, are for the theme only:
    a team's render knows no other team."""
    view = {
        "title": site.title,
        "description": site.description,
        "language": site.language,
        "base_url": site.base_url,
        "url": "/",
    }
    if teams is None:
        return view
    return {**view, "teams": teams, "menus": Free(menus or {}), "search": Free(search or {})}


class PageView(_View):
    """`page` of templates, seen from the page itself."""

    KEYS = tuple(
        "url canonical name title heading heading_id description date updated tags language weight extra params toc "
        "breadcrumbs section previous next children noindex layout pages pagination tag tag_links feed edit_url "
        "image translations alternates related schema structured".split()
    )
    PLAIN = frozenset("url name title description tags language weight params layout schema".split())

    def __init__(
        self, page: Page, body: Body | None, seen: Seen, site: Site, team: TeamSources, image: View | None = None
    ) -> None:
        """`body`: what is known of the page's content; None: a template is still to make it. `team`: whose it is.
        `image`: its picture for link previews, which only the theme sees, as its URL is known last."""
        self._page, self._body, self._seen, self._site, self._team = page, body, seen, site, team
        self._image = image

    def __getitem__(self, key: str) -> Any:
        page = self._page
        if key in self.PLAIN:
            return getattr(page, key)
        match key:
            case "canonical":
                return self._site.base_url + emitted("", page.url)
            case "alternates" | "structured":
                return self._told(key)
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
            case "breadcrumbs" | "children" | "translations" | "related":
                return self._seen.listed(key, page.url)
            case "section" | "previous" | "next":
                return self._seen.one(key, page.url)
            case "pages" | "pagination" | "tag" | "feed":
                return self._listed(key)
            case "tag_links" | "edit_url" | "noindex" | "image":
                return self._with_settings(key)
        raise KeyError(key)

    def _listed(self, key: str) -> Any:
        """What there is to say of the pages that it lists."""
        page, listing = self._page, self._page.listing
        if key == "pages":
            return self._seen.listed("listed" if listing else "children", page.url)
        if key == "pagination":
            return _pagination(listing) if listing and listing.numbers > 1 else None
        if key == "tag":
            return listing.tag if listing else ""
        return feed_urls(listing.first)[0] if listing and listing.feed else ""

    def _told(self, key: str) -> Any:
        """What search engines are told of it and other pages."""
        page, tree = self._page, self._seen.tree
        if key == "alternates":
            urls = tree.alternates(page.url) if self._seen.urls("translations", page.url) else {}
            return [{"language": name, "url": self._site.base_url + emitted("", url)} for name, url in urls.items()]
        above = [tree.pages[url] for url in self._seen.urls("breadcrumbs", page.url)]
        return structured(page, above, self._site, self._image["url"] if self._image else "")

    def _with_settings(self, key: str) -> Any:
        """What a setting of the team or site has a say in."""
        if key == "image":
            return self._image
        if key == "tag_links":
            return [{"name": tag, "url": url} for tag, url in tag_urls(self._team, self._page)]
        return edit_url(self._team, self._page) if key == "edit_url" else self._page.noindex or self._site.noindex

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


def edit_url(team: TeamSources, page: Page) -> str:
    """Where the source of a page is edited; empty where the team says nothing, and of pages that nobody wrote."""
    if not team.edit_url or page.source.endswith("/team.toml"):
        return ""
    return team.edit_url.replace("{path}", quote(page.source)).replace(
        "{file}", quote(page.source.removeprefix(f"{team.shown}/"))
    )


def tag_urls(team: TeamSources, page: Page) -> Iterator[tuple[str, str]]:
    """Each tag of the page with the URL of its page in that language, where the team has such pages."""
    folder = team.folder_of(page.base)
    for tag in page.tags if team.tags.path else ():
        if segment := tag_segment(tag):
            yield tag, f"{team.prefix}{folder and folder + '/'}{team.tags.path}/{segment}/"


def _tag_view(page: Summary) -> View:
    listing = page.listing
    return {"name": listing.tag, "url": page["url"], "count": listing.count}


def _pagination(listing: Listing) -> View:
    """Where one page of a listing stands among its pages."""
    number, numbers = listing.number, listing.numbers
    return {
        "number": number,
        "total": numbers,
        "count": listing.count,
        "previous": listing.url(number - 1) if number > 1 else "",
        "next": listing.url(number + 1) if number < numbers else "",
        "pages": [{"number": n, "url": listing.url(n), "current": n == number} for n in range(1, numbers + 1)],
    }
