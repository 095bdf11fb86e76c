"""Around: what stands around the bodies of pages that are printed alike, joined once for each kind of asker.

Where two layouts differ in a few words alone (`html.moulds`), they ask for the same fragments and have the same links.
So such a layout is joined once around a mark instead of a body, with marks in its gaps; then every page gets a copy,
with its words in their places and its body joined between. Only a layout of which nothing has to be said is shared.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import groupby

import msgspec

from mfe_static.html import Alike, Mould
from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.limits import OUTPUT_LIMIT
from mfe_static.patterns import pattern
from mfe_static.pieces import Cut
from mfe_static.stitch.ending import Head, Shown, Target, Text
from mfe_static.stitch.fragments import Asker, Variant
from mfe_static.stitch.islands import OnPage
from mfe_static.stitch.join import Joiner
from mfe_static.stitch.pictures import Turn
from mfe_static.stitch.resolved import AssetFile, Origin
from mfe_static.stitch.walk import Walk
from mfe_static.stitched import Part, PictureFile

_FOREIGN = "https://mfe-gap-"
_MARKED = rf"{OPEN}([0-9]++){CLOSE}|{_FOREIGN}([0-9]++)/"
_MOST = 500
"""Kinds of pages that are remembered."""
_Key = tuple[Mould, str, Asker]
_Item = str | int | Target | Head | Shown


class _Side(msgspec.Struct, frozen=True):
    """What stands on one side of the body."""

    text: Text
    gaps: tuple[tuple[int, int], ...]
    """Places in it, and the gaps of the mould that they are."""
    open: tuple[int, ...]
    """The places in it that are filled in when the page is whole."""
    used: tuple[Variant, ...]
    parts: tuple[Part, ...]
    weight: int

    def put(self, walk: Walk, values: Sequence[str]) -> None:
        """Copy it, with `values` in its gaps."""
        text = walk.text
        start = len(text)
        text += self.text
        for place, gap in self.gaps:
            text[start + place] = values[gap]
        walk.open += [start + place for place in self.open]
        walk.used += self.used
        walk.parts += self.parts
        walk.weight += self.weight


class _Around(msgspec.Struct, frozen=True):
    """A layout, joined, but for a body and for what its mould leaves open."""

    mould: Mould
    before: _Side
    after: _Side
    asked: frozenset[str]
    files: frozenset[AssetFile]
    pictures: frozenset[PictureFile]
    islands: frozenset[OnPage]
    head: bool
    part: Part
    """What is known of the layout itself, but for these."""
    ids: tuple[str | int, ...]
    external: tuple[str | int, ...]

    def join(self, walk: Walk, values: Sequence[str], body: Cut, origin: Origin, joiner: Joiner) -> bool:
        """Join a page; false: it goes beyond what is shared, and has to be joined as others. `walk`: a new one."""
        if not self.mould.leads_out(values):
            return False
        self.before.put(walk, values)
        walk.asked |= self.asked
        walk.files |= self.files
        walk.pictures |= self.pictures
        walk.islands |= self.islands
        walk.head, walk.turn = self.head, Turn.FIRST
        joiner.join(body, origin, walk)
        self.after.put(walk, values)
        ids = tuple([unescape(values[name]) if isinstance(name, int) else name for name in self.ids])
        external = tuple([values[url] if isinstance(url, int) else url for url in self.external])
        its = self.part
        walk.parts.append(Part(its.file, its.team, ids, its.edges, its.without_alt, external, its.inline, its.h1s))
        return walk.weight <= OUTPUT_LIMIT  # beyond it, fragments are left out


class Arounds:
    """Joins pages around whose bodies there is the same; remembers what that is."""

    def __init__(self, joiner: Joiner, asked_by: Mapping[str, Origin], schemes: frozenset[str]) -> None:
        """`asked_by`: see `Walk`."""
        self._joiner, self._asked_by, self._schemes = joiner, asked_by, schemes
        self._known: dict[_Key, _Around | None] = {}
        self._met: set[_Key] = set()
        """Those that were met once: a team may have few pages."""

    def join(self, alike: Alike, file: str, asker: Asker, body: Cut, origin: Origin) -> Walk | None:
        """A page, joined; None: it has to be joined by itself. `file`: its layout. `origin`: that of its body."""
        mould, values = alike
        key = mould, file, asker
        if key not in self._known:
            if key not in self._met:
                self._make_room()
                self._met.add(key)
                return None
            self._known[key] = self._around(mould, Origin("theme", "layouts", file), asker)
        around, walk = self._known[key], Walk(asker, (), shell="", body=None)
        return walk if around and around.join(walk, values, body, origin, self._joiner) else None

    def _make_room(self) -> None:
        if len(self._met) >= _MOST:
            self._met.clear()
            self._known.clear()

    def _around(self, mould: Mould, layout: Origin, asker: Asker) -> _Around | None:
        """What pages have in common whose layouts are of this mould; None: something has to be said of each."""
        marks = [f"{_FOREIGN}{gap}/" if gap in mould.urls else f"{OPEN}{gap}{CLOSE}" for gap in range(mould.gaps)]
        walk = Walk(asker, (), shell="", body=(Cut((f"{OPEN}{mould.gaps}{CLOSE}",)), layout))
        walk.asked_by = self._asked_by
        self._joiner.join(mould.filled(marks, self._schemes), layout, walk)
        if walk.body or walk.problems or walk.missed or walk.fallbacks or walk.inside:
            return None
        items = list(_items(walk.text))
        if sorted(item for item in items if isinstance(item, int)) != list(range(mould.gaps + 1)):
            return None
        at, (used, parts, weight) = items.index(mould.gaps), walk.at_body
        *others, its = walk.parts
        numbers = {mark: gap for gap, mark in enumerate(marks)}
        return _Around(
            mould=mould,
            before=_side(items[:at], walk.used[:used], others[:parts], weight),
            after=_side(items[at + 1 :], walk.used[used:], others[parts + 1 :], walk.weight - weight),
            asked=frozenset(walk.asked),
            files=frozenset(walk.files),
            pictures=frozenset(walk.pictures),
            islands=frozenset(walk.islands),
            head=walk.head,
            part=its,
            ids=tuple(numbers.get(name, name) for name in its.ids),
            external=tuple(numbers.get(url, url) for url in its.external),
        )


def _items(text: Text) -> Iterator[_Item]:
    """The text, the numbers of the marks in it, and what is filled in when the page is whole."""
    for item in text:
        if not isinstance(item, str):
            yield item
            continue
        for number, part in enumerate(pattern(_MARKED).split(item)):
            if part:
                yield int(part) if number % 3 else part


def _side(items: Sequence[_Item], used: Sequence[Variant], parts: Sequence[Part], weight: int) -> _Side:
    text: Text = []
    gaps: list[tuple[int, int]] = []
    open_: list[int] = []
    for plain, its in groupby(items, lambda item: isinstance(item, str)):
        if plain:
            text.append("".join([item for item in its if isinstance(item, str)]))
            continue
        for item in its:
            if isinstance(item, int):
                gaps.append((len(text), item))
                text.append("")
            else:
                open_.append(len(text))
                text.append(item)
    return _Side(text, tuple(gaps), tuple(open_), tuple(used), tuple(parts), weight)
