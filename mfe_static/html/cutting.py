"""The cut itself: every tag that means something, one after the other.

What one tag means is remembered for all, because layouts and fragments stand on many pages.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape

import msgspec

from mfe_static.html.frame import Frame
from mfe_static.html.marks import OPEN
from mfe_static.html.slots import close_slot, open_slot, put_slot
from mfe_static.html.tags import (
    BLOCK,
    CANDIDATE,
    DATA_BLOCK,
    HEADING_END,
    LINKS,
    MARK,
    NAME,
    PAGE_RELS,
    REFRESH,
    RUNNING,
    SHORT,
    SIMPLE,
    TAG,
    TAG_OR_MARK,
    TAGS,
    TEXT_ENDS,
    TEXTS,
    WITH_INTEGRITY,
    Attribute,
    attributes,
)
from mfe_static.pieces import AssetLink, Cut, Link, Picture, Want
from mfe_static.problems import nearest
from mfe_static.routes import unsafe

_NAMED = frozenset({"h1", "img", "mfe-fragment", *TEXTS})
"""Elements that mean something without any attribute."""


def plain_text(html: str) -> str:
    """The text of a piece of HTML, without tags."""
    end = html.rfind(">") + 1  # what opens behind it is no tag, and would be looked for again and again
    return " ".join(unescape(TAGS.sub("", html[:end]) + html[end:]).split())


def cut(text: str, schemes: frozenset[str] = frozenset()) -> Cut:
    """Cut `text` at its URLs, fragments and marks. `schemes`: further words before `:` that are no teams."""
    frames = [Frame()]
    read(frames, text, 0, len(text), schemes)
    return ended(frames, BLOCK.search(text) is not None)


def cut_simple(text: str, ids: Iterable[str], schemes: frozenset[str]) -> Cut:
    """The same in half the time, for a text without marks in which nothing means anything but `ids`, `<a href="…` and
    `<img src="…" alt="…`, and these mean it wherever they stand."""
    frame = Frame()
    frame.ids += ids
    parts = SIMPLE.split(text)
    for before, url, source, rest in zip(parts[:-1:4], parts[1::4], parts[2::4], parts[3::4], strict=True):
        if url is None:
            frame.keep(before.removesuffix("<img src"))
            frame.picture('<img src="', source, rest, schemes)
        elif url[0] == "/" and url[1:2] != "/" and "&" not in url and not frame.texts:  # as most, which `url` would put
            frame.pieces += f'{before}="', Link(url.strip())
        else:
            frame.keep(f'{before}="')
            frame.url(url, "page", True, schemes)
    frame.keep(parts[-1])
    return frame.cut(BLOCK.search(text) is not None)


def read(frames: list[Frame], text: str, start: int, end: int, schemes: frozenset[str]) -> None:
    """Cut a part of a text; every tag that begins in it ends in it, but at the end of the text."""
    tags = TAG_OR_MARK if OPEN in text else TAG
    while start < end:
        start = _read(frames, tags, text, start, end, schemes)


def _read(frames: list[Frame], tags: re.Pattern[str], text: str, start: int, end: int, schemes: frozenset[str]) -> int:
    """The same up to behind the next element whose content is text; returns where that is."""
    done = start
    for match in tags.finditer(text, start, end):
        kind = match.lastgroup
        frame = frames[-1]
        if kind in {"href", "link", "canonical"}:
            first, last = match.span(kind)
            frame.keep(text[done:first])
            done = last
            frame.url(match[kind], "page", True, schemes)
        elif kind in {"anchor", "id"}:
            frame.ids.append(unescape(match[kind]))
        elif kind == "h1":
            frame.h1 = plain_text(match["h1"]) if frame.h1 is None else frame.h1
            frame.h1s += 1
        elif kind is not None:
            frame.keep(text[done : match.start()])
            _put(frames, text, match, schemes)
            done = match.end()
        elif name := _meaning(text, *match.span()):
            first, last = match.span()
            frame.keep(text[done:first])
            done = last
            _element(frames, text, name, first, last, schemes)
            if name.lower() in TEXTS:
                return _content(frame, text, name.lower(), first, last, end)
    frames[-1].keep(text[done:end])
    return end


def _put(frames: list[Frame], text: str, match: re.Match[str], schemes: frozenset[str]) -> None:
    """Put a picture or a fragment in its usual form, or a mark; or end a fragment."""
    frame = frames[-1]
    start, end = match.span()
    if match.lastgroup == "src":
        first, last = match.span("src")
        frame.picture(text[start:first], text[first:last], text[last:end], schemes)
    elif match.lastgroup == "slot":
        put_slot(frame, text[start : match.end("slot") + 1], text, start)
    elif match.lastgroup == "mark":
        frame.mark(match["mark"])
    elif len(frames) == 1:
        frame.faults.append(("a </mfe-fragment> closes nothing", match[0]))
    else:
        close_slot(frames)


def ended(frames: list[Frame], blocks: bool) -> Cut:
    """What was cut when the text has ended."""
    while len(frames) > 1:
        frames[-2].faults.append(("the <mfe-fragment> is never closed by </mfe-fragment>", frames[-1].tag))
        close_slot(frames)
    return frames[0].cut(blocks)


def _meaning(text: str, start: int, end: int) -> str:
    """The name of a tag; empty for a comment, for a tag that the text ends in, which browsers drop, and for one that
    means nothing without attributes."""
    if text[start + 1] == "!" or text[end - 1] != ">":
        return ""
    found = NAME.match(text, start + 1)
    name = found[0] if found else ""
    return name if start + len(name) + 2 < end or name.lower() in _NAMED else ""


def _element(frames: list[Frame], text: str, name: str, start: int, end: int, schemes: frozenset[str]) -> None:
    """Cut any other tag."""
    frame = frames[-1]
    tag = text[start:end]
    if name.lower() == "mfe-fragment":
        open_slot(frames, tag, text, start)
        return
    if name in {"h1", "H1"}:
        frame.h1 = _heading_text(text, end) if frame.h1 is None else frame.h1
        frame.h1s += 1
    frame.add((_remembered if len(tag) <= SHORT else _tag)(tag, name, schemes))


def _content(frame: Frame, text: str, name: str, start: int, begin: int, end: int) -> int:
    """Take in what is read as text behind the tag from `start` to `begin`; returns where it ends. Data blocks do not
    run (HTML Standard §4.12.1)."""
    found = TEXT_ENDS[name].search(text, begin, end)
    last = found.start() if found else end
    tag, content = text[start:begin], text[begin:last]
    if name == "style" or (name == "script" and content.strip() and not DATA_BLOCK.search(tag)):
        frame.inline.append(tag)
    frame.marked(content)
    return last


def _tag(tag: str, name: str, schemes: frozenset[str]) -> Cut:
    """Cut one tag, as if nothing else were there; most tags of a layout are the same on each page."""
    frame = Frame()
    done = 0
    given = list(attributes(tag, 1 + len(name)))
    name = name.lower()
    links = LINKS.get(name)
    names = {attribute[0] for attribute in given}
    for attribute, value, start, end in given:
        if value and (attribute == "id" or (attribute == "name" and name == "a" and "id" not in names)):
            frame.ids.append(unescape(value))
        elif attribute == "style" or attribute.startswith("on"):
            frame.inline.append(f"{attribute}={tag[start:end]}")
        want = links.get(attribute) if links else None
        if want is None and _runs_code(name, attribute, value, given):
            frame.keep(tag[done:start] + '""')
            frame.unsafe.append(unescape(value))
            done = end
        elif want is not None and start >= 0:
            if name == "link" and not PAGE_RELS.isdisjoint(_rels(given)):
                want = "page"
            frame.keep(tag[done:start])
            done = end
            _put_link(frame, attribute, value, want, _sized(name, attribute, given, names), schemes)
        elif OPEN in value:
            frame.keep(tag[done:start])
            frame.marked(tag[start:end])
            done = end
    if name.startswith("mfe-") and nearest(name, ["mfe-fragment"]):
        frame.faults.append((f"<{name}> means nothing; did you mean <mfe-fragment>?", tag))
    if name == "img" and "alt" not in names:
        source = next((value for attribute, value, _, _ in given if attribute == "src"), "")
        frame.without_alt.append(unescape(MARK.sub(lambda m: m[1][2:], source)))
    frame.keep(tag[done:])
    found = frame.cut(False)
    return _picture(found) if name == "img" and "srcset" not in names else found


def _picture(tag: Cut) -> Cut:
    """An `<img …>` as one piece, where its source is all that is open in it."""
    match tag.pieces:
        case (str() as before, (Link() | AssetLink()) as link, str() as after) if after.startswith('"'):
            return msgspec.structs.replace(tag, pieces=(Picture(before, link, after),))
    return tag


_remembered = lru_cache(2000)(_tag)
"""Most tags of layouts and fragments are the same on every page."""


def _heading_text(text: str, start: int) -> str:
    end = HEADING_END.search(text, start)
    return plain_text(MARK.sub("", text[start : end.start()])) if end else ""


def _runs_code(name: str, attribute: str, value: str, given: list[Attribute]) -> bool:
    """Whether an attribute that is no link of a known element would still run code where something follows it."""
    if name == "meta":
        refreshes = any(each == "http-equiv" and said.strip().lower() == "refresh" for each, said, _, _ in given)
        return refreshes and attribute == "content" and unsafe(REFRESH.sub("", unescape(value)))
    if attribute == "srcdoc":
        return bool(cut(unescape(value)).unsafe)
    return attribute in RUNNING and any(unsafe(part) for part in unescape(value).split(";"))


def _rels(given: list[Attribute]) -> set[str]:
    return {word for name, value, _, _ in given if name == "rel" for word in value.lower().split()}


def _sized(tag: str, attribute: str, given: list[Attribute], names: set[str]) -> bool:
    """Whether nothing may be added behind the URL: the author said it, or it is not the place for it."""
    if attribute == "src" and tag == "img":
        return "width" in names or "height" in names
    if attribute == "src" and tag == "script":
        return "integrity" in names
    if attribute == "href" and tag == "link":
        return "integrity" in names or WITH_INTEGRITY.isdisjoint(_rels(given))
    return True


def _put_link(frame: Frame, attribute: str, value: str, want: Want, sized: bool, schemes: frozenset[str]) -> None:
    """Put an attribute's URL, always in double quotes."""
    frame.keep('"')
    if attribute in {"srcset", "imagesrcset"}:
        done = 0
        for match in CANDIDATE.finditer(value):
            frame.keep(value[done : match.start(1)])
            frame.url(match[1], "picture", True, schemes)
            done = match.end(1)
        frame.keep(value[done:])
    else:
        frame.url(value, want, sized, schemes)
    frame.keep('"')
