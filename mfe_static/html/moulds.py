"""Moulds: the cuts of texts that are printed alike, and differ in a few words.

A layout prints the same text around every page, but for a title, a description, an address. Where each of these stands
alone in a text, or in an attribute that means nothing by its value, the rest is cut once, with gaps in their places:
what goes into them then changes no more of the cut than itself. A mould gives what `cut` gives, in a quarter of its
time, but for the text of headings, which nobody asks of a layout.
"""

from collections.abc import Collection, Sequence
from html import unescape
from typing import NamedTuple

import msgspec

from mfe_static.html.cutting import cut
from mfe_static.html.frame import Frame
from mfe_static.html.marks import CLOSE, OPEN, spot_mark
from mfe_static.html.slots import LOOK_BACK
from mfe_static.html.tags import DATA_BLOCK, MARK
from mfe_static.patterns import compiled, pattern
from mfe_static.pieces import Cut, Link, Piece, Spot, Want

_MOST = 100
"""Moulds that are remembered."""
_MET = 2000
"""Texts that are counted until there is a mould of them."""
_FEW = 3
"""Texts that are alike, of which none is made."""
_PARTS = 100
"""Parts from which on a text is hardly like another."""
_GAP = "mfe-gap-"
_INLINE = compiled(
    r"(?:[^<]++|</?(?:abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|u|var)>)*+"
).fullmatch
"""Text with tags that mean nothing to a cut."""
_NAME = r"[a-zA-Z][a-zA-Z0-9-]*+"
_BEFORE = rf"""(?asx)</?(?P<tag>{_NAME})(?P<said>(?:\s++{_NAME}(?:="[^"<>]*+"|(?!=)))*+)
    (?:\s*+/?>[^<]*+|\s++(?P<attribute>{_NAME})="(?P<value>[^"<>]*+))"""
"""What stands before a gap, from the last tag on that begins: all of this tag, or it up to a quotation mark."""
_QUIET = frozenset("alt class content datetime dir hreflang id lang title".split())
"""Attributes that mean nothing by their values, but that `id` is noted."""


class _Url(NamedTuple):
    """A gap that is a URL, and what one is wanted for in its place."""

    gap: int
    want: Want
    sized: bool
    external: tuple[str, ...]
    """The foreign links between the gap of this kind before and this one."""


class Mould(msgspec.Struct, frozen=True, eq=False):
    """The cut of a text with gaps."""

    steps: tuple[Piece | int | _Url, ...]
    """What its pieces are made of: texts, gaps by their number, and what stays open."""
    gaps: int
    """How many there are."""
    quoted: tuple[int, ...]
    """Those within quotation marks."""
    urls: tuple[int, ...]
    """Those that are URLs."""
    ids: tuple[str | int, ...]
    external: tuple[str, ...]
    """The foreign links behind the last gap that is a URL."""
    rest: Cut
    """All else that is known of the text."""

    def takes(self, values: Sequence[str]) -> bool:
        """Whether none of the values ends what its gap stands in."""
        for gap in self.quoted:
            value = values[gap]
            if '"' in value or "<" in value or ">" in value:
                return False
        return True

    def leads_out(self, values: Sequence[str]) -> bool:
        """Whether all that are URLs are foreign ones, and stay as they are."""
        for gap in self.urls:
            value = values[gap]
            if not value.startswith(("https://", "http://")) or "&" in value or "'" in value or value != value.strip():
                return False
        return True

    def filled(self, values: Sequence[str], schemes: frozenset[str]) -> Cut:
        """The cut of the text with `values` in its gaps, which it takes."""
        frame = Frame()
        for step in self.steps:
            if isinstance(step, str):
                frame.texts.append(step)
            elif isinstance(step, int):
                frame.texts.append(values[step])
            elif isinstance(step, tuple):
                frame.external += step.external
                frame.url(values[step.gap], step.want, step.sized, schemes)
            else:
                frame.put(step)
        frame.flush()
        rest = self.rest
        return Cut(
            tuple(frame.pieces),
            tuple([name if isinstance(name, str) else unescape(values[name]) for name in self.ids]),
            None,
            rest.without_alt,
            (*frame.external, *self.external),
            tuple(frame.unsafe),
            rest.blocks,
            rest.inline,
            rest.faults,
            rest.h1s,
        )


Alike = tuple[Mould, Sequence[str]]
"""The mould of a text, and what goes into its gaps, which it takes."""


class Moulds:
    """Finds what texts are like that are given in parts."""

    def __init__(self, schemes: frozenset[str]) -> None:
        self._schemes = schemes
        self._met: dict[int, int] = {}
        self._known: dict[tuple[str | None, ...], Mould | None] = {}

    def find(self, text: str, parts: Sequence[str], literals: Collection[str]) -> Alike | None:
        """What a text is like; None: like few that were met. `parts`: what it is joined of. `literals`: those
        that others have, too."""
        if len(parts) > _PARTS or len(text) > LOOK_BACK:
            return None
        key: list[str | None] = []
        values: list[str] = []
        for part in parts:
            if part in literals or OPEN in part or '="' in part or ("<" in part and not _INLINE(part)):
                key.append(part)
            elif part:
                key.append(None)
                values.append(str(part))  # what is safe as it is, is of a kind of its own
        mould = self._mould(tuple(key))
        return (mould, values) if mould and mould.takes(values) else None

    def _mould(self, key: tuple[str | None, ...]) -> Mould | None:
        """That of texts with these parts; none for the first few: to make one takes as long as to cut some."""
        if key in self._known:
            return self._known[key]
        name = hash(key)
        met = self._met[name] = self._met.get(name, 0) + 1
        if met <= _FEW:
            if len(self._met) > _MET:
                self._met.clear()
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
            self._met.clear()  # or each of more kinds than are remembered is made again whenever it comes
        found = self._known[key] = _made(key, self._schemes)
        return found


def _made(key: Sequence[str | None], schemes: frozenset[str]) -> Mould | None:
    """The mould of a text; None: what goes into one of its gaps may change more than itself."""
    names = {f"{_GAP}{gap}": gap for gap in range(key.count(None))}
    marks = [spot_mark(name) for name in names]
    rest = iter(marks)
    text = "".join([next(rest) if part is None else part for part in key])
    kinds = _kinds(text, [text.find(mark) for mark in marks])
    found = cut(text, schemes)
    strays = not text.count(OPEN) == text.count(CLOSE) == len(MARK.findall(text))
    if "" in kinds or strays or found.unsafe or "http-equiv" in text.lower() or len(text) > LOOK_BACK:
        return None
    urls = {name: f"https://{name}/" for name, gap in names.items() if kinds[gap] == "url"}
    external = cut(MARK.sub(lambda mark: urls.get(mark[1][2:], mark[0]), text), schemes).external
    if len(external) - len(found.external) != len(urls) or not set(urls.values()).issubset(external):
        return None
    steps, done = list[Piece | int | _Url](), 0
    for piece in found.pieces:
        if isinstance(piece, Spot) and piece.name in names and kinds[names[piece.name]] != "url":
            steps.append(names[piece.name])
        elif isinstance(piece, Link) and piece.value in urls:
            before = external.index(urls[piece.value])
            steps.append(_Url(names[piece.value], piece.want, piece.sized, external[done:before]))
            done = before + 1
        else:
            steps.append(piece)
    numbers = dict(zip(marks, names.values(), strict=True))
    ids = tuple(numbers.get(name, name) for name in found.ids)
    noted = len(names) + sum(isinstance(name, int) for name in ids)
    if sum(isinstance(step, int | _Url) for step in steps) < len(names) or repr(found).count(_GAP) > noted:
        return None
    quoted = tuple(gap for gap, kind in enumerate(kinds) if kind != "text")
    return Mould(tuple(steps), len(names), quoted, tuple([names[name] for name in urls]), ids, external[done:], found)


def _kinds(text: str, gaps: Sequence[int]) -> list[str]:
    """Where gaps stand: in a `text`; `quoted`, in an attribute that means nothing by its value; as a whole `url`;
    empty: anywhere else."""
    tags = [max(0, text.rfind("<", 0, gap)) for gap in gaps]
    places = sorted({0, *tags})
    bits = [text[start:end] for start, end in zip(places, [*places[1:], len(text)], strict=True)]
    probes = [f"/mfe-probe/{place}/" for place in places]
    probed = "".join([f'<a href="{probe}">{bit}' for probe, bit in zip(probes, bits, strict=True)])
    found = cut(probed + "'").pieces  # as a value may close what nothing closes
    if not {Link(probe) for probe in probes}.issubset(found):  # what looks like a tag is none
        return [""] * len(gaps)
    return [_kind(text, tag, gap) for tag, gap in zip(tags, gaps, strict=True)]


def _kind(text: str, tag: int, gap: int) -> str:
    before = pattern(_BEFORE).fullmatch(text, tag, gap)
    if before is None:
        return ""
    name, attribute = before["tag"].lower(), (before["attribute"] or "").lower()
    if not attribute:
        runs = name in {"script", "style"} and not DATA_BLOCK.search(before["said"])
        return "" if runs else "text"
    if name in {"img", "script", "style"}:  # these mean something as a whole
        return ""
    if attribute in {"href", "src"}:
        return "" if before["value"] or not text.startswith('"', text.find(CLOSE, gap) + 1) else "url"
    return "quoted" if attribute in _QUIET or attribute.startswith(("aria-", "data-")) else ""
