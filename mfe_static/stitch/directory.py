"""The directory: every URL and every name of the site, and whose it is.

It is made of what the teams' contracts say and of the files that are copied, and knows nothing of who asks. A team's
table is made when somebody first asks for something of that team, so a site of many teams pays for the few that a
process meets. URLs are found as people write them; what is given back is always the one form that is published.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from mfe_static.model import Page, TeamBuild, TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import nearest
from mfe_static.routes import claim_key, covers, normal_segment

_NORMAL = compiled(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)*").fullmatch
"""What `normal_segment` leaves as it is, in each segment."""


class Entry(msgspec.Struct, frozen=True):
    """What answers for a URL."""

    url: str
    team: str
    source: str
    """The file that is copied, as problems name it; empty for a page."""
    real: str = ""
    """The same to open."""


class _Table:
    """The URLs and names of one team, from its contract and its files that are copied; each list when it is needed."""

    def __init__(self, sources: TeamSources, pages: Callable[[], Sequence[Page]]) -> None:
        self._team, self._pages = without_pages(sources), pages

    @cached_property
    def entries(self) -> dict[str, str | Entry]:
        """By URL as it is compared: the URL of a page, or a file."""
        found: dict[str, str | Entry] = {}
        for page in self._pages():
            found.setdefault(_key(page.url), page.url)
        team = self._team
        for path, real in team.public.items():
            url = team.prefix + path
            found.setdefault(_key(url), Entry(url, team.name, f"{team.shown}/{path}", real))
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """The URLs of pages by what these were before."""
        found: dict[str, str] = {}
        for page in self._pages():
            for alias in page.aliases:
                found.setdefault(claim_key(alias), page.url)
        return found

    @cached_property
    def client_routes(self) -> list[str]:
        """The client routes of all its apps."""
        if not self._team.spa:
            return []
        return [route for page in self._pages() if page.app for route in page.app.routes]

    @cached_property
    def names(self) -> dict[str, str | dict[frozenset[tuple[str, str]], str]]:
        """The URL by name, or where there are params, the URL by these."""
        found: dict[str, str | dict[frozenset[tuple[str, str]], str]] = {}
        for page in self._pages():
            known = found.get(page.name)
            if not page.params and known is None:
                found[page.name] = page.url
            else:
                routes = {frozenset[tuple[str, str]](): known} if isinstance(known, str) else known or {}
                routes[frozenset(page.params.items())] = page.url
                found[page.name] = routes
        return found

    @cached_property
    def sources(self) -> dict[str, str]:
        """The URL by what relative links call its file; empty where a file makes many pages."""
        found: dict[str, str] = {}
        for page in self._pages():
            stem = stem_of(page.source.removeprefix(self._team.shown + "/"))
            found[stem] = "" if stem in found else page.url
        return found


class Directory:
    """Every URL and name of the site: from the contracts, and from the files that are copied.

    What a team has is listed when somebody asks for a URL under its prefix, or for one of its names.
    """

    def __init__(
        self, builds: Sequence[TeamBuild], pages: Mapping[str, Callable[[], Sequence[Page]]], given: Mapping[str, str]
    ) -> None:
        """`given`: files that no team owns, by URL, with the file that is copied if it is one."""
        self._tables = {build.sources.name: _Table(build.sources, pages[build.sources.name]) for build in builds}
        self.teams = tuple(self._tables)
        self._owners = {claim_key(build.sources.prefix): build.sources.name for build in reversed(builds)}
        """The team by its prefix."""
        self._depth = max((prefix.count("/") for prefix in self._owners), default=0)
        self._given = {claim_key(url): Entry(url, "", url, real) for url, real in given.items()}

    def find(self, path: str) -> Entry | None:
        """What answers for a path as people write it: without the last `/`, with `index.html`, a former URL."""
        key = claim_key(path)
        if found := self._found(key):
            return found
        stem = key.removesuffix("index.html").removesuffix(".html").removesuffix(".md").rstrip("/")
        return self._found(key + "/") or self._found(stem + "/") or self._found(key + ".html")

    def find_view(self, path: str) -> Entry | None:
        """The client route that answers for a path where nothing else does; its params stay as they are written."""
        team = self._owner(claim_key(path))
        table = self._tables.get(team)
        for route in table.client_routes if table else ():
            if covers(route, path):
                pairs = zip(route.split("/"), f"{path.rstrip('/')}/".split("/"), strict=True)
                return Entry("/".join(said if name.startswith(":") else name for name, said in pairs), team, "")
        return None

    def _found(self, key: str) -> Entry | None:
        """What answers for just this URL, or for the one that it was."""
        team = self._owner(key)
        table = self._tables.get(team)
        if entry := table and table.entries.get(key):
            return Entry(entry, team, "") if isinstance(entry, str) else entry
        if given := self._given.get(key):
            return given
        if table and (target := table.aliases.get(key)):
            return self.find(target)
        return None

    def _owner(self, key: str) -> str:
        """The team with the longest prefix of a URL, however many teams there are."""
        end = len(key) - len(key.split("/", self._depth)[-1])  # no prefix ends behind it
        while end:
            if team := self._owners.get(key[:end]):
                return team
            end = key.rfind("/", 0, end - 1) + 1
        return ""

    def has_page(self, team: str, url: str) -> bool:
        """Whether the page at `url` is there and of that team."""
        return self._tables[team].entries.get(_key(url)) == url

    def __getstate__(self) -> dict[str, Any]:
        """Other processes get the list of all URLs, and need the pages only for names."""
        for table in self._tables.values():
            table.entries, table.aliases  # noqa: B018
        return self.__dict__

    def routes(self, team: str, name: str) -> Mapping[frozenset[tuple[str, str]], str]:
        """The URLs of the pages of that name, by their params."""
        table = self._tables.get(team)
        found = table.names.get(name, {}) if table else {}
        return {frozenset(): found} if isinstance(found, str) else found

    def names(self, team: str) -> Iterable[str]:
        """The names of a team's pages."""
        table = self._tables.get(team)
        return table.names if table else ()

    def source(self, team: str, path: str) -> str | None:
        """The URL of the page that a team's file makes; empty where it makes many, None where it makes none."""
        table = self._tables.get(team)
        return table.sources.get(stem_of(path)) if table else None

    def nearest(self, path: str) -> str:
        """A hint: a URL with the same last segment, else one like it in the same folder."""
        folder, _, name = path.rstrip("/").rpartition("/")
        if same := self._by_name.get(claim_key(name)):
            return f'did you mean "{same[0]}"?'
        near = {url.rstrip("/").rpartition("/")[2]: url for url in self._by_folder.get(folder + "/", ())}
        best = nearest(name, near)
        return f'did you mean "{near[best]}"?' if best else ""

    def _urls(self) -> Iterator[str]:
        for table in self._tables.values():
            yield from (entry if isinstance(entry, str) else entry.url for entry in table.entries.values())
        yield from (entry.url for entry in self._given.values())

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self._urls(), lambda url: claim_key(url.rstrip("/").rpartition("/")[2]))

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        return _grouped(self._urls(), lambda url: url.rstrip("/").rpartition("/")[0] + "/")


def without_pages(team: TeamSources) -> TeamSources:
    """A team as other processes get it: what it says of each of its pages comes another way."""
    return msgspec.structs.replace(team, pages={})


def _key(url: str) -> str:
    """`claim_key`, as the same object where it is the same text: there are as many as pages."""
    key = claim_key(url)
    return url if key == url else key


def _grouped(urls: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for url in urls:
        out.setdefault(key(url), []).append(url)
    return out


def stem_of(path: str) -> str:
    """What a relative link to a page file and the file have in common: no extension, no `index`, no case."""
    stem = path.removesuffix(".md").removesuffix(".html")
    if not _NORMAL(stem):
        stem = "/".join(normal_segment(part) for part in stem.split("/") if part)
    return "" if stem == "index" else stem.removesuffix("/index")
