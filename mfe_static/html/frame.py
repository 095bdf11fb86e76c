"""A cut in the making: what has been read of a text, or of the children of a fragment.

Text is kept in bits and joined when something else follows, so that a page of many links is not copied for each.
"""

from collections.abc import Sequence
from html import escape, unescape

from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.html.tags import MARK
from mfe_static.pieces import AssetLink, Cut, Link, Picture, Piece, Spot, Want
from mfe_static.routes import SCHEMES, scheme, unsafe

_LOCAL = frozenset("/#?.")
"""With what a URL begins that has no scheme."""


class Frame:
    """What a cut gathers; the methods that put something take it as it is written, in order."""

    def __init__(self, tag: str = "") -> None:
        self.tag = tag
        """The `<mfe-fragment …>` whose children these are; empty for the whole text."""
        self.in_text = False
        """Whether that stands in running text."""
        self.pieces: list[Piece] = []
        self.texts: list[str] = []
        """What follows the last piece."""
        self.ids: list[str] = []
        self.h1: str | None = None
        self.h1s = 0
        self.without_alt: list[str] = []
        self.external: list[str] = []
        self.unsafe: list[str] = []
        self.inline: list[str] = []
        self.faults: list[tuple[str, str]] = []

    def keep(self, text: str) -> None:
        """Text that stays as it is."""
        if text:
            self.texts.append(text)

    def put(self, piece: Piece) -> None:
        """What stays open."""
        if self.texts:
            self.pieces.append("".join(self.texts))
            self.texts.clear()
        self.pieces.append(piece)

    def extend(self, pieces: Sequence[Piece]) -> None:
        """Pieces of which no text is empty."""
        for piece in pieces:
            if type(piece) is str:
                self.texts.append(piece)
            else:
                self.put(piece)

    def flush(self) -> None:
        """Join the text behind the last piece."""
        if self.texts:
            self.pieces.append("".join(self.texts))
            self.texts.clear()

    def add(self, part: Cut) -> None:
        """A tag or a line that was cut by itself."""
        self.extend(part.pieces)
        if self.h1 is None:
            self.h1 = part.h1
        self.h1s += part.h1s
        self.ids += part.ids
        self.without_alt += part.without_alt
        self.external += part.external
        self.unsafe += part.unsafe
        self.inline += part.inline
        self.faults += part.faults

    def mark(self, mark: str, want: Want = "page", sized: bool = True) -> None:
        """What a mark stands for; any other than ours is of data, where it means nothing."""
        kind, value = mark[:2], unescape(mark[2:])
        if kind == "a:":
            self.put(AssetLink(value, want, sized))
        elif kind == "s:":
            self.put(Spot(value))
        elif kind == "l:":
            self.put(Link(value, want, sized))

    def marked(self, text: str) -> None:
        """An attribute's value, or a script, that may hold marks."""
        done = 0
        for mark in MARK.finditer(text):
            self.keep(text[done : mark.start()])
            self.mark(mark[1])
            done = mark.end()
        self.keep(text[done:])

    def url(self, written: str, want: Want, sized: bool, schemes: frozenset[str]) -> None:
        """A URL, given as escaped in the attribute."""
        local = written[:1] in _LOCAL and written[1:2] != "/" and "&" not in written and OPEN not in written
        if local:  # as most: it can neither run code nor have a scheme
            self.put(Link(written.strip(), want, sized))
            return
        if OPEN in written:
            if written.startswith(OPEN + "a:"):
                mark, _, rest = written[1:].partition(CLOSE)
                self.mark(mark, want, sized)
                self.keep(rest)
                return
            written = MARK.sub(lambda m: m[1][2:], written)
        value = unescape(written).strip()
        word, colon, _ = value.partition(":")
        if not colon or value[0] in _LOCAL:
            word = ""
        elif word not in {"http", "https"}:
            if unsafe(value):
                self.unsafe.append(value)
                self.keep("#")
                return
            word = scheme(value)
        if word in SCHEMES or word in schemes or value.startswith("//"):
            if word in {"http", "https", ""}:
                self.external.append(value)
            self.keep(escape(value))
        elif value or want != "page":
            self.put(Link(value, want, sized))

    def picture(self, before: str, written: str, after: str, schemes: frozenset[str]) -> None:
        """An `<img …>` without a size: the text around its source, which is given as escaped in the attribute."""
        held, self.texts, first = self.texts, [], len(self.pieces)
        self.url(written, "picture", False, schemes)
        link = self.pieces[first] if len(self.pieces) > first else None
        if (type(link) is Link or type(link) is AssetLink) and not self.texts:
            self.pieces.pop()
            self.texts = held
            self.put(Picture(before, link, after))
            return
        if link is None:
            self.texts = [*held, before, *self.texts]
        else:
            self.pieces.insert(first, "".join((*held, before)))
        self.keep(after)

    def cut(self, blocks: bool) -> Cut:
        """All of it, frozen."""
        self.flush()
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
            self.h1s,
        )
