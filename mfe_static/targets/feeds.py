"""Feeds: what is new below a page that asks for it, as Atom (RFC 4287) and as JSON Feed 1.1.

An entry is a page with a date; its id is its canonical URL, so it stays the same entry as long as it stays where it is.
Nothing in a feed is a clock's word: it was changed when the last of its entries was.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import msgspec

from mfe_static.model import Page, TeamBuild
from mfe_static.routes import emitted, feed_urls, output_path, tag_segment
from mfe_static.stitched import Output, StitchedSite
from mfe_static.tree import Tree, moment_key

_Entry = tuple[Page, str]
"""A page, and its content where the feed holds it."""


def feeds(site: StitchedSite) -> Iterator[Output]:
    """`feed.xml` and `feed.json` of each page that asks for feeds."""
    for build in site.builds:
        asking = asking_pages(build)
        if not asking:
            continue
        tree = Tree(build.pages)
        for page in asking:
            assert page.listing is not None
            listed = [(entry, _content(site, page, entry)) for entry in _listed(tree, page)[: page.listing.feed]]
            atom, json = feed_urls(page.url)
            yield _file(atom, page, _atom(site, build, page, listed).encode())
            yield _file(json, page, _json(site, build, page, listed))


def asking_pages(build: TeamBuild) -> list[Page]:
    """The pages of a team that ask for feeds."""
    return [page for page in build.pages if page.listing and page.listing.feed and page.listing.number == 1]


def _listed(tree: Tree, page: Page) -> list[Page]:
    """The pages below `page`, or those with its tag, that have a date, the last first."""
    tag = page.listing.tag if page.listing else ""
    urls: Sequence[str] = tree.children.get(page.url, [])
    if tag:
        lane, segment = page.lane, tag_segment(tag)
        same = (url for url in tree.order if tree.pages[url].lane == lane)
        urls = [url for url in same if segment in map(tag_segment, tree.pages[url].tags)]
    dated = [tree.pages[url] for url in urls if tree.pages[url].date and not tree.pages[url].noindex]
    return sorted(sorted(dated, key=lambda page: page.url), key=lambda page: moment_key(page.date), reverse=True)


def _changed(page: Page) -> str:
    return max((page.date, page.updated or page.date), key=moment_key)


def rfc3339(text: str) -> str:
    """A date in ISO 8601 as RFC 3339 wants it: with time and zone; without, midnight UTC."""
    if len(text) <= 10:
        return f"{text}T00:00:00Z"
    has_zone = text.endswith("Z") or "+" in text[10:] or "-" in text[10:]
    return text if has_zone else f"{text}Z"


def _atom(site: StitchedSite, build: TeamBuild, page: Page, listed: Sequence[_Entry]) -> str:
    own, base = site.site, site.site.base_url
    changed = max([_changed(entry) for entry, _ in listed], key=moment_key, default="1970-01-01")
    atom, home = base + emitted("", feed_urls(page.url)[0]), base + emitted("", page.url)
    author = build.sources.owner.partition("<")[0].strip() or own.title or build.sources.name
    rows = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(page.language)}">',
        f"<title>{_text(_title(site, page))}</title>",
        *([f"<subtitle>{_text(page.description)}</subtitle>"] if page.description else []),
        f'<link rel="self" type="application/atom+xml" href="{escape(atom)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(home)}"/>',
        f"<id>{_text(home)}</id>",
        f"<updated>{rfc3339(changed)}</updated>",
        f"<author><name>{_text(author)}</name></author>",
    ]
    for entry, content in listed:
        url = base + emitted("", entry.url)
        rows += [
            "<entry>",
            f"<title>{_text(entry.title)}</title>",
            f'<link rel="alternate" type="text/html" href="{escape(url)}"/>',
            f"<id>{_text(url)}</id>",
            f"<published>{rfc3339(entry.date)}</published>",
            f"<updated>{rfc3339(_changed(entry))}</updated>",
            *([f"<summary>{_text(entry.description)}</summary>"] if entry.description else []),
            *([f'<content type="html">{_text(content)}</content>'] if content else []),
            *[f'<category term="{escape(_plain(tag))}"/>' for tag in entry.tags],
            "</entry>",
        ]
    return "\n".join([*rows, "</feed>", ""])


def _json(site: StitchedSite, build: TeamBuild, page: Page, listed: Sequence[_Entry]) -> bytes:
    base = site.site.base_url
    found: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(site, page),
        "home_page_url": base + emitted("", page.url),
        "feed_url": base + emitted("", feed_urls(page.url)[1]),
        "description": page.description,
        "language": page.language,
        "items": [_item(base, *entry) for entry in listed],
    }
    author = build.sources.owner.partition("<")[0].strip()
    if author:
        found["authors"] = [{"name": author}]
    return msgspec.json.format(
        msgspec.json.encode({key: value for key, value in found.items() if value != ""}), indent=1
    )


def _item(base: str, entry: Page, content: str) -> Mapping[str, Any]:
    url = base + emitted("", entry.url)
    found: dict[str, Any] = {
        "id": url,
        "url": url,
        "title": entry.title,
        "content_html": content,
        "content_text": "" if content else entry.description or entry.title or url,
        "summary": entry.description,
        "date_published": rfc3339(entry.date),
        "date_modified": rfc3339(_changed(entry)),
        "language": entry.language,
    }
    if entry.tags:
        found["tags"] = entry.tags
    return {key: value for key, value in found.items() if value != ""}


def _content(site: StitchedSite, page: Page, entry: Page) -> str:
    """What stands on an entry's page, as HTML, where the feed is to hold it."""
    return site.content(entry.url) if page.listing and page.listing.whole else ""


def _title(site: StitchedSite, page: Page) -> str:
    own = site.site.title
    return " · ".join(dict.fromkeys(filter(None, (page.title, own)))) or page.url


def _text(text: str) -> str:
    return escape(_plain(text), quote=False)


def _plain(text: str) -> str:
    """Without what XML cannot hold (XML 1.0 §2.2, Char)."""
    return "".join([each for each in text if (each >= " " or each in "\t\n") and each not in "\ufffe\uffff"])


def _file(url: str, page: Page, content: bytes) -> Output:
    return Output(path=output_path(url), source=page.source, team=page.team, content=content)
