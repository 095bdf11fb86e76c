"""Pictures on a page: what browsers may choose from (HTML Standard §4.8.4), and which of them wait.

    <picture>
      <source type="image/avif" srcset="…" sizes="…"><img src="…" srcset="…" sizes="…" width="…" height="…" …>
    </picture>

What an author wrote in the tag stays, byte for byte; what is missing is put behind the source, unless the author said
it. Whoever composes a page knows what became of its pictures, or notes that somebody has to encode them first: then the
page is composed once more. So each is encoded once, by whoever is free, and only those that a page shows.

Lighthouse wants the largest picture of the first screen neither lazy nor late, and told to be fetched first
(https://web.dev/articles/optimize-lcp). Which it is, nobody knows before a page is laid out; WordPress takes the first
picture of the content that is not small, and so do we. What stands before it loads as ever; what comes after is lazy.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from html import escape

import msgspec

from mfe_static.assets.encode import AS_IT_IS, known
from mfe_static.assets.variants import Wanted, key_of
from mfe_static.digests import Digest
from mfe_static.html.tags import attributes
from mfe_static.kept import Asset, Variant, Variants
from mfe_static.patterns import compiled
from mfe_static.pieces import AssetLink, Link, Picture, Piece
from mfe_static.problems import Problem
from mfe_static.routes import parse_target, quoted
from mfe_static.stitch.links import Links
from mfe_static.stitch.resolved import AssetFile, Origin
from mfe_static.stitched import PictureFile

_LARGE = 50_000
"""Pixels from which on a picture may be what a page is looked at for; WordPress has the same number
(`wp_min_priority_img_pixels`)."""
_AUTO = compiled(r"\s*auto\s*(?:,\s*|\Z)", re.IGNORECASE)
_OWN = compiled(r"<(/?)picture\b", re.IGNORECASE)


class Turn(IntEnum):
    """Where on a page a picture stands."""

    BEFORE = 0
    """Before the content."""
    FIRST = 1
    """In the content, and no large one was there yet."""
    AFTER = 2
    """After that."""


class Offered(msgspec.Struct, frozen=True):
    """A picture with what browsers may choose from."""

    html: str = ""
    turn: Turn = Turn.BEFORE
    """That of the next one."""
    picture: PictureFile | None = None
    """None: it is shown as it is."""
    original: AssetFile | None = None
    """Its own file, where that is among what is offered."""
    problem: Problem | None = None
    """Why nothing is offered, mostly without the place."""
    missed: bool = False
    """Whether somebody has to encode it first."""


Offer = Callable[[Picture, Origin, Turn], Offered | None]
"""What is offered in place of a picture; None: nothing."""
_MISSED = Offered(missed=True)


class Pictures:
    """What became of all pictures, as far as it is known."""

    def __init__(self, links: Links, variants: Mapping[Digest, Variants]) -> None:
        self._links, self._settings, self._base_path = links, links.site.pictures, links.site.base_path
        self.variants = dict(variants)
        self.wanted: dict[Digest, Wanted] = {}
        """Those that have to be encoded before pages can show them."""

    @property
    def offer(self) -> Offer | None:
        """Offers pictures on pages; None: nothing is done to them."""
        return self._offered if self._settings else None

    def whole(self, root: str) -> Offer | None:
        """Offers a picture in one size, for those who read a page elsewhere; `root` stands before its path."""
        if self._settings is None:
            return None

        def offered(piece: Picture, origin: Origin, turn: Turn) -> Offered | None:
            found = self._found(piece.link, origin)
            if found is None or found[2] is None or not found[2].own:
                return None
            url, size = root + self._url(found[2].own[-1]), self._size(piece, found[2])
            return Offered(
                f'{piece.before}{url}"{size}'.removesuffix('"') + piece.after, turn, (*found[0][:2], found[1])
            )

        return offered

    def _offered(self, piece: Picture, origin: Origin, turn: Turn) -> Offered | None:
        found = self._found(piece.link, origin)
        if found is None:
            return None
        file, key, variants = found
        if variants is None:
            return _MISSED
        if not variants.own:
            return Offered(problem=variants.problem)
        html, turn = self.closed(piece, variants, turn)
        return Offered(html, turn, (*file[:2], key), file if variants.original else None)

    def _found(self, link: Link | AssetLink, origin: Origin) -> tuple[AssetFile, Digest, Variants | None] | None:
        """The file that a picture is of, and what became of it, if anything is to."""
        assert self._settings is not None
        found = self._links.file(link, origin)
        value = link.path if isinstance(link, AssetLink) else link.value
        if found is None or not known(found[0][1]) or "?" + parse_target(value).query == AS_IT_IS:
            return None
        file, folder = found
        asset = folder.look(file[1])
        if asset is None or not asset.width:
            return None
        key = key_of(asset, self._settings)
        if key not in self.variants:
            self.wanted[key] = Wanted(key, file[0], file[1], asset)
        return file, key, self.variants.get(key)

    def learn(self, key: Digest, variants: Variants) -> None:
        """What became of a picture."""
        self.variants[key] = variants

    def closed(self, piece: Picture, variants: Variants, turn: Turn) -> tuple[str, Turn]:
        """The tag with all that there is to choose from."""
        assert self._settings is not None
        said = _said(piece)
        loading, turn = _loading(said, turn, variants.width * variants.height)
        lazy = said.get("loading", "").lower() == "lazy" or "lazy" in loading
        sizes = said["sizes"].replace('"', "&quot;") if "sizes" in said else escape(_sizes(self._settings.sizes, lazy))
        candidates = self._candidates(variants.own, "" if "sizes" in said else sizes) if len(variants.own) > 1 else ""
        added = f'"{candidates}{self._size(piece, variants)}{loading}'.removesuffix(
            '"'
        )  # the author's own quotation mark ends it
        tag = f"{piece.before}{self._url(variants.own[-1])}{added}{piece.after}"
        sources = [f'<source type="{kind}"{self._candidates(its, sizes)}>' for kind, its in variants.others]
        return f"<picture>{''.join(sources)}{tag}</picture>" if sources else tag, turn

    def _candidates(self, variants: Sequence[Variant], sizes: str) -> str:
        """Attributes. A single one bears no width: by it a browser takes the picture for as wide as `sizes` says."""
        if len(variants) == 1:
            return f' srcset="{self._url(variants[0])}"'
        listed = ", ".join(f"{self._url(its)} {its.width}w" for its in variants)
        return f' srcset="{listed}"' + (f' sizes="{sizes}"' if sizes else "")

    @staticmethod
    def _size(piece: Picture, variants: Variants) -> str:
        return "" if piece.link.sized else f' width="{variants.width}" height="{variants.height}"'

    def _url(self, variant: Variant) -> str:
        return quoted(self._base_path, "/" + variant.path)


def plain(piece: Picture, text: str, asset: Asset | None, turn: Turn) -> tuple[str, Turn]:
    """The tag as it is, but for when it is loaded. `text`: its source, closed."""
    loading, turn = _loading(_said(piece), turn, asset.width * asset.height if asset else 0)
    added = f'"{loading}'.removesuffix('"') if loading else ""
    return f"{piece.before}{text}{added}{piece.after}", turn


def in_pictures(pieces: Sequence[Piece]) -> Iterator[bool]:
    """Of each picture, whether it stands in a `<picture>` of the author."""
    inside = False
    for piece in pieces:
        if isinstance(piece, Picture):
            yield inside
        elif isinstance(piece, str) and (tags := _OWN.findall(piece)):
            inside = not tags[-1]


def _said(piece: Picture) -> dict[str, str]:
    """What the author says in the tag, still escaped; what is said twice counts once, as for browsers."""
    out: dict[str, str] = {}
    for name, value, _, _ in attributes(piece.before + piece.after, len("<img")):
        out.setdefault(name, value)
    return out


def _loading(said: Mapping[str, str], turn: Turn, pixels: int) -> tuple[str, Turn]:
    """When a picture is loaded, as attributes, and whose turn is next."""
    own = not {"loading", "fetchpriority"}.isdisjoint(said)
    if turn is Turn.AFTER:
        return ("" if own else ' loading="lazy"') + ("" if "decoding" in said else ' decoding="async"'), turn
    if turn is Turn.BEFORE or pixels < _LARGE:
        return "", turn
    return "" if own else ' fetchpriority="high"', Turn.AFTER


def _sizes(sizes: str, lazy: bool) -> str:
    """`auto` means something only where the picture is loaded when the page is laid out (HTML Standard §2.4.3)."""
    return sizes if lazy else _AUTO.sub("", sizes, count=1) or "100vw"
