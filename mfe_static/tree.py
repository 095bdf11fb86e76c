"""A team's pages as a tree, and in reading order: what breadcrumbs, sections, previous and next come from.

It is worked out once for each team, so the cost of a page does not grow with the team. Whatever can be asked of it has
a mark: two trees that give a read the same mark show the same to whoever reads it.
"""

import datetime
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.kept import Read
from mfe_static.model import Listing, Page

_NEIGHBOURS = 100
"""Pages of a tag before and behind a page that may be related to it."""
_RELATED = 5
SEEN = tuple("url title description date updated tags weight name language noindex extra params".split())
"""What other pages of its team can see of a page, as the page itself has it."""
seen_of = attrgetter(*SEEN)
"""The same, as a tuple: what a template that lists pages depends on."""


class Tree:
    """A team's pages in reading order, as a tree by their URLs: a page's parent is the nearest page above it."""

    def __init__(self, pages: Sequence[Page] | Callable[[], Sequence[Page]]) -> None:
        """`pages`: these, or who gives them when somebody looks, as not every theme does."""
        self._given = pages
        self._marks: dict[Read, Digest] = {}

    @cached_property
    def pages(self) -> dict[str, Page]:
        """By URL."""
        return {page.url: page for page in (self._given() if callable(self._given) else self._given)}

    @cached_property
    def _listings(self) -> dict[str, Listing]:
        """What pages list, by URL, where they say so."""
        return {url: page.listing for url, page in self.pages.items() if page.listing is not None}

    @cached_property
    def parent(self) -> dict[str, str]:
        """By URL, that of the page above it; empty: there is none."""
        found: dict[str, str] = {}
        of_folder: dict[tuple[str, str], str] = {}  # which most pages share with others
        for url, page in self.pages.items():
            path = url.rstrip("/")
            folder = path.rpartition("/")[0], page.lane
            above = of_folder.get(folder)
            if above is None:
                above = of_folder[folder] = self._nearest(*folder)
            found[url] = above if path else ""
        return found

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """By URL, those of the pages below it, as navigation shows them."""
        found: dict[str, list[str]] = {"": []}
        made = {url for url, its in self._listings.items() if its.made}
        for url, above in self.parent.items():
            if url not in made:
                found.setdefault(above, []).append(url)
        # Where no page has a weight, as in most teams, URLs alone decide.
        rank = self._rank if any(page.weight is not None for page in self.pages.values()) else None
        for urls in found.values():
            urls.sort(key=rank)
        return found

    @cached_property
    def order(self) -> list[str]:
        """All of these in reading order."""
        return list(self._walk())

    @cached_property
    def _index(self) -> dict[str, int]:
        return {url: index for index, url in enumerate(self.order)}

    @cached_property
    def _listed_at(self) -> dict[str, int]:
        return {url: place for urls in self.sorted.values() for place, url in enumerate(urls)}

    @cached_property
    def _lanes(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        """The pages of each language, in order, and the place of each there; nothing where there is one language."""
        lanes: dict[str, list[str]] = {}
        places: dict[str, int] = {}
        for url in self.order if any(page.original for page in self.pages.values()) else ():
            lane = lanes.setdefault(self.pages[url].lane, [])
            places[url] = len(lane)
            lane.append(url)
        return lanes, places

    def mark(self, read: Read) -> Digest:
        """Names what this read gives: which pages there are, and all that can be seen of them."""
        found = self._marks.get(read)
        if found is None:
            found = self._marks[read] = self._marked(*read)
        return found

    def _marked(self, kind: str, url: str) -> Digest:
        if kind == "page":
            return digest(msgspec.msgpack.encode(seen_of(self.pages[url])))
        if kind == "pages":  # asked for once: each page's own mark would not be needed again
            urls = [*self.order, *self.made, *(url for its in self.sorted.values() for url in its)]
            return digest(msgspec.msgpack.encode([seen_of(self.pages[other]) for other in urls]))
        if url not in self.parent and url:
            return ""
        return digest(*[self.mark(("page", other)) for other in self.listed(kind, url)])

    def listed(self, kind: str, url: str) -> Sequence[str]:
        """The pages that stand in this relation to the page at `url`."""
        match kind:
            case "children":
                return self.children.get(url, ())
            case "listed":
                listing = self.pages[url].listing if url in self.pages else None
                if listing is None:
                    return self.children.get(url, ())
                return [other for other in listing.urls if other in self.pages]  # what cannot be is said elsewhere
            case "related":
                return self.related(url)
            case "translations":
                there = bool(self.translations) and url in self.pages
                return self.translations.get(self._original(url), ()) if there else ()
            case "breadcrumbs":
                return self.trail(url)
            case "section":
                return [above] if (above := self.parent.get(url, "")) else []
        other = self.neighbour(url, -1 if kind == "previous" else 1)
        return [other] if other else []

    @cached_property
    def dated(self) -> list[str]:
        """The pages that have a date, the last first."""
        return sorted([url for url in self.order if self.pages[url].date], key=self._age, reverse=True)

    @cached_property
    def tags(self) -> list[str]:
        """The pages that list what has a tag, by its name."""
        first = {url: its.tag for url, its in self._listings.items() if its.tag and its.number == 1}
        return sorted(first, key=lambda url: (first[url].lower(), url))

    @cached_property
    def made(self) -> list[str]:
        """The pages that others show though nobody wrote them: each list of tags, and the first page of each tag."""
        indexes = [url for url, its in self._listings.items() if its.made and its.number == 1 and not its.tag]
        return [*indexes, *self.tags]

    @cached_property
    def _tagged(self) -> dict[str, list[int]]:
        """By tag, the places in reading order of the pages that have it."""
        found: dict[str, list[int]] = {}
        for place, url in enumerate(self.order):
            for tag in dict.fromkeys(map(_plain, self.pages[url].tags)):
                found.setdefault(tag, []).append(place)
        return found

    def related(self, url: str) -> list[str]:
        """The pages of its language that share most tags with the page at `url`, the nearest in reading order first.

        Of a tag that many pages have, only its neighbours are looked at, so that a page costs the same in any team.
        """
        own = self._index.get(url)
        if own is None:
            return []
        shared: Counter[int] = Counter()
        for tag in dict.fromkeys(map(_plain, self.pages[url].tags)):
            places = self._tagged[tag]
            middle = bisect_left(places, own)
            shared.update(places[max(0, middle - _NEIGHBOURS) : middle + _NEIGHBOURS + 1])
        del shared[own]
        best = sorted(shared, key=lambda place: (-shared[place], abs(place - own), place))
        language = self.pages[url].language
        same = (self.order[place] for place in best if self.pages[self.order[place]].language == language)
        return list(islice(same, _RELATED))

    @cached_property
    def translations(self) -> dict[tuple[str, ...], list[str]]:
        """The pages that are one in several languages, that of the team first, by what they are called in all."""
        found: dict[tuple[str, ...], list[str]] = {}
        for url, page in self.pages.items():
            if page.original:
                found.setdefault(self._original(url), []).append(url)
        several = {key: urls for key, urls in found.items() if len(urls) > 1}
        return {key: sorted(urls, key=self._foreign) for key, urls in several.items()}

    def alternates(self, url: str) -> dict[str, str]:
        """What search engines are told of a page's translations: the URL of each by its language, and that of the first
        as `x-default` too; nothing where there is one language only. Each of them says the same of all."""
        found: dict[str, str] = {}
        for other in self.listed("translations", url):
            if not self.pages[other].noindex:
                found.setdefault(self.pages[other].language, other)
        urls = list(found.values())
        return {**found, "x-default": urls[0]} if len(urls) > 1 and url in urls else {}

    def _original(self, url: str) -> tuple[str, ...]:
        page = self.pages[url]
        return page.original, *(part for pair in sorted(page.params.items()) for part in pair)

    def _foreign(self, url: str) -> tuple[bool, str, str]:
        page = self.pages[url]
        return page.original != page.name, page.language, url

    def _age(self, url: str) -> str:
        return moment_key(self.pages[url].date)

    def _nearest(self, path: str, lane: str) -> str:
        """The page of a lane at `path`, else the nearest above."""
        while (other := self.pages.get(path + "/")) is None or other.lane != lane:
            if not path:
                return ""
            path = path.rpartition("/")[0]
        return other.url

    def _rank(self, url: str) -> tuple[bool, float, str]:
        weight = self.pages[url].weight
        return weight is None, weight or 0.0, url

    @cached_property
    def sorted(self) -> dict[str, list[str]]:
        """Where a page lists those below it in another order than navigation has, by its URL: that order."""
        parts: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for its in self._listings.values():
            if not its.tag:
                parts.setdefault(its.first, []).append((its.number, its.urls))
        found: dict[str, list[str]] = {}
        for url, numbered in parts.items():
            urls = [other for _, part in sorted(numbered) for other in part]
            below = self.children.get(url, [])
            if urls != below and len(urls) == len(below) and set(urls) == set(below):
                found[url] = urls
        return found

    def _walk(self) -> Iterator[str]:
        children = self.children
        pending = children[""][::-1]
        while pending:
            url = pending.pop()
            yield url
            if url in children:
                pending.extend(reversed(children[url]))

    def neighbour(self, url: str, step: int) -> str:
        """The URL `step` places away in reading order, or an empty string. Pages that are listed in an order of their
        own follow each other in that, behind the page that lists them."""
        if url not in self._index:
            return ""
        if url in self._listed_at:
            above, index = self.parent[url], self._listed_at[url] + step
            return above if index < 0 else next(iter(self.sorted[above][index : index + 1]), "")
        if url in self.sorted and step > 0:
            return self.sorted[url][0]
        lanes, places = self._lanes
        order = lanes[self.pages[url].lane] if lanes else self.order
        index = (places if lanes else self._index)[url] + step
        return order[index] if 0 <= index < len(order) else ""

    def trail(self, url: str) -> list[str]:
        """The URLs from the top down to the parent of `url`."""
        out = []
        while url := self.parent.get(url, ""):
            out.append(url)
        return out[::-1]


def _plain(tag: str) -> str:
    return tag.strip().lower()


def moment_key(text: str) -> str:
    """A date in ISO 8601, with or without time and zone, as a text that sorts by time (UTC)."""
    if len(text) <= 10:
        return text
    moment = datetime.datetime.fromisoformat(text)
    return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M:%S.%f")
