"""Regions: a page once more, with marks that say where each fragment begins and ends, for those who look at it.

    <!--mfe:0-->…<!--mfe:3-->…<!--/mfe:3-->…<!--/mfe:0-->          0 is the page's own body

It is composed as any page is, by a joiner that remembers nothing, because the same fragment has another number on each
page. Nothing of this is ever written into the output. A comment can stand wherever content can, but not in a tag or in
an element whose content is text; nor is one set in the head, which nobody sees.

Invariant: without its marks the document is what was composed without them, byte for byte.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from mfe_static.digests import digest
from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.html.tags import ATTRIBUTES, TEXTS
from mfe_static.model import Body, Fragment, Page, TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import Problem
from mfe_static.steps import alone
from mfe_static.stitch.compose import Composer
from mfe_static.stitch.ending import Shown, Target, Text
from mfe_static.stitch.fragments import Asker, Fragments, Variant
from mfe_static.stitch.islands import Islands
from mfe_static.stitch.join import Apart, Joiner
from mfe_static.stitch.links import Links
from mfe_static.stitch.pictures import Offer, Turn
from mfe_static.stitch.walk import Joined
from mfe_static.stitched import Marked, Region

_BODY = 0
_MARK = compiled(rf"{OPEN}(/?)r:([0-9]++){CLOSE}")
_PLACES = compiled(
    rf"""{_MARK.pattern}
    |<head(?=[\s/>]).*?(?=</head|<body|\Z)
    |<!--.*?(?:-->|\Z)
    |<({"|".join(TEXTS)})(?=[\s/>]){ATTRIBUTES}>.*?(?=</\3|\Z)
    |</?[a-z](?:[^\s/>]*+){ATTRIBUTES}>""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""A mark where it may be shown, or all of something in which none may be."""
_NOTHING = compiled(r"(?:\s|\{#.*?#\})*+", re.DOTALL)
"""What stands above a template's first line and prints nothing, its front matter included."""


class Marking(Joiner):
    """Joins a page with marks around the fragments, in the order in which they begin."""

    def __init__(
        self, links: Links, fragments: Fragments, offer: Offer | None, islands: Islands, apart: Apart | None
    ) -> None:
        super().__init__(links.resolve, fragments, offer, islands, apart)
        self.variants: dict[int, Variant] = {}
        """What the regions show, by their numbers."""

    def _variant(
        self, variant: Variant, asker: Asker, trail: tuple[Variant, ...], shell: str, turn: Turn
    ) -> Joined | Problem:
        number = len(self.variants) + 1
        self.variants[number] = variant
        self._joined.clear()
        joined = super()._variant(variant, asker, trail, shell, turn)
        if isinstance(joined, Problem):
            return joined
        text: Text = [_mark(number), *joined.text, _mark(number, "/")]
        shown = Shown(shell, [item for item in text if isinstance(item, str | Target)]) if joined.shown else None
        bounded: Text = [_mark(number), *joined.bounded, _mark(number, "/")] if joined.bounded else []
        return msgspec.structs.replace(joined, text=text, shown=shown, bounded=bounded)


def marked(
    composer: Composer, links: Links, fragments: Fragments, offer: Offer | None, page: Page, body: Body
) -> Marked:
    """The page with marks around its regions, and what these are."""
    joiner = Marking(links, fragments, offer, composer.islands, composer.apart)
    inner = body.cut.pieces
    pieces = (_mark(_BODY), *inner, _mark(_BODY, "/")) if page.layout else inner  # nothing goes around a document
    cut = msgspec.structs.replace(body.cut, pieces=pieces)
    html = alone(composer.compose(page, msgspec.structs.replace(body, cut=cut), joiner)).html.decode()
    spans = dict(_spans(html))
    regions = [
        _region(number, variant, *fragments.source(variant), _MARK.sub("", html[slice(*spans[number])]))
        for number, variant in joiner.variants.items()
        if number in spans
    ]
    return Marked(html=_shown(html), plain=_MARK.sub("", html), regions=tuple(regions))


def _mark(number: int, slash: str = "") -> str:
    return f"{OPEN}{slash}r:{number}{CLOSE}"


def _spans(html: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where regions begin and end, by their numbers."""
    begun: dict[int, int] = {}
    for match in _MARK.finditer(html):
        number = int(match[2])
        if match[1]:
            yield number, (begun[number], match.start())
        else:
            begun[number] = match.end()


def _shown(html: str) -> str:
    """The marks as comments, where both ends of a region may be marked; all others are taken away."""
    found = {(match[1], match[2]) for match in _PLACES.finditer(html) if match[2]}
    whole = {number for slash, number in found if slash and ("", number) in found}
    return _MARK.sub(lambda mark: f"<!--{mark[1]}mfe:{mark[2]}-->" if mark[2] in whole else "", html)


def _region(number: int, variant: Variant, owner: TeamSources, fragment: Fragment, html: str) -> Region:
    above = _NOTHING.match(owner.templates[fragment.template])
    return Region(
        id=str(number),
        fragment=f"{variant.team}:{variant.name}",
        team=variant.team,
        source=owner.named(fragment.template),
        line=1 + (above[0].count("\n") if above else 0),
        params={name: _said(value) for name, value in variant.params if value is not None},
        size=len(html.encode()),
        version=digest(html)[:8],
    )


def _said(value: Any) -> str:
    """A param as a tag would say it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
