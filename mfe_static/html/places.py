"""Where something can be put into a whole document, by the rules that browsers build one by (HTML Standard §13.2.6.4):
the tags of `<html>`, `<head>` and `<body>` may all be left out."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mfe_static.html.scan import Tag
from mfe_static.html.tags import attributes

_OF_HEAD = frozenset("html head title meta link style script base basefont bgsound noscript template noframes".split())
"""Elements that leave a head open."""
_INNER = frozenset({"noscript", "template"})
_BLANKS = " \t\n\f\r\ufeff"


class Places(NamedTuple):
    """Offsets in a document."""

    styles: int
    """For style sheets: before the document's own, so that these are the stronger ones, and behind its `charset`, which
    has to stand in its first 1024 bytes (§4.2.5.4)."""
    start: int
    """Where its body begins."""
    end: int
    """Where its body ends."""


def places(shown: str, tags: Sequence[Tag], end: int) -> Places | None:
    """The places of a document; None: it consists of frames and has none. `shown`: its text, in which all that is
    neither tag nor text is blank. `end`: where it may be added to at the latest."""
    if any(tag.name == "frameset" and not tag.closes for tag in tags):
        return None
    head, styles, begin = _head(shown, tags, end)
    body = next((tag.end for tag in tags if tag.name == "body" and not tag.closes and tag.start >= head), begin)
    ends = [tag.start for name in ("html", "body") for tag in tags if tag.closes and tag.name == name]
    start = min(body, end)
    return Places(min(styles, start), start, max(start, min(ends[-1], end) if ends else end))


def _head(shown: str, tags: Sequence[Tag], end: int) -> tuple[int, int, int]:
    """Where the head ends, where style sheets go in it, and where what follows it begins."""
    styles, charset, inner, at = -1, 0, 0, 0
    head = begin = 0
    for tag in tags:
        if not inner and shown[at : tag.start].strip(_BLANKS):
            head = begin = at
            break
        at = tag.text_end or tag.end
        if tag.name in _INNER:
            inner = max(0, inner + (-1 if tag.closes else 1))
        elif inner or (tag.closes and tag.name not in {"head", "body", "html", "br"}):
            continue
        elif tag.closes or tag.name not in _OF_HEAD:
            head, begin = tag.start, tag.end if tag.name == "head" else tag.start
            break
        elif styles < 0 and _loads(shown, tag):
            styles = tag.start
        if tag.name == "meta" and any(name == "charset" for name, _ in _given(shown, tag)):
            charset = tag.end
    else:
        head = begin = at if shown[at:].strip(_BLANKS) else end
    return head, max(styles, charset) if styles >= 0 else head, begin


def _loads(shown: str, tag: Tag) -> bool:
    """Whether it is a style sheet or a script."""
    sheet = tag.name == "link" and any(
        name == "rel" and "stylesheet" in value.lower().split() for name, value in _given(shown, tag)
    )
    return sheet or tag.name in {"style", "script"}


def _given(shown: str, tag: Tag) -> Iterator[tuple[str, str]]:
    for name, value, _, _ in attributes(shown[tag.start : tag.end], 1 + len(tag.name)):
        yield name, value
