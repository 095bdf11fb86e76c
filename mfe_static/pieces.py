"""What HTML is cut into: text that is final, and the holes that stay open until pages are stitched.

A text is cut once, when it is made; from then on pieces are only joined, and nobody searches HTML again. What checks
want to know of a text is found on the way and kept with it (`Cut`). Pieces rest in packs and cross processes, so each
kind has a tag of its own. `html/` makes them; nothing here knows teams, pages or URLs.
"""

from typing import Literal

import msgspec

Want = Literal["page", "picture", "asset"]
"""What the place of a URL asks for: somewhere to go, a picture to show, or another file to load."""


class Link(msgspec.Struct, frozen=True, tag="link", array_like=True):
    """A URL as written, open until stitching."""

    value: str
    want: Want = "page"
    sized: bool = True
    """Pictures: whether the tag says width or height itself. Styles and scripts: whether it has `integrity`."""


class Written(msgspec.Struct, frozen=True, tag="written", array_like=True):
    """A URL that stays in the text as it is written: it is looked at, and prints nothing."""

    value: str
    to: str
    """The same from the site's root; empty: it leads out of the site's path."""
    want: Want = "page"


class AssetLink(msgspec.Struct, frozen=True, tag="asset", array_like=True):
    """What `asset("…")` of a template stands for: a file in the assets of the team that wrote it."""

    path: str
    want: Want = "page"
    sized: bool = True


class Picture(msgspec.Struct, frozen=True, tag="img", array_like=True):
    """An `<img …>` whose source is open, and no other URL in it."""

    before: str
    """The tag up to the source, with the quotation mark."""
    link: Link | AssetLink
    after: str
    """The rest, from the closing quotation mark on."""


class Spot(msgspec.Struct, frozen=True, tag="spot", array_like=True):
    """Where a layout wants the content or the style sheets, and a whole document the header or the footer."""

    name: str


class Slot(msgspec.Struct, frozen=True, tag="slot", array_like=True):
    """Where a fragment goes; its children are the fallback."""

    src: str
    params: tuple[tuple[str, str], ...]
    severity: Literal["primary", "essential", "regular"]
    children: "Cut"
    in_text: bool
    """Whether it stands in running text, where block content would break the paragraph."""
    island: tuple[tuple[str, str], ...] = ()
    """What the tag says of the island that the fragment may become: `hydrate`, `class`, `id`."""


Piece = str | Link | AssetLink | Picture | Spot | Slot | Written


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """HTML, cut once at everything that stays open, with the facts the checks need."""

    pieces: tuple[Piece, ...] = ()
    ids: tuple[str, ...] = ()
    h1: str | None = None
    """Text of the first `h1`."""
    without_alt: tuple[str, ...] = ()
    """The `src` of each picture without `alt`."""
    external: tuple[str, ...] = ()
    """Links that lead out of the site."""
    unsafe: tuple[str, ...] = ()
    """Links that were taken out because they would run code."""
    blocks: bool = False
    """Whether it holds block content."""
    inline: tuple[str, ...] = ()
    """Inline scripts, styles and handlers, as the text to look for in the source."""
    faults: tuple[tuple[str, str], ...] = ()
    """Tags that cannot be: what is wrong, and the text to look for in the source."""
    h1s: int = 0
    """How many `h1` there are."""


class Heading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A heading of a page's content: an entry of its table of contents."""

    level: int
    """2 to 6, as it stands in the HTML."""
    id: str
    title: str
    """Plain text, not escaped."""
