"""Whole documents that another tool made: what they say, where they stay open, and what checks need to know of them.

Nothing of a document is written anew. Beautiful Soup reads it, as far as one has to know what lies in what: which title
is the page's and not a picture's, and what is in a `<template>`, where nothing is shown. The places of tags come from a
scan of our own, because the parser behind it knows only where they begin, and takes some text for tags that is none,
in each version of Python another. So what both find counts, the text between is cut out of the document as it stands,
and its URLs are told beside it (`Written`): only links by name, fragments and places for the shell are open.

A fragment that another tool made is read alike; as it moves to other pages, its relative links are closed, too.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec

from mfe_static.html.cutting import ended
from mfe_static.html.frame import Frame
from mfe_static.html.places import places
from mfe_static.html.scan import Scan, Tag, scan
from mfe_static.html.slots import close_slot, open_slot
from mfe_static.html.tags import BLOCK, CANDIDATE, LINKS, PAGE_RELS, REFRESH, attributes
from mfe_static.patterns import compiled
from mfe_static.pieces import Cut, Link, Spot, Want, Written
from mfe_static.routes import SCHEMES, scheme, unsafe

if TYPE_CHECKING:
    import bs4

_WHOLE = frozenset({"html", "head", "body", "frameset"})
_DOCTYPE = compiled(r"\ufeff?\s*+<!doctype(?=[\s>])", re.IGNORECASE)
_CODE = frozenset({"", "module", "text/javascript", "application/javascript", "importmap", "speculationrules"})
"""Types of a `<script>` that a policy blocks where it stands in the document (CSP 3 §4.2.3); all others are data."""
_DROPPED = compiled(r"[\t\n\r]")
"""What URL parsers leave out (WHATWG URL §4.4)."""
_LINE = compiled(r"\n")
_SEEN = compiled(r"[^\n]")


class Home(msgspec.Struct, frozen=True):
    """Where a document will stand."""

    base_url: str
    """The site's, without a trailing `/`."""
    url: str
    """The document's own, from the site's root."""


class Told(msgspec.Struct, frozen=True):
    """What a document says of itself."""

    whole: bool = False
    """Whether it is a document at all; else it is a piece of one, such as templates of a script."""
    title: str = ""
    description: str = ""
    language: str = ""
    charset: str = ""
    """In lower case; empty: none is given."""
    noindex: bool = False
    refreshes: bool = False
    """Whether it only leads elsewhere."""
    framed: bool = False
    """Whether it consists of frames, so that nothing can be put into it."""
    based: str = ""
    """What its links resolve against, where that is on another host; then those of what is put in do, too."""


def read_document(text: str, home: Home, schemes: frozenset[str]) -> tuple[Cut, Told]:
    """A document, cut at its fragments, at links by name, and where the site's parts may go."""
    reader = _Reader(text, home, schemes)
    told = reader.told()
    spots: list[tuple[int, str]] = []
    if told.whole and not told.refreshes and (found := places(reader.shown, reader.scan.tags, reader.scan.end)):
        spots = [(found.styles, "head"), (found.start, "header"), (found.end, "footer")]
    return reader.cut(spots), told


def read_fragment(text: str, home: Home, schemes: frozenset[str]) -> Cut:
    """A fragment: of a whole document its body, behind the style sheets and scripts of its head."""
    reader = _Reader(text, home, schemes, moves=True)
    found = places(reader.shown, reader.scan.tags, reader.scan.end) if reader.told().whole else None
    if found is None:
        return reader.cut([])
    head = [tag for tag in reader.scan.tags if tag.start < found.start and not tag.closes]
    loaded = "".join(
        f"{text[tag.start : tag.text_end]}</{tag.name}>" if tag.text_end else text[tag.start : tag.end]
        for tag in head
        if tag.name in {"style", "script"} or (tag.name == "link" and "stylesheet" in text[tag.start : tag.end])
    )
    inner = _Reader(loaded + text[found.start : found.end], home, schemes, moves=True)
    inner.base = reader.base
    return inner.cut([])


class _Reader:
    """One document."""

    def __init__(self, text: str, home: Home, schemes: frozenset[str], *, moves: bool = False) -> None:
        """`moves`: whether it is shown elsewhere, too, so that relative links must be closed."""
        self.text, self.home, self.schemes, self.moves = text, home, schemes, moves
        self.scan: Scan = scan(text)
        self.shown = _shown(text, self.scan)
        self.base = home.base_url + home.url
        """What relative links resolve against; `told` learns it."""
        self._soup = _soup(self.shown) if self.scan.tags else None
        self._lines = [0, *(match.end() for match in _LINE.finditer(text))]
        self._found: set[int] = set()
        """Where the tags stand that both have found."""
        self._headings: dict[int, bs4.Tag] = {}
        """Each `h1`, by where it stands."""
        self._inert: set[int] = set()
        """Where those stand that are in a `<template>`, which shows nothing."""
        self._shadow: set[int] = set()
        """The same in one that is a shadow tree, where ids are its own."""
        for tag in self._soup.find_all(True) if self._soup else ():
            self._learn(tag)

    def _learn(self, tag: "bs4.Tag") -> None:
        """A tag; those that it lies in are known already."""
        place, above = self._offset(tag), tag.parent
        self._found.add(place)
        if tag.name == "h1":
            self._headings[place] = tag
        if above is None or above.parent is None:
            return
        around, template = self._offset(above), above.name == "template"
        if around in self._inert or (template and not above.has_attr("shadowrootmode")):
            self._inert.add(place)
        if around in self._shadow or template:
            self._shadow.add(place)

    def _offset(self, tag: "bs4.Tag") -> int:
        return self._lines[(tag.sourceline or 1) - 1] + (tag.sourcepos or 0)

    def told(self) -> Told:
        """What the document says of itself."""
        if self._soup is None:
            return Told()
        soup, named = self._soup, {tag.name for tag in self.scan.tags}
        metas = [tag for tag in soup.find_all("meta") if self._offset(tag) not in self._inert]
        names, equiv = _contents(metas, "name"), _contents(metas, "http-equiv")
        charset = next((str(tag["charset"]) for tag in metas if tag.has_attr("charset")), "")
        title = next((tag for tag in soup.find_all("title") if not tag.find_parent(["svg", "template"])), None)
        if base := next((tag for tag in soup.find_all("base") if tag.has_attr("href")), None):
            self.base = _joined(self.base, str(base["href"])) or self.base
        root = soup.find("html")
        robots = {word for name in ("robots", "googlebot") for word in names.get(name, "").lower().split(",")}
        return Told(
            whole=title is not None or not _WHOLE.isdisjoint(named) or _DOCTYPE.match(self.text) is not None,
            title=" ".join(title.get_text().split()) if title else "",
            description=" ".join(names.get("description", "").split()),
            language=str(root.get("lang", "")) if root else "",
            charset=(charset or equiv.get("content-type", "").lower().partition("charset=")[2]).strip().lower(),
            noindex=not {"noindex", "none"}.isdisjoint(map(str.strip, robots)),
            refreshes="url" in equiv.get("refresh", "").lower(),
            framed="frameset" in named,
            based="" if self.base.startswith(f"{_host(self.home.base_url)}/") else self.base,
        )

    def cut(self, spots: list[tuple[int, str]]) -> Cut:
        """The document, open where it has to be, and at `spots`: offsets, in order, and what goes there."""
        frames, done, waiting = [Frame()], 0, deque(spots)
        for tag in self.scan.tags:
            while waiting and waiting[0][0] <= tag.start:
                done = self._spot(frames[-1], *waiting.popleft(), done)
            if tag.name == "mfe-fragment":
                frames[-1].keep(self.text[done : tag.start])
                done = self._slot(frames, tag)
            elif not tag.closes and tag.start in self._found and tag.start not in self._inert:
                done = self._element(frames[-1], tag, done)
        for place, name in waiting:
            done = self._spot(frames[-1], place, name, done)
        frames[-1].keep(self.text[done:])
        return ended(frames, BLOCK.search(self.text) is not None)

    def _spot(self, frame: Frame, place: int, name: str, done: int) -> int:
        frame.keep(self.text[done:place])
        frame.put(Spot(name))
        return place

    def _slot(self, frames: list[Frame], tag: Tag) -> int:
        """A tag of a fragment; whether it stands in running text is not asked, as end tags may be left out here."""
        written = self.text[tag.start : tag.end]
        if not tag.closes:
            open_slot(frames, _asking(written), "", 0)
        elif len(frames) == 1:
            frames[-1].faults.append(("a </mfe-fragment> closes nothing", written))
        else:
            close_slot(frames)
        return tag.end

    def _element(self, frame: Frame, tag: Tag, done: int) -> int:
        """All that means something in a tag; returns up to where the text is dealt with."""
        given = list(attributes(self.text[tag.start : tag.end], 1 + len(tag.name)))
        said: dict[str, str] = {}
        for name, value, _, _ in given:
            said.setdefault(name, unescape(value))
        self._facts(frame, tag, said)
        links = LINKS.get(tag.name, {}) if tag.name != "base" else {}  # nobody follows it: there may be nothing
        for name, value, start, end in given:
            if not value:
                continue
            quotes = (end - start - len(value)) // 2
            first, last = tag.start + start + quotes, tag.start + end - quotes
            whole = (first - quotes, last + quotes)
            if name == "style" or name.startswith("on"):
                frame.inline.append(f"{name}={self.text[first - quotes : last + quotes]}")
            elif want := links.get(name):
                if tag.name == "link" and not PAGE_RELS.isdisjoint(said.get("rel", "").lower().split()):
                    want = "page"
                for begin, stop in _urls(name, value):
                    one = stop - begin == len(value)
                    done = self._url(frame, first + begin, first + stop, want, done, whole if one else None)
            elif name == "content" and said.get("http-equiv", "").lower() == "refresh":
                begin = found.end() if (found := REFRESH.match(value)) else len(value)
                stop = last - (value[-1] in "\"'")
                done = self._url(frame, first + begin, max(first + begin, stop), "page", done, None)
        return done

    def _facts(self, frame: Frame, tag: Tag, said: Mapping[str, str]) -> None:
        """What checks ask: ids, headings, pictures without text, code that a policy blocks."""
        if tag.name == "h1":
            frame.h1s += 1
            frame.h1 = " ".join(self._headings[tag.start].get_text().split()) if frame.h1 is None else frame.h1
        name = said.get("id") or (said.get("name") if tag.name == "a" else "")
        if name and tag.start not in self._shadow:
            frame.ids.append(name)
        if tag.name == "img" and "alt" not in said:
            frame.without_alt.append(said.get("src", ""))
        if tag.name in {"script", "style"} and "src" not in said and self.text[tag.end : tag.text_end].strip():
            kind = said.get("type", "").strip().lower()
            if tag.name == "style" or kind in _CODE:
                frame.inline.append(self.text[tag.start : tag.end])

    def _url(self, frame: Frame, start: int, end: int, want: Want, done: int, whole: tuple[int, int] | None) -> int:
        """A URL that stands there, as written; it is closed if it is a link by name. `whole`: where the value stands
        with its quotes, if the URL is all of it."""
        raw = self.text[start:end]
        value = _DROPPED.sub("", unescape(raw).strip())
        word = scheme(value)
        if unsafe(value):
            frame.inline.append(raw)
            return done
        if value.startswith(":") or (word and word not in SCHEMES and word not in self.schemes):
            return self._closed(frame, Link(value, want), whole or (start, end), done, quoted=whole is not None)
        to = _joined(self.base, value) if word in {"", "http", "https"} and value else ""
        if not to:
            return done
        home = self.home.base_url
        inside = to == home or to.startswith((f"{home}/", f"{home}#", f"{home}?"))
        if not inside and (word or not to.startswith(f"{_host(home)}/")):
            frame.external.append(to)
            return done
        path = to.removeprefix(home) if inside else ""
        path = path if not inside or path.startswith("/") else f"/{path}"
        before, mark, anchor = path.partition("#")
        if mark and anchor.startswith(("/", "!/")):  # an app keeps its route there; it is no place on the page
            path = before
        if self.moves and inside and not value.startswith("#") and (want == "page" or not (word or value[0] == "/")):
            return self._closed(frame, Link(path, want), whole or (start, end), done, quoted=whole is not None)
        frame.keep(self.text[done:start])
        frame.put(Written(value, path, want))
        return start

    def _closed(self, frame: Frame, link: Link, span: tuple[int, int], done: int, *, quoted: bool) -> int:
        """Put a link in place of a URL; a whole value in the quotes that all of ours have."""
        quote = '"' if quoted else ""
        frame.keep(self.text[done : span[0]] + quote)
        frame.put(link)
        frame.keep(quote)
        return span[1]


def _asking(tag: str) -> str:
    """A fragment's tag without what tools hang on every element for themselves (`data-v-…`, `data-astro-…`)."""
    if "data-" not in tag.lower():
        return tag
    given = [(name, value, "'" if '"' in value else '"') for name, value, _, _ in attributes(tag, len("<mfe-fragment"))]
    kept = [f"{name}={quote}{value}{quote}" for name, value, quote in given if not name.startswith("data-")]
    return f"<mfe-fragment {' '.join(kept)}>"


def _contents(metas: Sequence["bs4.Tag"], key: str) -> dict[str, str]:
    """What `<meta>` tags say, by what they are about; the first one counts."""
    return {str(tag.get(key, "")).lower(): str(tag.get("content", "")) for tag in reversed(metas)}


def _host(base_url: str) -> str:
    return "/".join(base_url.split("/")[:3])


def _urls(name: str, value: str) -> Iterator[tuple[int, int]]:
    """Where the URLs of an attribute stand in its value."""
    if name in {"srcset", "imagesrcset"}:
        yield from (match.span(1) for match in CANDIDATE.finditer(value))
    else:
        yield 0, len(value)


def _joined(base: str, value: str) -> str:
    """A URL made whole; empty where it is none."""
    try:
        return urljoin(base, value)
    except ValueError:
        return ""


def _shown(text: str, found: Scan) -> str:
    """The document with blanks for all that is neither a tag nor shown; every line stays, and every offset."""
    out, at = [], 0
    for start, end, tag in sorted(
        [*((it.start, it.end, True) for it in found.tags), *((*it, False) for it in found.hidden)]
    ):
        out += [text[at:start].replace("<", " "), text[start:end] if tag else _SEEN.sub(" ", text[start:end])]
        at = end
    return "".join(out) + text[at:].replace("<", " ")


def _soup(shown: str) -> "bs4.BeautifulSoup":
    import bs4

    return bs4.BeautifulSoup(shown, "html.parser", multi_valued_attributes=None, on_duplicate_attribute="ignore")
