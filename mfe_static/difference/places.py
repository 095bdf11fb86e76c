"""A document in pieces, each with the place it stands at: `head › title`, `header (explore) › nav`, `main`.

A piece is a line; where a place begins or ends within one, it is cut there. Long lines are cut at their blocks as well,
since a minified document has but one line. A place names the landmarks around it from the outside in, with the owner
where `data-boundary` says one. There is no tree: only elements that are places, and what is called as they are, count.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from mfe_static.html.tags import ATTRIBUTES, TEXTS, attributes
from mfe_static.patterns import compiled

Piece = tuple[str, str]
"""Where it stands, and its text without blanks around it."""

_LANDMARKS = frozenset("head body header nav main aside footer".split())
_BLOCKS = frozenset(
    "address article blockquote dd details dialog div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6 hgroup "
    "li ol p pre search section summary table tbody tfoot thead tr ul".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_OUTSIDE = "html"
_DEEP, _LONG, _LINE = 2, 60, 400
"""How many places a place names beside its own, how long each name may be, and how long a line that is not cut."""
_TEXT = rf"""!--.*?(?:-->|\Z)
    |(?P<raw>{"|".join(TEXTS)})(?=[\s/>])(?P<rawattrs>{ATTRIBUTES})(?:>.*?(?=</(?P=raw)|\Z)|\Z)"""
_REST = rf"(?P<attrs>{ATTRIBUTES})(?:>|\Z)"
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII
_EVERY = compiled(rf"<(?:{_TEXT}|(?P<end>/?)(?P<name>[a-z][^\s/>]*+){_REST})", _FLAGS)
"""A comment, an element whose content is text, or any other tag; what is not closed goes to the end."""
_KNOWN = rf"(?:{'|'.join(sorted(_LANDMARKS))})(?=[\s/>])"
_LANDMARK = compiled(rf"<(?:{_TEXT}|(?P<end>/?)(?P<name>{_KNOWN}){_REST})", _FLAGS)
_OWNED = r"[a-z][^\s/<>]*+(?=\s(?:[^<>]*?\s)?data-boundary=)"
_PLACE = compiled(rf"<(?:{_TEXT}|(?P<end>/?)(?P<name>{_KNOWN}|{_OWNED}){_REST})", _FLAGS)
"""The same of tags that are places alone, as most are not; in a document without owners, landmarks."""
_BLOCK = compiled(rf"(?=<(?:{'|'.join(sorted(_BLOCKS))})[\s>])", _FLAGS)


class _Open(NamedTuple):
    """An element that has begun."""

    name: str
    where: str
    """The place of what stands in it."""
    every: bool
    """Whether each tag in it has to be looked at: in the head all are places; and what ends an element that is no
    landmark can only be told by counting."""


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[list[Piece]]:
    """What stands in each part of `text`, in pieces; those of blanks alone are left out. The parts are in order."""
    turns, where = _turns(text), _OUTSIDE
    following = next(turns, None)
    for start, end in spans:
        out = []
        while start < end:
            while following and following[0] <= start:
                where, following = following[1], next(turns, None)
            turn = min(end, following[0]) if following else end
            out += [(where, piece) for piece in _lines(text[start:turn])]
            start = turn
        yield out


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for piece in (line,) if len(line) <= _LINE else _BLOCK.split(line):
            if piece := piece.strip():
                yield piece


def _turns(text: str) -> Iterator[tuple[int, str]]:
    """Where in `text` a new place begins, and which."""
    opened = [_Open("", _OUTSIDE, False)]
    counts: Counter[str] = Counter()
    at, some = 0, _PLACE if "data-boundary=" in text else _LANDMARK
    while tag := (_EVERY if opened[-1].every else some).search(text, at):
        at = tag.end()
        name = (tag["name"] or tag["raw"] or "").lower()
        attrs = tag["attrs"] or tag["rawattrs"] or ""
        if tag["end"]:
            if counts[name]:
                inner = opened[-1].where
                _close(opened, counts, name)
                if opened[-1].where != inner:  # its end is a piece, so that what comes before it leaves it alone
                    yield tag.start(), inner
                    yield at, opened[-1].where
        elif name in _LANDMARKS or "data-boundary=" in attrs:
            if counts["head"]:  # whose end may be left out (HTML Standard §13.1.2.4)
                _close(opened, counts, "head")
            place, every = _place(opened[-1].where, name, attrs), opened[-1].every or name not in _LANDMARKS
            opened.append(_Open(name, place, every or name == "head"))
            counts[name] += 1
            yield tag.start(), place
        elif opened[-1].name == "head":
            yield tag.start(), f"head › {_named(name, attrs)}" if name else "head"
        elif counts[name] and name not in _VOID and not attrs.endswith("/"):
            opened.append(opened[-1]._replace(name=name))
            counts[name] += 1


def _close(opened: list[_Open], counts: Counter[str], name: str) -> None:
    """End the innermost element of that name, and all in it."""
    while (last := opened.pop().name) != name:
        counts[last] -= 1
    counts[name] -= 1


@lru_cache(4000)
def _place(around: str, name: str, attrs: str) -> str:
    """The place that an element is, in the one around it."""
    owner = _value(attrs, "data-boundary")
    own = (name if name in _LANDMARKS else "fragment") + (f" ({owner})" if owner else "")
    if around in {_OUTSIDE, "body"}:
        return own
    return " › ".join([*around.split(" › ")[:_DEEP], own])


@lru_cache(4000)
def _named(name: str, attrs: str) -> str:
    """An element of the head by what tells it from others of its kind."""
    if name == "meta":
        keys: tuple[str, ...] = ("name", "property", "http-equiv")
        return " ".join([name, next(filter(None, (_value(attrs, key) for key in keys)), "")]).strip()
    return f"{name} {_value(attrs, 'rel')}".strip() if name == "link" else name


def _value(attrs: str, name: str) -> str:
    """What an attribute says, on one line."""
    found = next((value for key, value, _, _ in attributes(f"{attrs}>", 0) if key == name), "")
    return " ".join(unescape(found).split())[:_LONG]
