"""Cutting HTML: where a text of HTML stays open, and what the checks need to know of it.

A text is cut exactly once, at its URLs, fragments and marks; afterwards stitching only joins strings. There is
no tree: one regular expression finds tags by the tokenizer's rules (HTML Standard §13.2.5) as far as they matter
here, which keeps what an author wrote byte for byte and costs microseconds a page. Quantifiers are possessive, so
no input makes it backtrack.

Templates cannot know URLs that close later, so `ref()` and `asset()` return marks: text between two code points that
are no characters (U+FDD0, U+FDD1) and that no source can contain.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Literal, NamedTuple, cast

from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.html.tags import (
    ATTRIBUTE,
    BLOCK,
    CANDIDATE,
    DATA_BLOCK,
    HEADING_END,
    LINKS,
    MARK,
    PAGE_RELS,
    REFRESH,
    RUNNING,
    TAG,
    TAGS,
    TEXT_OPEN,
    WITH_INTEGRITY,
)
from mfe_static.model import AssetLink, Cut, Link, Piece, Slot, Spot, Want
from mfe_static.routes import SCHEMES, scheme, unsafe

RESERVED = frozenset({"src", "severity", "mode", "hydrate", "class", "id", "slot"})


def plain_text(html: str) -> str:
    """The text of a piece of HTML, without tags."""
    return " ".join(unescape(TAGS.sub("", html)).split())


class _Attribute(NamedTuple):
    name: str
    value: str
    """Unescaped."""
    start: int
    """Where the value begins in the text, quotes included; -1: it has none."""
    end: int


class _Frame:
    """A cut in the making: the whole text, or the children of a fragment."""

    def __init__(self, slot: tuple[str, tuple[tuple[str, str], ...], str, bool] | None = None, text: str = "") -> None:
        self.slot = slot
        self.text = text
        self.pieces: list[Piece] = []
        self.ids: list[str] = []
        self.h1: str | None = None
        self.without_alt: list[str] = []
        self.external: list[str] = []
        self.unsafe: list[str] = []
        self.inline: list[str] = []
        self.faults: list[tuple[str, str]] = []

    def cut(self, blocks: bool) -> Cut:
        return Cut(
            tuple(self.pieces),
            tuple(self.ids),
            self.h1,
            tuple(self.without_alt),
            tuple(self.external),
            tuple(self.unsafe),
            blocks,
            tuple(self.inline),
            tuple(self.faults),
        )


def cut(text: str, schemes: frozenset[str] = frozenset()) -> Cut:
    """Cut `text` at its URLs, fragments and marks. `schemes`: further words before `:` that are no teams."""
    frames = [_Frame()]
    done = 0
    for match in TAG.finditer(text):
        kind = match.lastgroup
        if kind is None:  # a comment, or a tag that the text ends in: browsers drop it
            continue
        frame = frames[-1]
        if kind == "mark":
            _keep(frame, text[done : match.start()])
            _put_mark(frame, match["mark"])
            done = match.end()
        elif kind == "end":
            _keep(frame, text[done : match.start()])
            done = match.end()
            if len(frames) == 1:
                frame.faults.append(("a </mfe-fragment> closes nothing", match[0]))
            else:
                _close(frames)
        else:
            name = (match["tag"] or match["raw"] or match["bare"]).lower()
            if name == "mfe-fragment":
                _keep(frame, text[done : match.start()])
                done = match.end()
                _open(frames, text, match)
            else:
                done = _tag(frame, name, text, match, done, schemes)
                if match["raw"] and _is_code(name, match):
                    frame.inline.append(match[0][: match.start("text") - match.start()])
                if match["raw"] and OPEN in match["text"]:
                    done = _put_marks(frame, text, done, match.span("text"))
    _keep(frames[-1], text[done:])
    while len(frames) > 1:
        frames[-2].faults.append(("the <mfe-fragment> is never closed", frames[-1].text))
        _close(frames)
    return frames[0].cut(BLOCK.search(text) is not None)


def _keep(frame: _Frame, text: str) -> None:
    if text:
        if frame.pieces and isinstance(frame.pieces[-1], str):
            frame.pieces[-1] += text
        else:
            frame.pieces.append(text)


def _put_mark(frame: _Frame, mark: str, want: Want = "page", sized: bool = True) -> None:
    kind, value = mark[:2], unescape(mark[2:])
    if kind == "a:":
        frame.pieces.append(AssetLink(value, want, sized))
    elif kind == "s:":
        frame.pieces.append(Spot(value))
    elif kind == "l:":  # any other is of data, where it means nothing
        frame.pieces.append(Link(value, want, sized))


def _is_code(name: str, match: re.Match[str]) -> bool:
    """Whether a `<style>` or `<script>` holds code of its own; data blocks do not run (HTML Standard §4.12.1)."""
    if name == "style":
        return True
    return name == "script" and bool(match["text"].strip()) and not DATA_BLOCK.search(match["rawattrs"])


def _put_marks(frame: _Frame, text: str, done: int, span: tuple[int, int]) -> int:
    """Put the marks of an attribute's value or of a script; returns up to where the text is dealt with."""
    for mark in MARK.finditer(text, *span):
        _keep(frame, text[done : mark.start()])
        _put_mark(frame, mark[1])
        done = mark.end()
    return done


def _attributes(text: str, start: int, end: int) -> Iterator[_Attribute]:
    for match in ATTRIBUTE.finditer(text, start, end):
        index = match.lastindex
        if index == 1 or index is None:
            yield _Attribute(match[1].lower(), "", -1, -1)
        else:
            quoted = 0 if index == 4 else 1
            yield _Attribute(match[1].lower(), match[index], match.start(index) - quoted, match.end(index) + quoted)


def _tag(frame: _Frame, name: str, text: str, match: re.Match[str], done: int, schemes: frozenset[str]) -> int:
    """Cut one tag; returns up to where the text is dealt with."""
    group = "attrs" if match["tag"] else "rawattrs"
    if name == "h1" and frame.h1 is None:
        frame.h1 = _heading_text(text, match.end())
    if match["bare"]:
        if name == "img":
            frame.without_alt.append("")
        return done
    start, end = match.span(group)
    if start == end:
        return done
    attributes = list(_attributes(text, start, end))
    links = LINKS.get(name)
    names = {attribute.name for attribute in attributes}
    for attribute in attributes:
        if attribute.value and (
            attribute.name == "id" or (attribute.name == "name" and name == "a" and "id" not in names)
        ):
            frame.ids.append(unescape(attribute.value))
        elif attribute.name == "style" or attribute.name.startswith("on"):
            frame.inline.append(f"{attribute.name}={text[attribute.start : attribute.end]}")
        want = links.get(attribute.name) if links else None
        if want is None and _runs_code(name, attribute, attributes):
            _keep(frame, text[done : attribute.start] + '""')
            frame.unsafe.append(unescape(attribute.value))
            done = attribute.end
            continue
        if want is not None and attribute.start >= 0:
            if name == "link" and not PAGE_RELS.isdisjoint(_rels(attributes)):
                want = "page"
            _keep(frame, text[done : attribute.start])
            done = attribute.end
            _put_link(frame, attribute, want, _sized(name, attribute.name, attributes, names), schemes)
        elif OPEN in attribute.value:
            done = _put_marks(frame, text, done, (attribute.start, attribute.end))
    if name == "img" and "alt" not in names:
        source = next((a.value for a in attributes if a.name == "src"), "")
        frame.without_alt.append(unescape(MARK.sub(lambda m: m[1][2:], source)))
    return done


def _heading_text(text: str, start: int) -> str:
    end = HEADING_END.search(text, start)
    return plain_text(MARK.sub("", text[start : end.start()])) if end else ""


def _runs_code(name: str, attribute: _Attribute, attributes: list[_Attribute]) -> bool:
    """Whether an attribute that is no link of a known element would still run code where something follows it."""
    value = unescape(attribute.value)
    if name == "meta":
        refreshes = any(a.name == "http-equiv" and a.value.strip().lower() == "refresh" for a in attributes)
        return refreshes and attribute.name == "content" and unsafe(REFRESH.sub("", value))
    if attribute.name == "srcdoc":
        return bool(cut(value).unsafe)
    return attribute.name in RUNNING and any(unsafe(part) for part in value.split(";"))


def _rels(attributes: list[_Attribute]) -> set[str]:
    return {word for a in attributes if a.name == "rel" for word in a.value.lower().split()}


def _sized(tag: str, attribute: str, attributes: list[_Attribute], names: set[str]) -> bool:
    """Whether nothing may be added behind the URL: the author said it, or it is not the place for it."""
    if attribute == "src" and tag == "img":
        return "width" in names or "height" in names
    if attribute == "src" and tag == "script":
        return "integrity" in names
    if attribute == "href" and tag == "link":
        return "integrity" in names or WITH_INTEGRITY.isdisjoint(_rels(attributes))
    return True


def _put_link(frame: _Frame, attribute: _Attribute, want: Want, sized: bool, schemes: frozenset[str]) -> None:
    """Put an attribute's URL, always in double quotes."""
    if attribute.name in {"srcset", "imagesrcset"}:
        _keep(frame, '"')
        done = 0
        for match in CANDIDATE.finditer(attribute.value):
            _keep(frame, attribute.value[done : match.start(1)])
            _put_url(frame, match[1], "picture", True, schemes)
            done = match.end(1)
        _keep(frame, attribute.value[done:] + '"')
        return
    _keep(frame, '"')
    _put_url(frame, attribute.value, want, sized, schemes)
    _keep(frame, '"')


def _put_url(frame: _Frame, written: str, want: Want, sized: bool, schemes: frozenset[str]) -> None:
    """Put one URL, given as escaped in the attribute."""
    if written.startswith(OPEN + "a:"):
        mark, _, rest = written[1:].partition(CLOSE)
        _put_mark(frame, mark, want, sized)
        _keep(frame, rest)
        return
    value = unescape(MARK.sub(lambda m: m[1][2:], written) if OPEN in written else written).strip()
    if unsafe(value):
        frame.unsafe.append(value)
        _keep(frame, "#")
        return
    word = scheme(value)
    if value.startswith("//") or word in SCHEMES or word in schemes:
        if word in {"http", "https", ""}:
            frame.external.append(value)
        _keep(frame, escape(value))
    elif value or want != "page":
        frame.pieces.append(Link(value, want, sized))


def _open(frames: list[_Frame], text: str, match: re.Match[str]) -> None:
    """Begin a slot at a `<mfe-fragment …>` tag."""
    start, end = match.span("attrs") if match["tag"] else (match.end(), match.end())
    attributes = {a.name: unescape(a.value) for a in _attributes(text, start, end)}
    src = attributes.get("src", "")
    if not src:
        frames[-1].faults.append(("the <mfe-fragment> has no src", match[0]))
    severity = attributes.get("severity", "essential")
    if severity not in {"primary", "essential", "regular"}:
        frames[-1].faults.append((f'severity is "primary", "essential" or "regular", not "{severity}"', severity))
        severity = "essential"
    if (mode := attributes.get("mode", "inline")) != "inline":
        frames[-1].faults.append((f'mode="{mode}" is not available; fragments are put in when the site is built', mode))
    params = tuple(sorted((name, value) for name, value in attributes.items() if name not in RESERVED))
    frames.append(_Frame((src, params, severity, _in_text(text, match.start())), match[0]))
    if text[start:end].rstrip().endswith("/"):
        _close(frames)


def _in_text(text: str, position: int) -> bool:
    """Whether a paragraph or heading is open at `position`; only asked for fragments, which are few."""
    opened = False
    for match in TEXT_OPEN.finditer(text, max(0, position - 20_000), position):
        opened = not match[1]
    return opened


def _close(frames: list[_Frame]) -> None:
    frame = frames.pop()
    assert frame.slot is not None
    src, params, severity, in_text = frame.slot
    children = frame.cut(blocks=any(isinstance(piece, str) and BLOCK.search(piece) for piece in frame.pieces))
    level = cast("Literal['primary', 'essential', 'regular']", severity)
    frames[-1].pieces.append(Slot(src, params, level, children, in_text))
    frames[-1].faults.extend(frame.faults)
