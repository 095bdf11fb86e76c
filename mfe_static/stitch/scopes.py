"""Scopes: marks on the elements that a team's rules hold in, where a team has its style sheets scoped.

    <section data-mfe-team="inspire">…</section>        the outermost elements of a fragment, and the page's `<main>`

Fragments that such a team shows are marked as their owner's, so its rules end there. Pages that have nothing of such a
team bear no marks.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.html.scan import scan
from mfe_static.html.tags import ATTRIBUTES
from mfe_static.patterns import compiled
from mfe_static.stitch.ending import Target, Text

_MARK = "data-mfe-team"
_SEAM = f"{OPEN}t{CLOSE}"
_REGION = compiled(rf"<!--.*?(?:-->|\Z)|<(?P<tag>main|body)(?=[\s/>])(?={ATTRIBUTES}>)", re.DOTALL | re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_BARE = frozenset("base link meta script style template title".split())
"""Elements that no rule is about."""
_FOREIGN = frozenset({"svg", "math"})
_ENDED_BY: Mapping[str, frozenset[str]] = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "tr": frozenset({"tr"}),
    "td": frozenset({"td", "th", "tr"}),
    "th": frozenset({"td", "th", "tr"}),
    "option": frozenset({"option"}),
    "p": frozenset(
        "address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
        "header hr main menu nav ol p pre search section table ul".split()
    ),
}
"""Elements whose end tag may be left out, and what begins behind them then (HTML Standard §13.1.2.4)."""


def mark(team: str) -> str:
    """The attribute that says whose an element is."""
    return f' {_MARK}="{escape(team)}"'


def with_region(html: str, team: str) -> str:
    """A layout, printed, whose `<main>`, or else its body, is the team's."""
    found = [(match["tag"].lower() != "main", match.end()) for match in _REGION.finditer(html) if match["tag"]]
    at = min(found)[1] if found else None
    return html if at is None else f"{html[:at]}{mark(team)}{html[at:]}"


def tagged(tag: str, team: str) -> str:
    """The tag of an element of ours, marked."""
    name, blank, rest = tag.partition(" ")
    return f"{name}{mark(team)}{blank}{rest}"


def marked(text: Text, team: str) -> Text:
    """A fragment whose outermost elements are marked as the team's; those that are marked already are another's."""
    targets = [item for item in text if isinstance(item, Target)]
    html = _SEAM.join(_strings(text))  # a link's end stands within a tag
    done, parts = 0, list[str]()
    for at in _outermost(html):
        parts += [html[done:at], mark(team)]
        done = at
    pieces = "".join([*parts, html[done:]]).split(_SEAM)
    out: Text = [pieces[0]]
    for target, piece in zip(targets, pieces[1:], strict=True):
        out += [target, piece]
    return out


def _strings(text: Text) -> Iterator[str]:
    """What stands between the targets."""
    run = ""
    for item in text:
        if isinstance(item, Target):
            yield run
            run = ""
        elif isinstance(item, str):
            run += item
    yield run


def _outermost(html: str) -> Iterator[int]:
    """Where the names of the outermost elements end."""
    open_: list[str] = []
    for tag in scan(html).tags:
        if tag.closes:
            if tag.name in open_:
                while open_.pop() != tag.name:
                    pass
            continue
        while open_ and tag.name in _ENDED_BY.get(open_[-1], ()):
            open_.pop()
        if not open_ and tag.name not in _BARE and f"{_MARK}=" not in html[tag.start : tag.end]:
            yield tag.start + 1 + len(tag.name)
        closed = html[tag.end - 2] == "/" and (tag.name in _FOREIGN or not _FOREIGN.isdisjoint(open_))
        if tag.name not in _VOID and not closed:
            open_.append(tag.name)
