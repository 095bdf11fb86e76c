"""Listings: which pages list others. Tags make pages that nobody wrote; `paginate` makes further ones of a page.

This runs when all pages of a team are planned, because what a page lists is known only then. The pages that come to
it are listed nowhere themselves: they stand in no navigation and have no neighbours.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from mfe_static.model import Listing, Page, Tagging, TeamSources
from mfe_static.routes import tag_segment
from mfe_static.settings import FeedSettings, PageMatter
from mfe_static.tree import Tree, moment_key

LAYOUT = "listing"


class Made(msgspec.Struct, frozen=True):
    """A page that comes to those that were written."""

    page: Page
    of: Page | None
    """The page whose content it has; None: it has none."""


def listings(
    team: TeamSources, tagging: Tagging, pages: Sequence[Page], matter: Mapping[str, PageMatter], language: str
) -> tuple[dict[str, Page], list[Made]]:
    """What becomes of the pages that list others, by URL, and which pages come to them.

    `tagging`: the tag pages that there are to be. `matter`: the front matter of each page that may list others, by
    URL. `language`: of a team that names none.
    """
    tree = Tree(pages)
    of_tags = list(_of_tags(team, tagging, tree, language)) if tagging.path else []
    changed: dict[str, Page] = {}
    made: list[Made] = []
    tags = {page.listing.first for page, _ in of_tags if page.listing}
    for url, its in matter.items():
        page = tree.pages[url]
        urls = _sorted(tree, tree.children.get(url, []), its.sort or ("-date" if its.feed else "weight"))
        size = 0 if url in tags else its.paginate or 0  # of a tag's page, [tags] says how many stand on one
        first, *further = _parted(page, urls, size, _asked(url, its))
        changed[url] = first
        made += [Made(other, page) for other in further]
    for page, written in of_tags:
        known = changed.get(page.url, page)
        if written and page.url in tree.pages and page.listing is not None:
            asked = _asked(page.url, matter.get(page.url))
            listing = msgspec.structs.replace(page.listing, feed=asked.feed, whole=asked.whole, made=False)
            changed[page.url] = _with(known, listing)
        else:
            made.append(Made(page, tree.pages[page.listing.first] if written and page.listing else None))
    return changed, made


def _asked(url: str, matter: PageMatter | None) -> Listing:
    """A listing that begins at `url`, with the feeds that its page asks for."""
    feed = matter.feed if matter else False
    if not feed:
        return Listing(first=url)
    if isinstance(feed, int):
        feed = FeedSettings() if feed is True else FeedSettings(entries=feed)
    return Listing(first=url, feed=feed.entries, whole=feed.content)


def tagged(pages: Sequence[Page]) -> dict[str, tuple[str, list[str]]]:
    """The tags of the pages by their segment of the URL: as most spell it, and the pages that have it."""
    spelt: dict[str, Counter[str]] = {}
    urls: dict[str, dict[str, None]] = {}
    for page in pages:
        for tag in page.tags:
            if segment := tag_segment(tag):
                spelt.setdefault(segment, Counter())[tag.strip()] += 1
                urls.setdefault(segment, {})[page.url] = None
    return {
        segment: (min(counts, key=lambda tag: (-counts[tag], tag)), list(urls[segment]))
        for segment, counts in sorted(spelt.items())
    }


def _of_tags(team: TeamSources, tagging: Tagging, tree: Tree, language: str) -> Iterator[tuple[Page, bool]]:
    """The page of all tags, the pages of each, in every language; and whether somebody wrote the page, so that it only
    has to list."""
    for folder, spoken in {"": team.language or language, **team.languages}.items():
        pages = [page for url in tree.order if team.folder_of((page := tree.pages[url]).base) == folder]
        tags = tagged(pages)
        if not tags and folder:
            continue
        name = f"{folder}/{tagging.path}" if folder else tagging.path
        base = f"{team.prefix}{name}/"
        urls = tuple(f"{base}{segment}/" for segment in tags)
        index = Listing(urls, len(urls), first=base, made=True)
        yield _page(team, tree, base, name, tagging.title, "tags", spoken, index)
        for url, (segment, (tag, listed)) in zip(urls, tags.items(), strict=True):
            its = Listing(first=url, tag=tag, made=True)
            page, written = _page(team, tree, url, f"{name}/{segment}", tag, "tag", spoken, its)
            for other in _parted(page, _sorted(tree, listed, "-date"), tagging.paginate, page.listing or index):
                yield other, written


def _page(
    team: TeamSources, tree: Tree, url: str, name: str, title: str, layout: str, language: str, listing: Listing
) -> tuple[Page, bool]:
    """The page at `url`: the one that somebody wrote, else a new one."""
    if (written := tree.pages.get(url)) is not None:
        return _with(written, listing), True
    own = f"layouts/{layout}.html"
    is_own = own in team.templates
    folder = name.partition("/")[0] if name.partition("/")[0] in team.languages else ""
    return Page(
        url=url, name=name, team=team.name, source=f"{team.shown}/team.toml", base=f"pages/{folder}".rstrip("/"),
        title=title, language=language, layout="shell" if is_own else LAYOUT, own_layout=own if is_own else "",
        toc=False, listing=listing,
        original=(name.removeprefix(f"{folder}/") if folder else name) if team.languages else "",
    ), False  # fmt: skip


def _parted(page: Page, urls: Sequence[str], size: int, listing: Listing) -> list[Page]:
    """The page as many times as it needs to list all of `urls`, `size` on each; 0: all."""
    size = size or max(1, len(urls))
    parts = [tuple(urls[start : start + size]) for start in range(0, len(urls), size)] or [()]
    out: list[Page] = []
    for number, part in enumerate(parts, 1):
        its = msgspec.structs.replace(
            listing, urls=part, count=len(urls), number=number, numbers=len(parts), made=listing.made or number > 1
        )
        other = _with(page, its)
        if number > 1:
            params = {**page.params, "page": str(number)}
            other = msgspec.structs.replace(other, url=its.url(number), params=params, aliases=(), menu={})
        out.append(other)
    return out


def _with(page: Page, listing: Listing) -> Page:
    return msgspec.structs.replace(page, listing=listing)


def _sorted(tree: Tree, urls: Sequence[str], by: str) -> list[str]:
    """Pages in an order; those without what they are sorted by come last, and equal ones as in navigation."""
    rank = {url: place for place, url in enumerate(tree.order)}
    urls = sorted(urls, key=rank.__getitem__)
    key = by.removeprefix("-")
    if key == "weight":
        return urls
    value = {url: _value(tree.pages[url], key) for url in urls}
    having = sorted([url for url in urls if value[url]], key=value.__getitem__, reverse=by.startswith("-"))
    return having + [url for url in urls if not value[url]]


def _value(page: Page, key: str) -> str:
    if key == "title":
        return page.title.casefold()
    return moment_key(page.date if key == "date" else page.updated or page.date)
